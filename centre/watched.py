"""One part under the watcher's eyes: its process, what is known of its health, and what is done to it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import structlog

from centre import adopt, judge
from centre.judge import Action, Health
from centre.parts import Part, environment
from config.logs import TRACE
from config.settings import CHECKOUT, Settings

log = structlog.get_logger()

ASKED_EVERY = 1.0
"""Seconds between two questions for a sign of life."""
ASKED_AT_FIRST = 0.1
"""The same until the first sign of a life."""
OVERDUE = 1.25
"""Seconds of silence from which it is looked whether the part is at work."""
TRACED = 0.5
"""Seconds that a silent part of ours has to print what it is doing before it is ended."""
IN_TRACE = re.compile(r'\s*$|(Current thread|Thread) 0x|  File "')
"""A line of faulthandler's, or an empty one."""
LONGEST_LOG = 20_000_000
"""Bytes after which what a part printed is moved to `NAME.log.1`."""


class Watched:
    """`part` of the node `settings`: started, adopted, asked, ended."""

    def __init__(self, settings: Settings, part: Part) -> None:
        self.part = part
        self.health = Health()
        self.begun = False
        """False until the watcher wants it to run, and again once it is to be stopped."""
        self.said: dict[str, Any] = {}
        """What its last sign of life told."""
        self.last_heard = time.monotonic()
        """The last sign in this or an earlier life, or the moment from which silence counts."""
        self.starts = 0
        self.last_start: float | None = None
        """Seconds since 1970."""
        self.adopted = False
        """It was there before this watcher, and may hold calls."""
        self.who: adopt.Identity | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._end_seen: int | None = None
        """Becomes readable when the process ends (pidfd_open(2))."""
        self._file = settings.run / f"{part.name}.pid"
        self.log_file = settings.log / f"{part.name}.log"

    @property
    def name(self) -> str:
        return self.part.name

    @property
    def ours(self) -> bool:
        """False for a server that the administrator runs."""
        return self.part.command is not None

    @property
    def restarts(self) -> int:
        """Starts of this watcher's after an end: its first one of a part that was not there is none."""
        return self.starts if self.adopted else max(0, self.starts - 1)

    @property
    def living(self) -> bool:
        """It is there and has given a sign in this life, not too long ago."""
        heard = self.health.heard
        return heard is not None and time.monotonic() - heard <= self.part.limits.silent

    def adopt(self) -> bool:
        """Take over a process that an earlier watcher started; True where there is one."""
        self.who = adopt.read(self._file) if self.ours else None
        if self.who is None:
            return False
        self.adopted = True
        self.health = judge.born(time.monotonic(), self.health)
        log.info("adopted", part=self.name, pid=self.who.pid)
        return True

    def begin(self) -> None:
        """From now on it is to run."""
        self.begun = True
        self.last_heard = time.monotonic()
        if not self.ours:
            self.health = judge.born(time.monotonic(), self.health)

    def step(self, now: float) -> None:
        """Notice its end, and do what the judgement says."""
        if not self.ours:
            return
        self._notice_end(now)
        self._look_out_for_the_end()
        if not self.begun:
            return
        action = judge.judge(now, self.health, self.part.limits)
        if action is Action.START:
            self._start(now)
        elif action is Action.END:
            silent, busy = judge.silence(now, self.health), self.health.busy
            log.warning("silent", part=self.name, seconds=round(silent, 1), busy=round(busy, 1))
            self._end(now)
        elif action is Action.FORCE:
            log.warning("forced", part=self.name)
            self._force(now)

    def unwatched(self, now: float, seconds: float) -> None:
        """The watcher was stopped for so long: nothing that it did not hear in that time is held against the part."""
        self.health = judge.unwatched(now, seconds, self.health)
        self.last_heard = min(now, self.last_heard + seconds)

    def look(self, now: float, seconds: float) -> None:
        """So many seconds have passed: see whether a part that owes a sign is at work."""
        if self.who is not None and judge.silence(now, self.health) > OVERDUE and adopt.is_busy(self.who):
            self.health = judge.seen_busy(seconds, self.health)

    async def listen(self) -> None:
        """Ask for a sign of life every second, for ever."""
        while True:
            asked = time.monotonic()
            if self.begun or self.who is not None:
                said = await self.part.sign(max(self.part.limits.silent, 1.0))
                if said is not None and (self.health.alive or not self.ours):
                    self.said = dict(said)
                    self.last_heard = time.monotonic()
                    self.health = judge.heard(self.last_heard, self.health)
            pause = ASKED_EVERY if self.health.heard is not None or not self.begun else ASKED_AT_FIRST
            await asyncio.sleep(max(0.05, asked + pause - time.monotonic()))

    async def stop(self, seconds: float) -> None:
        """Ask it to end, and end it where it has not after so many seconds."""
        self.begun = False
        if self.who is None:
            return
        log.info("stopping", part=self.name, pid=self.who.pid)
        # A stopped process takes no other signal than this one.
        adopt.send(self.who, signal.SIGCONT)
        adopt.send(self.who, self.part.stop)
        if not await self._gone_within(seconds):
            log.warning("forced", part=self.name)
            self._end(time.monotonic())
            if not await self._gone_within(self.part.limits.ending):
                self._force(time.monotonic())
                await self._gone_within(5)
        self._file.unlink(missing_ok=True)

    async def _gone_within(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self.who is not None and time.monotonic() < end:
            self._notice_end(time.monotonic())
            if self.who is not None:
                await asyncio.sleep(0.02)
        return self.who is None

    def _start(self, now: float) -> None:
        assert self.part.command is not None
        try:
            self._turn_log()
            self._child, self.who = adopt.start(
                self.part.command(), self._file, self.log_file, cwd=CHECKOUT, env=environment(self.part)
            )
        except OSError as error:
            log.error("not started", part=self.name, reason=str(error))
            self.health = judge.died(now, judge.born(now, self.health))
            return
        self.starts += 1
        self.last_start = time.time()
        self.health = judge.born(now, self.health)
        log.info("started", part=self.name, pid=self.who.pid)

    def _end(self, now: float) -> None:
        assert self.who is not None
        if self.part.traces:
            adopt.send(self.who, TRACE)
            asyncio.get_running_loop().call_later(TRACED, adopt.end_group, self.who)
        elif self.part.end is signal.SIGKILL:
            adopt.end_group(self.who)
        else:
            adopt.send(self.who, self.part.end)
            adopt.send(self.who, signal.SIGCONT)
        self.health = judge.told_to_end(now, self.health)

    def _force(self, now: float) -> None:
        assert self.who is not None
        adopt.end_group(self.who)
        self.health = judge.told_to_end(now, self.health)

    def _notice_end(self, now: float) -> None:
        if self.who is None or adopt.is_alive(self.who):
            return
        pid, self.who = self.who.pid, None
        adopt.end_rest_of_group(pid)
        if self._end_seen is not None:
            asyncio.get_running_loop().remove_reader(self._end_seen)
            os.close(self._end_seen)
            self._end_seen = None
        code = None
        if self._child is not None:
            code, self._child = self._child.wait(), None
        self.health = judge.died(now, self.health)
        log.info("ended", part=self.name, pid=pid, code=code)

    def _look_out_for_the_end(self) -> None:
        """Have its end noticed at once, child of ours or not, and not at the next step."""
        if self.who is None or self._end_seen is not None:
            return
        try:
            self._end_seen = os.pidfd_open(self.who.pid)
        except OSError:  # gone this moment: the next step sees it
            return
        asyncio.get_running_loop().add_reader(self._end_seen, lambda: self.step(time.monotonic()))

    def _turn_log(self) -> None:
        """What a part prints itself is little; what has grown long is put aside at its next start."""
        if self.log_file.exists() and self.log_file.stat().st_size > LONGEST_LOG:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))

    def last_words(self) -> str:
        """The last line that the part printed, for a sentence about why it does not run."""
        return last_line(self.log_file)


def last_line(file: Path) -> str:
    """What a process said last, but for its trace: that is for whoever opens the file."""
    try:
        lines = file.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if not IN_TRACE.match(line)), "")
