"""An Asterisk of the machine's own that is too old: the private one is used, or one sentence says what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from centre.setup.own import ASTERISK
from config.settings import CHECKOUT, Settings
from tests.centre import Centre
from tests.native import free_ports

OLD = "20.6.0~dfsg+~cs6.13.40431414"


def pretend(folder: Path, version: str) -> Path:
    """A program that says of itself what an Asterisk of this version says, and does nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "asterisk"
    program.write_text(f"#!/bin/sh\nif [ \"$1\" = -V ]; then echo 'Asterisk {version}'; else exit 1; fi\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="c311-old-") as made:
        yield Path(made)


@pytest.fixture
def alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a machine that cannot fetch Debian's archives, whose Asterisk is old; the browser's files and
    prompts are there already."""
    shared = os.environ.get("CENTRO311_PARTS")
    assert shared, "run the tests by `./centro311 test`"
    parts = folder / "parts"
    parts.mkdir()
    (parts / "static").symlink_to(Path(shared) / "static")
    pretend(folder / "bin", OLD)
    return {**os.environ, "PATH": str(folder / "bin"), "CENTRO311_PARTS": str(parts), "PYTHONPATH": str(CHECKOUT)}


def centro311(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "centre", *arguments]
    return subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)


async def test_with_an_old_asterisk_on_the_path_the_private_one_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(folder / "bin", OLD)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
    centre = await Centre.start(folder / "centre")
    try:
        status = await centre.status()
        assert status["ready"]
        assert not status["asterisk"].startswith("20.")
        program = os.readlink(f"/proc/{status['pids']['asterisk']}/exe")
        assert Path(program).is_relative_to(centre.settings.native.resolve())
    finally:
        await centre.database.dispose()
        await centre.stop()


def test_where_nothing_can_be_fetched_an_old_asterisk_is_refused_in_one_sentence(
    folder: Path, alone: dict[str, str]
) -> None:
    data = folder / "centre"
    first = free_ports(10)
    ports = ("--sip-port", str(first), "--http-port", str(first + 2), "--bind", "127.0.0.1")
    refused = centro311(alone, "up", "--data", str(data), *ports)
    oldest = ".".join(map(str, ASTERISK.oldest))
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        "centro311: Asterisk 20.6.0 is too old here, and only Debian 12 and 13 can fetch it: "
        f"install Asterisk {oldest} or newer."
    ]
    looked = centro311(alone, "doctor", "--json", "--data", str(data))
    [found] = [each for each in json.loads(looked.stdout) if each["what"] == "native programs"]
    assert not found["well"]


def test_a_private_asterisk_of_an_older_centre_is_fetched_anew(folder: Path, alone: dict[str, str]) -> None:
    data, native = folder / "centre", folder / "parts" / "native"
    program = pretend(native / "usr/sbin", "22.5.2~dfsg")
    for there in ("usr/lib/any/asterisk/modules/chan_pjsip.so", "usr/share/asterisk/rest-api/x"):
        (native / there).parent.mkdir(parents=True)
        (native / there).touch()
    packages = ["asterisk", "asterisk-moh-opsound-wav", "espeak-ng", "postgresql-NN", "nats-server"]
    (native / ".whole.json").write_text(json.dumps({"path": str(native), "packages": packages}))
    Settings(data=data, parts=folder / "parts").save()

    def there() -> bool:
        looked = centro311(alone, "doctor", "--json", "--data", str(data))
        [found] = [each for each in json.loads(looked.stdout) if each["what"] == "native programs"]
        return bool(found["well"])

    assert not there()
    pretend(program.parent, "22.10.1~dfsg")
    assert there()
