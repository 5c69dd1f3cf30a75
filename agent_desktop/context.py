"""Everything the pages share, wired once in `app.py`."""

from __future__ import annotations

import dataclasses

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from agent_desktop.catalogue import Catalogue
from agent_desktop.database import Health
from agent_desktop.live import Live
from agent_desktop.logins import Logins
from agent_desktop.telephones import Telephones
from agent_desktop.workplaces import Workplaces
from config.settings import Secrets, Settings
from ivr.bus import Bus


@dataclasses.dataclass(frozen=True, kw_only=True)
class Context:
    settings: Settings
    secrets: Secrets
    engine: AsyncEngine
    health: Health
    bus: Bus
    live: Live
    logins: Logins
    catalogue: Catalogue
    workplaces: Workplaces
    telephones: Telephones


CONTEXT = web.AppKey("context", Context)
