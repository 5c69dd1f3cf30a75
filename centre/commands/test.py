"""`test`: the tests, on centres of their own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from centre import setup
from centre.commands.common import data_option
from config.settings import CHECKOUT

PROCESSES = "6"
"""Tests of calls wait more than they work: six processes keep two cores busy."""


def parts_for_tests(data: Path) -> Path:
    """Fetch what centres and their tests are made of; the folder that holds it."""
    settings = setup.settings(data)
    setup.keep(settings)
    setup.before_parts(settings)
    setup.test_parts(settings)
    return settings.parts_dir


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--all", "everything", is_flag=True, help="The long ones too.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENTS]")
@data_option
def test(everything: bool, arguments: tuple[str, ...], data: Path) -> None:
    """Run the tests on centres of their own, beside whatever runs. What they need is set up first.

    What follows is handed to pytest, such as a folder, or -k WORD.
    """
    parts = parts_for_tests(data)
    # The checkout may belong to somebody else: what tests remember is written beside the parts.
    os.environ |= {"CENTRO311_PARTS": str(parts), "HYPOTHESIS_STORAGE_DIRECTORY": str(parts / "hypothesis")}
    os.chdir(CHECKOUT)
    chosen = [] if everything else ["-m", "not long"]
    if not any(argument.startswith(("-n", "--numprocesses", "-p")) for argument in arguments):
        chosen += ["-n", PROCESSES, "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", "-o", f"cache_dir={parts / 'pytest'}", *chosen, *arguments]
    sys.stdout.flush()
    os.execv(sys.executable, command)
