"""An agent at work, and the file that keeps the agents' states over a restart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from config.files import write_private
from ivr.api import AgentState, AgentView, CallView

log = structlog.get_logger()

OCCUPIED = {AgentState.OFFERED, AgentState.TALKING}
"""The states in which a call has the agent."""


class Agent(msgspec.Struct, kw_only=True):
    """An agent at work. `call` stays through wrap-up, so that the form has its case."""

    name: str
    phone: str
    state: AgentState = AgentState.OFFLINE
    since: datetime
    reason: str | None = None
    until: datetime | None = None
    """When their wrap-up ends by itself."""
    after: AgentState | None = None
    """What they wish to be once the call and its wrap-up are over."""
    call: CallView | None = None
    connected: bool = False
    """Their telephone is registered: without it no call is offered."""
    painted: str | None = None
    """The last offer that their page said it shows."""

    def view(self) -> AgentView:
        return AgentView(
            agent=self.name,
            phone=self.phone,
            state=self.state,
            since=self.since,
            reason=self.reason,
            until=self.until,
            after=self.after,
            connected=self.connected,
            call=self.call,
        )


def load(file: Path) -> list[Agent]:
    """The agents as they were before a restart; none where the file is not there or cannot be read."""
    try:
        agents = msgspec.json.decode(file.read_bytes(), type=list[Agent])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        log.error("agents' states cannot be read; each logs in anew", file=str(file), error=str(error))
        return []
    for agent in agents:
        agent.connected = False
    return agents


def encode(agents: Iterable[Agent]) -> bytes:
    """What `save` writes and `load` reads."""
    return msgspec.json.encode([_without_number(agent) for agent in agents])


def save(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_private(file, content)


def _without_number(agent: Agent) -> Agent:
    """An agent as the file may hold them: a caller's number lives in their channel and the case file only."""
    if agent.call is None or agent.call.phone is None:
        return agent
    return msgspec.structs.replace(agent, call=msgspec.structs.replace(agent.call, phone=None))
