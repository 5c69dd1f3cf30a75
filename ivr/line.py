"""Wires the process `line`, which holds the calls: Asterisk, scripts, queue, journal.

python -m ivr.line --data DIR
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine

from config.lasting import lasting
from config.logs import log_to
from config.settings import SHIPPED, Secrets, Settings
from config.signs import sign_of_life
from crm_core.domain.guessing import Guard
from crm_core.entries import AgentStateChanged
from crm_core.errors import CrmError, NoNumber, Unavailable
from crm_core.journal import Journal
from crm_core.services.agents import list_agents
from crm_core.stock import NumberStock
from crm_core.storage.engine import engine as connect_database
from ivr import ari
from ivr.acd.desk import Desk
from ivr.acd.floor import Floor
from ivr.acd.telephones import Telephones
from ivr.acd.views import phase_at_end
from ivr.api import (
    JOURNAL_HINT,
    AgentState,
    AgentView,
    AskAgent,
    AskFloor,
    ReloadAgents,
    Reply,
)
from ivr.api import Floor as FloorView
from ivr.bus import Bus
from ivr.calls.admission import watch_load
from ivr.calls.aftermath import Aftermath
from ivr.calls.call import Call
from ivr.calls.exchange import HANDLED, Exchange
from ivr.calls.house import House
from ivr.calls.state import Stage
from ivr.calls.writer import Writer
from ivr.flow.interpreter import walk
from ivr.flow.lookup import Lookup
from ivr.flow.model import Flow, load
from ivr.flow.visit import Visit
from ivr.prompts import Prompts

log = structlog.get_logger()

APP = "centro311"
REFILL_EVERY = 30.0
AGENTS_EVERY = 60.0
AHEAD_EVERY = 1.0
TAKE_OVER_AGAIN = 0.5


class Line:
    """The parts of the process, wired in one place."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self.settings = settings
        self.engine: AsyncEngine = connect_database(settings.database)
        self.bus = Bus(settings.nats, settings.bus)
        self.client = ari.Client(
            f"http://127.0.0.1:{settings.asterisk_http_port}/ari",
            "centro311",
            secrets.ari_password,
            APP,
            over_http=settings.ari_over_http,
            only=HANDLED,
        )
        self.journal = Journal(settings.journal, settings.node)
        stock = NumberStock(settings.data / "line/numbers.json", settings.node)
        writer = Writer(self.journal, lambda: self.bus.publish(JOURNAL_HINT))
        self.house = House(settings, self.client, Prompts(settings.prompts), writer, stock)
        self.floor = Floor(
            file=settings.data / "line/agents.json",
            wrap_up=settings.wrap_up_seconds,
            publish=self.bus.publish,
            note_state=self._note_state,
        )
        self.flow: Flow = load(SHIPPED / "flows/main.yaml")
        self.lookup = Lookup(self.engine, Guard())
        self.exchange = Exchange(
            self.house, script=self._script, rescue=self._rescue, changed=self.floor.changed, over=self._call_over
        )
        self.floor.calls_up = lambda: len(self.exchange.calls)
        self.floor.asterisk_up = lambda: self.client.connected
        self._settled = False
        self._database = True
        self._telephones = Telephones(self.client, self.floor)
        self._answer_requests(Desk(self.house, self.floor, self._telephones, self.exchange.calls))

    async def run(self, stop: asyncio.Event) -> None:
        """Hold the line until told to stop; then let go of the calls without touching them."""
        self.floor.load()
        self.client.on(self.exchange.handle)
        self.client.on_connected(self._connected)
        self.client.on_lost(self._lost)
        self.client.on_lost(self.exchange.let_go)
        self.client.on_lost(self.floor.changed)
        self.client.on_replaced(stop.set)
        self.client.on_replaced(self.exchange.let_go)
        beside = [asyncio.create_task(lasting(name, work), name=name) for name, work in self._beside().items()]
        async with sign_of_life(self.settings.run / "line.sock", self.describe):
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait([stopped, *beside], return_when=asyncio.FIRST_COMPLETED)
            for task in beside:
                if task.done() and not stop.is_set():
                    log.error("a part of line ended", part=task.get_name())
            self.exchange.let_go()
            await self.exchange.at_rest()
            await self.house.journal.finished()
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await self.client.close()
        await asyncio.to_thread(self.journal.close)
        await self.engine.dispose()

    def _beside(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """What goes on beside the calls. None of it may end them."""
        aftermath = Aftermath(self.house, self.exchange, self.engine)
        return {
            "bus": self.bus.run,
            "ari": self.client.run,
            "telephones": self._telephones.keep_looking,
            "load": lambda: watch_load(self.client, self.exchange.calls),
            "floor": self.floor.keep_shown,
            "numbers": self._keep_numbers,
            "numbers ahead": self._reserve_numbers,
            "agents": self._keep_agents,
            "refused": self.house.journal.keep_writing,
            "settling": aftermath.settle,
            "closing": aftermath.close,
        }

    def describe(self) -> dict[str, Any]:
        """What `status` shows of this process."""
        return {
            "part": "line",
            "ready": self.client.connected and self._settled,
            "calls": len(self.exchange.calls),
            "waiting": len(self.floor.tickets),
            "agents": {agent.name: agent.state.value for agent in self.floor.agents.values()},
            "connected": [agent.name for agent in self.floor.agents.values() if agent.connected],
            "database": self._database,
            "unwritten": self.house.journal.unwritten,
        }

    # The course of a call

    async def _script(self, call: Call) -> None:
        await walk(self.flow, Visit(call, self.floor, self.lookup))

    async def _rescue(self, call: Call) -> None:
        """A script raised: in the menu the caller goes to an agent, elsewhere the step is taken again."""
        if call.state.stage is Stage.FLOW:
            await call.keep(step=self.flow.default, tries=0)
            await call.say("service.error")
        await self._script(call)

    def _call_over(self, call: Call) -> None:
        self.floor.call_over(call.id, phase_at_end(call))

    # After each connect and loss

    def _lost(self) -> None:
        self._settled = False

    async def _connected(self) -> None:
        in_conversation: set[str] | None = None
        while in_conversation is None:
            try:
                in_conversation = await self.exchange.take_over()
            except ari.Lost:
                return
            except ari.AriError as error:
                log.warning("take-over", error=str(error))
                await asyncio.sleep(TAKE_OVER_AGAIN)
        self.floor.settle(in_conversation)
        await self._telephones.look()
        self._settled = True
        self.floor.changed()

    # What is kept up to date beside the calls

    async def _keep_numbers(self) -> None:
        """Blocks come from the database, and numbers are reserved on the disk before a call needs one."""
        while True:
            try:
                await self.house.stock.refill(self.engine)
                self._database = True
            except CrmError as error:
                self._database = not isinstance(error, Unavailable)
                log.warning("numbers", error=str(error))
            await asyncio.sleep(REFILL_EVERY if not await asyncio.to_thread(self.house.stock.low) else 1.0)

    async def _read_agents(self) -> None:
        try:
            agents = await list_agents(self.engine)
        except CrmError as error:
            log.warning("agents", error=str(error))
            return
        self.floor.know({agent.name: agent.phone for agent in agents if agent.active and agent.phone})

    async def _reserve_numbers(self) -> None:
        while True:
            with contextlib.suppress(NoNumber):  # each call that needs one says so
                await self.house.stock.ahead()
            await asyncio.sleep(AHEAD_EVERY)

    async def _keep_agents(self) -> None:
        while True:
            await self._read_agents()
            await asyncio.sleep(AGENTS_EVERY)

    def _note_state(self, agent: str, state: AgentState, reason: str | None) -> None:
        now = datetime.now(UTC)
        self.house.journal.write_soon(
            AgentStateChanged(id=f"{agent}-{now.isoformat()}", at=now, agent=agent, state=state.value, reason=reason)
        )

    # Requests

    def _answer_requests(self, desk: Desk) -> None:
        for kind, method in desk.answers().items():
            self.bus.answers(kind.subject, kind, method)
        self.bus.answers(AskAgent.subject, AskAgent, self._agent_view)
        self.bus.answers(AskFloor.subject, AskFloor, self._floor_view)
        self.bus.answers(ReloadAgents.subject, ReloadAgents, self._reload)

    async def _agent_view(self, ask: AskAgent) -> msgspec.Struct:
        agent = self.floor.agents.get(ask.agent)
        if agent is None:
            return Reply(ok=False, error="unknown-agent")
        view: AgentView = agent.view()
        return view

    async def _floor_view(self, ask: AskFloor) -> FloorView:
        return self.floor.view()

    async def _reload(self, ask: ReloadAgents) -> Reply:
        await self._read_agents()
        return Reply(ok=True)


async def serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    line = Line(settings, Secrets.load(settings.data))
    await line.run(stop)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ivr.line", description="The process that holds the calls.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    settings = Settings.load(parser.parse_args().data)
    log_to(settings.log / "line.jsonl")
    # What was imported stays for good: no collection need walk through it while callers wait.
    gc.freeze()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
