"""A whole centre for tests: `./centro311 up` on free ports and a folder of its own, and what a test may ask of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import msgspec
import nats
from sqlalchemy import text

from centre.state import state
from config.settings import CHECKOUT, Secrets, Settings
from crm_core.services.calls import list_calls
from crm_core.services.cases import case_summary, list_cases
from crm_core.storage.engine import engine
from ivr.api import AgentView, AskAgent, Command, Reply
from ivr.prompts import Prompts
from tests.native import free_ports
from tests.telephone import Telephone, telephone
from tests.telephone.music import Music

T = TypeVar("T")

UP_WITHIN = 300.0
"""Seconds for a first start, which fetches what is missing."""


async def eventually(
    look: Callable[[], Awaitable[T]], right: Callable[[T], object] = bool, within: float = 10, every: float = 0.1
) -> T:
    """Look until what is seen is right, and return it. AssertionError with what was seen last."""
    deadline = time.monotonic() + within
    while True:
        seen = await look()
        if right(seen):
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"Not so within {within:g} s; last seen: {seen!r}")
        await asyncio.sleep(every)


class Centre:
    """A running centre in the folder `data`. Made by `start`; another process of the same tests may `join` it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.settings = Settings.load(data)
        self.prompts = Prompts(self.settings.prompts)
        self.music = Music(self.settings.asterisk / "moh")
        self.database = engine(self.settings.database)

    @classmethod
    async def start(cls, data: Path, bind: str = "127.0.0.1") -> Centre:
        """Bring one up in a new folder. Its own words are in the error when it does not come up."""
        sip_port = free_ports(7)
        http_port = sip_port + 2
        data.mkdir(parents=True, exist_ok=True)
        output = await launch(
            *("up", "--detach", "--data", str(data)),
            *("--sip-port", str(sip_port), "--http-port", str(http_port), "--bind", bind),
            within=UP_WITHIN,
        )
        (data / "up.log").write_text(output)
        return cls(data)

    async def stop(self) -> None:
        await launch("down", "--data", str(self.data), within=150)

    # -- as an administrator

    async def run(self, *arguments: str, stdin: str | None = None) -> str:
        """A command of `./centro311` on this centre; what it prints."""
        command = [sys.executable, "-m", "centre", *arguments, "--data", str(self.data)]
        return await _run(command, within=60, stdin=stdin)

    async def json(self, *arguments: str) -> Any:
        return json.loads(await self.run(*arguments, "--json"))

    async def status(self) -> dict[str, Any]:
        """What `status --json` prints."""
        return dict(msgspec.to_builtins(await state(self.settings)))

    async def ready(self, within: float = 60) -> None:
        await eventually(self.status, lambda status: status["ready"], within, every=0.25)

    async def case(self, number: str) -> dict[str, Any]:
        """What `case show --json` prints, once the journal has brought the case into the database."""
        found = await eventually(lambda: case_summary(self.database, number))
        return dict(msgspec.to_builtins(found))

    async def cases_of(self, call_id: str) -> list[dict[str, Any]]:
        found = await list_cases(self.database, limit=1000)
        return [msgspec.to_builtins(case) for case in found if case.call_id == call_id]

    async def call(self, call_id: str) -> dict[str, Any] | None:
        """The call as `call list --json` prints it; None before it is written down."""
        found = await list_calls(self.database, limit=1000)
        return next((msgspec.to_builtins(call) for call in found if call.id == call_id), None)

    async def ended_call(self, call_id: str, within: float = 30) -> dict[str, Any]:
        """The same, once it has an outcome."""
        row = await eventually(lambda: self.call(call_id), lambda call: call and call["outcome"], within, every=0.25)
        assert row is not None
        return row

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """What a query answers, for what no command shows, such as a case's key."""
        async with self.database.connect() as connection:
            return list((await connection.execute(text(statement), values)).all())

    async def key_of(self, number: str) -> str:
        [(key,)] = await self.rows('select key from "case" where number = :number', number=number)
        return str(key)

    async def pid(self, part: str) -> int:
        return int((await self.status())["pids"][part])

    async def kill(self, part: str, how: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to one part's process; its id."""
        pid = await self.pid(part)
        os.kill(pid, how)
        return pid

    async def has_lived(self, part: str, seconds: float) -> None:
        """Wait until the part's process is so old."""

        async def age() -> float:
            started = Path(f"/proc/{await self.pid(part)}/stat").read_text().rpartition(")")[2].split()[19]
            return time.clock_gettime(time.CLOCK_BOOTTIME) - int(started) / os.sysconf("SC_CLK_TCK")

        await eventually(age, lambda old: old >= seconds, seconds + 10, every=0.5)

    def log(self, part: str) -> list[dict[str, Any]]:
        """The lines of one of our processes' logs."""
        path = self.settings.log / f"{part}.jsonl"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    # -- as somebody with a telephone

    @contextlib.asynccontextmanager
    async def phone(self, number: str, **wishes: Any) -> AsyncIterator[Telephone]:
        """A caller's telephone."""
        host = self.settings.bind
        async with telephone(
            self.settings.sip_port, self.prompts, number=number, host=host, music=self.music, **wishes
        ) as phone:
            yield phone

    # -- as somebody who looks inside Asterisk

    async def ari(self, path: str, method: str = "GET") -> Any:
        """What ARI tells, such as `channels` or `bridges`."""
        password = Secrets.load(self.data).ari_password
        url = f"http://127.0.0.1:{self.settings.asterisk_http_port}/ari/{path}"
        header = aiohttp.encode_basic_auth("centro311", password)
        async with (
            aiohttp.ClientSession(headers={"Authorization": header}) as session,
            session.request(method, url) as answer,
        ):
            answer.raise_for_status()
            return await answer.json() if answer.status != 204 else None

    async def call_id(self, number: str, within: float = 10) -> str:
        """The id of the call that is made from this number now."""

        async def look() -> str | None:
            for channel in await self.ari("channels"):
                if channel["caller"]["number"].endswith(number) and "-agent-" not in channel["id"]:
                    return str(channel["id"])
            return None

        return str(await eventually(look, within=within))

    async def things_of(self, call_id: str) -> list[str]:
        """What Asterisk still holds of a call: channels, snoops and bridges."""
        channels, bridges = await asyncio.gather(self.ari("channels"), self.ari("bridges"))
        return [thing["id"] for thing in [*channels, *bridges] if _belongs(thing["id"], call_id)]

    async def nothing_is_left_of(self, call_id: str, within: float = 10) -> None:
        """Wait until Asterisk, `line` and its spool hold nothing of the call any more."""
        await eventually(lambda: self.things_of(call_id), lambda things: not things, within)
        await eventually(lambda: self._line_told(call_id), within=within)

        async def spooled() -> list[str]:
            spool = self.settings.asterisk / "spool/recording"
            return [path.name for path in spool.glob(f"{call_id}-*")]

        await eventually(spooled, lambda names: not names, within + 20)

    async def _line_told(self, call_id: str) -> bool:
        return any(line.get("call") == call_id and line.get("event") == "ended" for line in self.log("line"))

    # -- as an agent's page does

    async def ask(self, command: Command, subject: str | None = None) -> Reply:
        """A request to `line`, as the desktop sends it."""
        return msgspec.json.decode(await self._request(subject or command.subject, command), type=Reply)

    async def agent_view(self, agent: str) -> AgentView:
        return msgspec.json.decode(await self._request(AskAgent.subject, AskAgent(agent=agent)), type=AgentView)

    async def _request(self, subject: str, command: msgspec.Struct) -> bytes:
        bus = await nats.connect(self.settings.nats, allow_reconnect=False, connect_timeout=3)
        try:
            answer = await bus.request(f"{self.settings.bus}.{subject}", msgspec.json.encode(command), timeout=6)
        finally:
            await bus.close()
        return bytes(answer.data)


def _belongs(thing: str, call_id: str) -> bool:
    return thing == call_id or thing.startswith(f"{call_id}-")


async def launch(*arguments: str, within: float) -> str:
    """`./centro311 …`, as a person types it."""
    return await _run([str(CHECKOUT / "centro311"), *arguments], within=within)


async def _run(command: list[str], *, within: float, stdin: str | None = None) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=CHECKOUT,
        stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(within):
            out, err = await process.communicate(stdin.encode() if stdin is not None else None)
    except TimeoutError:
        process.kill()
        raise AssertionError(f"`{' '.join(command)}` did not end within {within:g} s.") from None
    if process.returncode != 0:
        raise AssertionError(f"`{' '.join(command)}` failed:\n{out.decode()}{err.decode()}")
    return out.decode()
