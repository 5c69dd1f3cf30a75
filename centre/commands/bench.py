"""`bench`: delays, CPU and memory under load, measured on a centre of its own."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path

import click

from centre.commands.common import data_option, json_option
from centre.commands.test import parts_for_tests


@click.group()
def bench() -> None:
    """Measure delays, CPU and memory under load, on a centre of its own."""


def _measure(name: str, data: Path, as_json: bool) -> None:
    parts = parts_for_tests(data)
    module = importlib.import_module(f"bench.{name}")
    asyncio.run(module.run(parts, as_json=as_json))


@bench.command("call")
@json_option
@data_option
def call(as_json: bool, data: Path) -> None:
    """Delays and CPU of a call in the menu, beside a plain dialplan's, at 1, 20 and 100 calls a second."""
    _measure("call", data, as_json)


@bench.command("journey")
@json_option
@data_option
def journey(as_json: bool, data: Path) -> None:
    """Whole journeys (menu, queue, agent, recording, number) a second, as many as hold, and twice as many."""
    _measure("journey", data, as_json)
