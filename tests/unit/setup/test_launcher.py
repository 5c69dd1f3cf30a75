"""What happens before a command: where it writes, who runs it, what `--help` shows."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from centre import cli
from centre.errors import Trouble
from centre.setup import node, person, venv
from centre.setup.launch import data_folder, parts_of
from config.settings import CHECKOUT


@pytest.mark.parametrize(
    ("arguments", "folder", "rest"),
    [
        (["up", "--data", "/srv/a", "--detach"], "/srv/a", ["up", "--detach"]),
        (["--data=/srv/a", "status", "--json"], "/srv/a", ["status", "--json"]),
        (["status"], "/default", ["status"]),
        (["test", "--", "--data", "x"], "/default", ["test", "--", "--data", "x"]),
    ],
)
def test_the_data_folder_is_found_wherever_it_stands(arguments: list[str], folder: str, rest: list[str]) -> None:
    assert data_folder(arguments, Path("/default")) == (Path(folder), rest)


def test_a_look_before_the_first_start_leaves_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    told = subprocess.run(
        [CHECKOUT / "centro311", "doctor", "--data", folder], capture_output=True, text=True, timeout=60, check=False
    )
    assert f"{folder}: there is none" in told.stdout
    assert not folder.exists()


def test_a_data_option_without_a_folder_is_told() -> None:
    with pytest.raises(Trouble, match="needs a folder"):
        data_folder(["up", "--data"], Path("/default"))


def test_the_help_that_needs_no_set_up_is_the_command_line_s_own() -> None:
    told = CliRunner().invoke(cli.cli, ["--help"], prog_name="./centro311", terminal_width=80)
    assert told.output == (CHECKOUT / "centre" / "help.txt").read_text()


def test_the_help_fits_one_screen() -> None:
    lines = (CHECKOUT / "centre" / "help.txt").read_text().splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 80


def test_root_s_own_places_do_not_follow_the_centre_s_user() -> None:
    somebody = pwd.getpwuid(os.getuid())
    given = {
        "PIP_CERT": "/etc/ssl/ca.pem",
        "HOME": "/root",
        "XDG_CACHE_HOME": "/root/.cache",
        "HTTPS_PROXY": "http://p",
    }
    now = person.environment(given, somebody, Path("/srv/centre"))
    assert now["HOME"] == "/srv/centre"
    assert now["PIP_CERT"] == "/etc/ssl/ca.pem"
    assert now["HTTPS_PROXY"] == "http://p"
    assert "XDG_CACHE_HOME" not in now


def test_a_folder_of_root_s_that_holds_other_things_is_never_handed_over() -> None:
    with pytest.raises(Trouble, match="holds other things"):
        person.hand_over(Path("/usr"), pwd.getpwuid(os.getuid()))


@pytest.mark.parametrize("name", ["parts", "native", "venv", ".lock"])
def test_a_name_of_ours_alone_makes_no_folder_a_centre_s(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert not person.is_centres(tmp_path)
    (tmp_path / "settings.json").write_text('{"editor.fontSize": 12}')
    assert not person.is_centres(tmp_path)


def test_a_restored_data_folder_and_a_folder_of_parts_are_a_centre_s(tmp_path: Path) -> None:
    data, parts = tmp_path / "data", tmp_path / "parts"
    node.keep(node.settings(data))
    assert person.is_centres(data)
    parts.mkdir()
    venv.link(parts, parts / "venv-0123456789ab")
    assert person.is_centres(parts)


@pytest.mark.skipif(os.getuid() == 0, reason="as root, a fault here would give the machine's own folder away")
def test_a_folder_of_root_s_that_holds_other_things_is_left_alone() -> None:
    """`./centro311 test` runs as an ordinary user, also where root starts it: there it is never left out."""
    with pytest.raises(Trouble, match="holds other things"):
        person.hand_over(Path("/usr"), pwd.getpwuid(os.getuid()))


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Failed to establish a new connection", "network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "lock file"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "lacks a package"),
        ("ERROR: something odd\n", "something odd"),
    ],
)
def test_what_pip_complains_of_is_told_in_a_sentence(complaint: str, words: str) -> None:
    assert words in str(venv.trouble_of(complaint))


def test_the_locks_name_a_hash_for_every_package_and_no_address() -> None:
    for lock in (venv.LOCK, venv.TEST_LOCK):
        text = lock.read_text()
        packages = [line for line in text.splitlines() if line and not line.startswith(("#", " "))]
        assert packages
        assert all(line.endswith("\\") for line in packages)
        assert "://" not in text


def test_the_tests_lock_agrees_with_the_centre_s() -> None:
    def versions(lock: Path) -> set[str]:
        return {line.split(" ")[0] for line in lock.read_text().splitlines() if "==" in line and line[0] not in "# "}

    ours, tests = versions(venv.LOCK), versions(venv.TEST_LOCK)
    names = {package.split("==")[0] for package in ours}
    assert {package for package in tests if package.split("==")[0] in names} <= ours


def test_a_centre_s_own_folder_of_parts_is_remembered(tmp_path: Path) -> None:
    assert parts_of(tmp_path) == tmp_path / "parts"
    (tmp_path / "settings.json").write_text('{"data": "/srv/a", "parts": null}')
    assert parts_of(tmp_path) == tmp_path / "parts"
    (tmp_path / "settings.json").write_text('{"data": "/srv/a", "parts": "/srv/parts"}')
    assert parts_of(tmp_path) == Path("/srv/parts")
