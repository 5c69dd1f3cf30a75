"""What needs the database before the other parts start: its tables, the sample, the first people, Asterisk's files."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from centre import telephony
from centre.setup.accounts import accounts
from config.settings import Settings
from crm_core.domain.staff import Role
from crm_core.services import catalogue
from crm_core.services.agents import add_agent, list_agents
from crm_core.storage import migrate
from crm_core.storage.engine import engine


async def after_database(settings: Settings) -> None:
    """Each can be repeated; what an administrator changed since is left as it is."""
    await asyncio.to_thread(migrate.upgrade, settings.database)
    database = engine(settings.database, connections=1)
    try:
        await catalogue.seed(database)
        await first_people(database, settings)
        with telephony.alone(settings):
            telephony.render(settings, await telephony.agents(database))
    finally:
        await database.dispose()


async def first_people(database: AsyncEngine, settings: Settings) -> None:
    """Add the first people where there is no administrator, who comes last: an interruption is made good."""
    known = await list_agents(database)
    if any(person.role is Role.ADMINISTRATOR for person in known):
        return
    names = {person.name for person in known}
    for account in sorted(accounts(settings), key=lambda account: account.role is Role.ADMINISTRATOR):
        if account.name not in names:
            await add_agent(database, account.name, phone="browser", role=account.role, password=account.password)
