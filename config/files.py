"""Files that are whole or not there at all, and names that survive a loss of power."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_private(path: Path, content: bytes | Iterable[bytes], *, sync: bool = True) -> None:
    """Write a file whole or not at all, readable by its owner alone. `content` may come in pieces.

    OSError where the disk fails or is full; what it replaces stays then. With `sync` the content is on the disk before
    it has its name; without, a loss of power may leave an empty file, which is for notes that can be missed.
    """
    temporary = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines((content,) if isinstance(content, bytes) else content)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)  # what a full disk holds of it is room for somebody else
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
