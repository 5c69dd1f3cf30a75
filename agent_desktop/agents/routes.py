"""The list of the staff, for administrators."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.context import CONTEXT
from agent_desktop.guard import allow
from agent_desktop.pages import page
from crm_core.domain.staff import Role
from crm_core.services.agents import list_agents


@allow(Role.ADMINISTRATOR)
async def show(request: web.Request) -> web.StreamResponse:
    return page(request, "agents/page.html", staff=await list_agents(request.app[CONTEXT].engine))


def routes() -> list[web.RouteDef]:
    return [web.get("/agents", show)]
