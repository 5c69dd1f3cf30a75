"""Wires the web application: what the pages share, their addresses, and who may enter."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from agent_desktop import guard
from agent_desktop.agents.routes import routes as agents
from agent_desktop.cases.routes import routes as cases
from agent_desktop.catalogue import Catalogue
from agent_desktop.context import CONTEXT, Context
from agent_desktop.database import Health
from agent_desktop.desk.routes import routes as desk
from agent_desktop.ended import Ended
from agent_desktop.floor.routes import routes as floor
from agent_desktop.install.routes import routes as install
from agent_desktop.live import Live
from agent_desktop.login.routes import routes as login
from agent_desktop.logins import Logins
from agent_desktop.pages import ASSETS, Assets
from agent_desktop.recordings.routes import routes as recordings
from agent_desktop.telephones import Telephones
from agent_desktop.workplaces import Workplaces
from config.lasting import lasting
from config.settings import Secrets, Settings
from crm_core.storage.engine import engine
from ivr.bus import Bus

OWN_FILES = Path(__file__).parent / "static"
LARGEST_FORM = 64 * 1024
"""Bytes."""


@contextlib.asynccontextmanager
async def shared(settings: Settings, secrets: Secrets) -> AsyncIterator[Context]:
    """What the pages share, and the tasks that keep it fresh while the context lasts."""
    database = engine(settings.database)
    bus = Bus(settings.nats, settings.bus)
    live = Live(bus)
    context = Context(
        settings=settings,
        secrets=secrets,
        engine=database,
        health=Health(database, live.wake),
        bus=bus,
        live=live,
        # Cookies know no ports: two centres on one machine keep theirs apart by name.
        logins=Logins(
            database,
            secrets.web_secret,
            f"c311_{settings.http_port}",
            Ended(settings.data / "web" / "ended-sessions.json"),
        ),
        catalogue=Catalogue(database, settings.data / "web" / "catalogue.json"),
        workplaces=Workplaces(),
        telephones=Telephones(database, settings.data / "web" / "telephones.json"),
    )
    work = {
        "bus": bus.run,
        "live": live.run,
        "health": context.health.run,
        "logins": context.logins.run,
        "catalogue": context.catalogue.run,
    }
    tasks = [asyncio.create_task(lasting(name, each), name=name) for name, each in work.items()]
    try:
        yield context
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.dispose()


def build(context: Context) -> web.Application:
    app = web.Application(middlewares=[guard.tell_errors, guard.keep_out], client_max_size=LARGEST_FORM)
    app[CONTEXT] = context
    context.settings.static.mkdir(parents=True, exist_ok=True)
    app[ASSETS] = Assets(("/static", OWN_FILES), ("/bundle", context.settings.static))
    for part in (login, desk, floor, cases, recordings, agents, install):
        app.add_routes(part())
    guard.public_files(app, "/static", OWN_FILES)
    guard.public_files(app, "/bundle", context.settings.static)
    app.on_response_prepare.append(guard.add_headers)
    return app
