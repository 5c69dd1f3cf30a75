"""The command line: one screen of help, and sentences instead of stack traces."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from centre import ports
from centre.cli import SECTIONS, cli
from centre.commands.common import node
from centre.errors import Trouble
from config.settings import CHECKOUT, Settings


def help_text() -> str:
    return CliRunner().invoke(cli, ["--help"], prog_name="./centro311", terminal_width=80).output


def test_help_fits_one_screen_of_eighty_by_twenty_four() -> None:
    lines = help_text().splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_the_launcher_s_help_is_the_same() -> None:
    assert (CHECKOUT / "centre" / "help.txt").read_text() == help_text()


@pytest.mark.parametrize("name", [name for commands in SECTIONS.values() for name in commands])
def test_every_command_explains_itself(name: str) -> None:
    told = CliRunner().invoke(cli, [name, "--help"], prog_name="./centro311")
    assert told.exit_code == 0
    assert "Usage: ./centro311 " + name in told.output


def test_a_folder_without_a_centre_is_told_of_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"There is no centre in .* makes one"):
        node(tmp_path)


def test_a_taken_port_is_told_of_with_its_holder_and_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings(data=tmp_path, bind="127.0.0.1", http_port=taken.getsockname()[1])
        with pytest.raises(Trouble, match=r"Port \d+ for the web pages is taken by .*process \d+.*--http-port"):
            ports.need_free(settings, {"web"})


def test_an_address_of_another_machine_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"192\.0\.2\.7 is no address of this machine.*--bind"):
        ports.need_free(Settings(data=tmp_path, bind="192.0.2.7"), {"asterisk"})
