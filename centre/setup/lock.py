"""One set-up at a time in a folder of parts, which several centres may share. Standard library alone."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

_held: list[int] = []


def held() -> tuple[int, ...]:
    """Descriptors for a child's `pass_fds`: it holds the lock too, so that the next set-up waits for what an
    interrupted one left running."""
    return tuple(_held)


@contextlib.contextmanager
def alone(folder: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the folder's lock; `waiting` is called once where another set-up has it. The lock dies with its
    process and that process's children."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        _held.append(file.fileno())
        try:
            yield
        finally:
            _held.remove(file.fileno())
