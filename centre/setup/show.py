"""What a person sees of the set-up: one line a step, moving on a terminal, plain in a file. Standard library alone."""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TextIO

Say = Callable[[str], None]
"""Tells how far a step is, in a few words ("fetching 34 of 110 MB")."""

WIDTH = 26


class Board:
    """The steps that run now, at the foot of the terminal; finished ones stay above with the time they took."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stderr
        self.moving = self.out.isatty()
        self._running: dict[str, tuple[str, float]] = {}
        self._drawn = 0
        self._last = 0.0
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Say]:
        """One step, from its first line to its last. What it raises passes through."""
        began = time.monotonic()
        self._set(name, "", began)
        if not self.moving:
            self._write(f"  … {name}\n")
        try:
            yield lambda words: self._set(name, words, began)
        except BaseException:
            self._finish(name, f"  ✗ {name}\n")
            raise
        self._finish(name, f"  ✓ {name:<{WIDTH}} {time.monotonic() - began:5.1f} s\n")

    def line(self, words: str) -> None:
        """One line of its own, above the running steps."""
        with self._lock:
            self._clear()
            self._write(f"  {words}\n")
            self._draw()

    def _set(self, name: str, words: str, began: float) -> None:
        with self._lock:
            self._running[name] = (words, began)
            if self.moving and time.monotonic() - self._last > 0.1:
                self._clear()
                self._draw()

    def _finish(self, name: str, line: str) -> None:
        with self._lock:
            self._clear()
            self._running.pop(name, None)
            self._write(line)
            self._draw()

    def _clear(self) -> None:
        if self._drawn:
            self._write(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0

    def _draw(self) -> None:
        if not self.moving:
            return
        columns = shutil.get_terminal_size().columns - 1
        for name, (words, began) in self._running.items():
            self._write(f"  … {name:<{WIDTH}} {time.monotonic() - began:5.0f} s  {words}"[:columns] + "\n")
        self._drawn = len(self._running)
        self._last = time.monotonic()

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, UnicodeEncodeError):
            self.out.write(text)
            self.out.flush()
