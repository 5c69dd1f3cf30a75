"""`prepare` (hidden): what is done once the database answers, before the other parts start."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from centre import setup
from centre.commands.common import data_option, node


@click.command()
@data_option
def prepare(data: Path) -> None:
    """Migrations, sample data, the first people, and Asterisk's configuration."""
    asyncio.run(setup.after_database(node(data)))
