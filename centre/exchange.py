"""What the front door does to the running Asterisk: all of its configuration anew, from the database and the trunks."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

import dialplans
from centre import telephony
from config.settings import Settings
from crm_core.errors import Unavailable
from crm_core.services.agents import list_agents
from crm_core.storage.engine import engine
from dialplans import AgentEndpoint, AsteriskError


async def render_and_reload(settings: Settings) -> bool:
    """Write Asterisk's configuration and have it read; False where no Asterisk runs, which reads it at its start."""
    database = engine(settings.database, connections=1)
    try:
        endpoints = await agents(database)
    except Unavailable:
        # Nothing runs yet: the next `up` writes everything.
        return False
    finally:
        await database.dispose()
    telephony.render(settings, endpoints)
    return reload(settings)


def reload(settings: Settings) -> bool:
    """Have a running Asterisk read all of its configuration; False where none runs."""
    try:
        dialplans.reload_all(settings)
    except AsteriskError:
        return False
    return True


async def agents(engine: AsyncEngine) -> list[AgentEndpoint]:
    """The telephones of all agents who may work."""
    return [
        AgentEndpoint(name=agent.name, phone="sip" if agent.phone == "sip" else "browser", password=agent.sip_password)
        for agent in await list_agents(engine)
        if agent.active
    ]
