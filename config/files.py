"""Files that are whole or not there at all, and names that survive a loss of power."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path


def write_private(path: Path, content: bytes | Iterable[bytes], *, sync: bool = True) -> None:
    """Write a file whole or not at all, readable by its owner alone. `content` may come in pieces.

    OSError where the disk fails or is full; what it replaces stays then. With `sync` the content is on the disk before
    it has its name; without, a loss of power may leave an empty file, which is for notes that can be missed.
    Several may write the same file at once, threads or processes: one after the other, and each whole.
    """
    temporary = path.with_name(path.name + ".new")
    with _alone(temporary) as descriptor:
        try:
            os.truncate(descriptor, 0)
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.writelines((content,) if isinstance(content, bytes) else content)
            if sync:
                os.fsync(descriptor)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)  # what a full disk holds of it is room for somebody else
            raise


@contextlib.contextmanager
def _alone(temporary: Path) -> Iterator[int]:
    """The temporary file, open and locked. What a crash left of it is taken over, so nothing piles up."""
    while True:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Whoever had the lock before has given the file its real name since, or removed it.
            if _is_still(descriptor, temporary):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _is_still(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Whoever else would change this file waits; held by a file beside it, since the file itself is replaced."""
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
