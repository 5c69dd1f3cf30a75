"""The state of a centre as `status` tells it, asked of the parts themselves, whichever of them live."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from centre import addresses, adopt, ari
from centre.parts import NAMES, Part, parts
from config.settings import Settings
from config.signs import ask_sign


class State(msgspec.Struct, kw_only=True):
    ready: bool
    """Every part lives, and `line` holds Asterisk."""
    sip: str
    web: str
    asterisk: str | None
    """Asterisk's version; None where it does not answer."""
    calls: int
    agents: int
    """Agents who are at work: logged in, paused or not."""
    waiting: int
    """Callers in a queue."""
    pids: dict[str, int | None]
    people: dict[str, str]
    """Each agent's state."""
    connected: list[str]
    """Agents whose telephone is registered."""
    living: dict[str, bool]
    """Who gave a sign of life when asked."""
    restarts: dict[str, tuple[int, float]]
    """How often a part was started again since `up`, where it was, and when last (seconds since 1970)."""


async def state(settings: Settings) -> State:
    """Ask everybody at once, a second each at the most."""
    asked = parts(settings)
    watcher, *signs = await asyncio.gather(
        ask_sign(settings.run / "watcher.sock"), *(_sign(part) for part in asked.values())
    )
    said = dict(zip(asked, signs, strict=True))
    line = said["line"] or {}
    there = all(sign is not None for sign in signs)
    pids: dict[str, int | None] = {}
    for name in NAMES:
        who = adopt.read(settings.run / f"{name}.pid")
        pids[name] = who.pid if who else None
    return State(
        ready=bool(watcher and watcher["ready"] and there and line.get("ready")),
        sip=addresses.sip(settings),
        web=addresses.local_web(settings),
        asterisk=(said["asterisk"] or {}).get("version"),
        calls=line["calls"] if "calls" in line else await asyncio.to_thread(callers_in_asterisk, settings),
        agents=sum(state != "offline" for state in line.get("agents", {}).values()),
        waiting=line.get("waiting", 0),
        pids=pids,
        people=line.get("agents", {}),
        connected=line.get("connected", []),
        living={name: sign is not None for name, sign in said.items()},
        restarts={
            name: (part["restarts"], part["last_start"])
            for name, part in (watcher or {}).get("parts", {}).items()
            if part["restarts"]
        },
    )


async def _sign(part: Part) -> dict[str, Any] | None:
    said = await part.sign(1.0)
    return None if said is None else dict(said)


def callers_in_asterisk(settings: Settings) -> int:
    """Callers that Asterisk holds, for when `line` cannot be asked."""
    try:
        channels = ari.Ari(settings, seconds=1.0).channels()
    except (ari.NotThere, OSError):
        return 0
    return sum(str(channel.get("channelvars", {}).get("C311_ROLE") or "caller") == "caller" for channel in channels)


def calls_in_progress(settings: Settings) -> int:
    line = asyncio.run(ask_sign(settings.run / "line.sock"))
    return int(line["calls"]) if line and "calls" in line else callers_in_asterisk(settings)
