"""What others may know of the telephone side: the requests that `line` answers and the events it sends, over NATS.

Requests go to `<bus>.line.<command>` as JSON of the command's struct and are answered with a `Reply` (or the view
named below); `<bus>` is the centre's own word (`Settings.bus`), which `ivr.bus` puts in front. Events are hints: a view
of the present, whole, never a difference. PostgreSQL rows are the truth.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any, ClassVar

import msgspec


class AgentState(enum.StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    OFFERED = "offered"  # the agent's page shows a call, or their telephone rings
    TALKING = "talking"
    WRAP_UP = "wrap-up"
    PAUSED = "paused"


class Phase(enum.StrEnum):
    """Where a call stands, as its agent sees it."""

    OFFERED = "offered"
    TALKING = "talking"
    LOST = "lost"  # the agent's leg fell; the caller waits and the agent is rung again
    CLOSING = "closing"  # the agent's part is over; the caller hears the case number
    TOLD = "told"  # the call is over; the caller heard the case number
    HUNG_UP = "hung-up"  # the caller hung up, or was cut off, before they heard it
    OVER = "over"


class CaseView(msgspec.Struct, kw_only=True):
    """One case opened or linked in this call."""

    number: str
    type: str | None
    saved: bool = False
    linked: bool = False


class CallView(msgspec.Struct, kw_only=True):
    """A call as its agent sees it. Holds the caller's number: it goes to that agent's page and nowhere else."""

    id: str
    offer: str
    phase: Phase
    phone: str | None
    """E.164, or None where it is withheld or the caller is anonymous."""
    anonymous: bool
    language: str
    choice: str | None
    """The case type chosen in the menu; None where the caller asked for an agent."""
    queue: str
    waited: float
    """Seconds from entering the queue to this offer."""
    started_at: datetime
    cases: list[CaseView]


class AgentView(msgspec.Struct, kw_only=True):
    agent: str
    """The agent's login name."""
    phone: str
    """`browser` or `sip`."""
    state: AgentState
    since: datetime
    reason: str | None = None
    """Why paused: `ring no answer`, `telephone lost`, `logged in`, or what the agent chose."""
    until: datetime | None = None
    """When the wrap-up ends by itself."""
    after: AgentState | None = None
    """What they wish to be after the call."""
    connected: bool = True
    """Their telephone is registered. Without it they are offered no call, ready or not."""
    call: CallView | None = None


class Waiting(msgspec.Struct, kw_only=True):
    """A caller in a queue, without their number."""

    call: str
    queue: str
    position: int
    since: datetime
    language: str
    choice: str | None


class AgentOnFloor(msgspec.Struct, kw_only=True):
    agent: str
    phone: str
    state: AgentState
    since: datetime
    reason: str | None = None
    connected: bool = True
    call: str | None = None


class Floor(msgspec.Struct, kw_only=True):
    """The whole floor, for supervisors and `status`."""

    at: datetime
    asterisk: bool = True
    """`line` holds the exchange: calls can come in."""
    calls: int
    waiting: list[Waiting]
    agents: list[AgentOnFloor]


class Command(msgspec.Struct, kw_only=True):
    subject: ClassVar[str]


class SetState(Command):
    """An agent's own wish (or `centro311 agent state`): ready, paused or offline. Ends wrap-up too.

    In wrap-up, `wrap-up` asks for some more seconds of it: the agent is still writing.
    """

    subject = "line.state"
    agent: str
    state: AgentState
    reason: str | None = None


class LoggedIn(Command):
    """An agent has just logged in: whoever was ready is paused until they say so anew."""

    subject = "line.logged_in"
    agent: str


class Painted(Command):
    """The page shows the offer: let the telephone ring."""

    subject = "line.painted"
    agent: str
    offer: str


class EndPart(Command):
    """The agent ends their part: their leg ends, the caller hears the number(s) and key."""

    subject = "line.end_part"
    agent: str
    call: str


class SaveCase(Command):
    """Save an agent's form. The same `entry` sent again is applied once."""

    subject = "line.save_case"
    entry: str
    """A UUID chosen by the page for this press of the button."""
    agent: str
    call: str | None
    number: str
    form: dict[str, Any]
    """The fields of `crm_core.entries.CaseForm`."""


class LinkCase(Command):
    """This call is about an earlier case: the draft is void and the existing number is read to the caller."""

    subject = "line.link_case"
    entry: str
    agent: str
    call: str
    draft: str
    existing: str
    reporter: bool
    """The agent confirms that the caller reported it: the key may be spoken."""
    key: str | None = None
    """The existing case's key, given by `web` from the database when `reporter`."""


class AddCase(Command):
    """Open one more draft in this call. The reply's `number` is the new case's."""

    subject = "line.add_case"
    entry: str
    agent: str
    call: str
    type: str


class MakeAnonymous(Command):
    """The citizen wishes to stay unknown: the number is forgotten and the recording dropped
    unless a setting keeps it.
    """

    subject = "line.make_anonymous"
    entry: str
    agent: str
    call: str


class ReloadAgents(Command):
    """Agents were added or changed in the database."""

    subject = "line.reload_agents"


class AskAgent(Command):
    """Answered with an `AgentView`."""

    subject = "line.agent"
    agent: str


class AskFloor(Command):
    """Answered with a `Floor`."""

    subject = "line.floor"


class Reply(msgspec.Struct, kw_only=True):
    ok: bool
    error: str | None = None
    """A catalogue key of the desktop, such as `call-over`, `unknown-agent`, `no-number`."""
    number: str | None = None


def agent_event(agent: str) -> str:
    """The subject of one agent's events: an `AgentView` at each change. The name is hex so that any login fits."""
    return f"event.agent.{agent.encode().hex()}"


FLOOR_EVENT = "event.floor"
"""A `Floor` at each change, four a second at most."""
JOURNAL_HINT = "event.journal"
"""An empty message: the journal has something to apply."""
