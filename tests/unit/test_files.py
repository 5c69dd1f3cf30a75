"""A file is whole or as it was before."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from config.files import write_private


@pytest.mark.parametrize("sync", [True, False])
def test_what_is_written_is_for_its_owner_alone(tmp_path: Path, sync: bool) -> None:
    path = tmp_path / "secrets.json"
    path.write_bytes(b"before")
    path.chmod(0o644)
    write_private(path, b"after", sync=sync)
    assert path.read_bytes() == b"after"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_what_was_there_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "numbers.json"
    write_private(path, b"before")

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space"):
            write_private(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_many_who_write_the_same_file_at_once_leave_it_whole_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "ended.json"
    contents = [bytes([65 + number]) * (number + 1) * 3000 for number in range(8)]
    failed: list[OSError] = []

    def write(content: bytes) -> None:
        try:
            for _ in range(20):
                write_private(path, (content[at : at + 1000] for at in range(0, len(content), 1000)), sync=False)
        except OSError as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=[content]) for content in contents]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failed == []
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_crash_left_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "ended.json"
    (tmp_path / "ended.json.new").write_bytes(b"half of something longer")
    write_private(path, b"after")
    assert path.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [path]
