"""What needs the database before the other parts start: its tables, and Asterisk's configuration."""

from __future__ import annotations

import asyncio

from config.settings import Secrets, Settings
from crm_core.storage import migrate
from dialplans.rendering import render


async def after_database(settings: Settings) -> None:
    """Migrations and Asterisk's configuration; each can be repeated."""
    await asyncio.to_thread(migrate.upgrade, settings.database)
    render(settings, Secrets.load(settings.data), [], [])
