"""`prepare` (hidden): what is done once the database answers, before the other parts start."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import click

from centre import setup, telephony
from centre.commands.common import data_option, node
from centre.errors import Trouble
from centre.parts import parts
from config.settings import Settings


@click.command()
@data_option
def prepare(data: Path) -> None:
    """Migrations, sample data, the first people, and Asterisk's configuration."""
    asyncio.run(all_of_it(node(data)))


async def all_of_it(settings: Settings) -> None:
    await database_answers(settings)
    await setup.after_database(settings)
    telephony.reload(settings)  # an Asterisk that was adopted


async def database_answers(settings: Settings) -> None:
    """Wait until it does. Trouble after a time: a private one has to recover from a crash first."""
    postgres = parts(settings)["postgres"]
    end = time.monotonic() + postgres.limits.starting
    while await postgres.sign(1.0) is None:
        if time.monotonic() > end:
            raise Trouble(
                "The database of DATABASE_URL does not answer: is it up, and the address right?"
                if settings.database_url
                else f"PostgreSQL does not answer; {settings.log / 'postgres.log'} says why."
            )
        await asyncio.sleep(0.05)
