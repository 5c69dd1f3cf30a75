"""The watcher's judgement of one part, without clock, process or socket: what to do now with what is known.

Times are seconds of the monotonic clock.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

SETTLED = 20.0
"""A part that lived this long starts with a clean slate."""
LONGEST_PAUSE = 30.0
LONGEST_BUSY = 10.0
"""Seconds that a part may be silent while it is seen at work: as long as its callers wait before the fallback."""


class Action(enum.Enum):
    WAIT = "wait"
    START = "start"
    END = "end"  # silent too long
    FORCE = "force"  # told to end, and still there


@dataclass(frozen=True, kw_only=True)
class Limits:
    silent: float
    """Seconds without a sign of life after which the part is ended."""
    starting: float
    """The same for a part that has given no sign in this life yet."""
    ending: float = 10.0
    """Seconds that a part told to end has before it is killed outright."""


@dataclass(frozen=True, kw_only=True)
class Health:
    alive: bool = False
    started: float = 0.0
    heard: float | None = None
    """The last sign of life in this life."""
    unwatched: float = 0.0
    """Seconds since then in which the watcher itself was stopped. They are not silence of the part."""
    busy: float = 0.0
    """Seconds since then in which it was seen at work, or waiting for the machine."""
    ending: float | None = None
    """When it was told to end."""
    deaths: int = 0
    """One after another, none of which had settled before."""
    again: float = 0.0
    """Not started before this."""


def judge(now: float, health: Health, limits: Limits) -> Action:
    if not health.alive:
        return Action.START if now >= health.again else Action.WAIT
    if health.ending is not None:
        return Action.FORCE if now - health.ending >= limits.ending else Action.WAIT
    limit = limits.starting if health.heard is None else limits.silent
    silent = silence(now, health)
    return Action.END if silent - health.busy > limit or silent > max(limit, LONGEST_BUSY) else Action.WAIT


def silence(now: float, health: Health) -> float:
    """Seconds without a sign of life, as far as they count."""
    last = health.started if health.heard is None else health.heard
    return max(0.0, now - last - health.unwatched)


def born(now: float, health: Health) -> Health:
    return replace(health, alive=True, started=now, heard=None, unwatched=0.0, busy=0.0, ending=None)


def heard(now: float, health: Health) -> Health:
    return replace(health, heard=now, unwatched=0.0, busy=0.0)


def seen_busy(seconds: float, health: Health) -> Health:
    """It ran, or waited for processor or disk, for so many seconds: a slow machine is not mended by a new start."""
    return replace(health, busy=health.busy + seconds)


def told_to_end(now: float, health: Health) -> Health:
    return replace(health, ending=now)


def died(now: float, health: Health) -> Health:
    """Start again at once the first time, then after 0.5, 1, 2, 4 … seconds."""
    deaths = 1 if now - health.started >= SETTLED else health.deaths + 1
    pause = 0.0 if deaths == 1 else min(LONGEST_PAUSE, 0.5 * 2.0 ** min(deaths - 2, 16))
    return replace(health, alive=False, ending=None, deaths=deaths, again=now + pause)


def unwatched(now: float, seconds: float, health: Health) -> Health:
    """The watcher's own step came so much too late: the machine halted, or was too busy for either.

    However short: a halt of two seconds, and the second between two questions, make a silence of three.
    """
    return replace(
        health,
        unwatched=health.unwatched + min(seconds, silence(now, health)),
        ending=None if health.ending is None else min(now, health.ending + seconds),
    )
