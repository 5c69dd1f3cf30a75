"""The floor page and its event stream."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.context import CONTEXT
from agent_desktop.guard import allow
from agent_desktop.live import FLOOR
from agent_desktop.pages import page, render
from agent_desktop.streams import news, open_stream
from crm_core.domain.staff import Role
from ivr.api import AgentState

SUPERVISING = (Role.SUPERVISOR, Role.ADMINISTRATOR)
AT_WORK = frozenset({AgentState.READY, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP})
ORDER = (
    AgentState.TALKING,
    AgentState.OFFERED,
    AgentState.WRAP_UP,
    AgentState.READY,
    AgentState.PAUSED,
)
"""Those at work; whoever is out of service is only counted."""


def fragment(request: web.Request) -> str:
    live = request.app[CONTEXT].live
    floor = live.floor
    everybody = floor.agents if floor else []
    agents = sorted(
        (one for one in everybody if one.state in ORDER), key=lambda one: (ORDER.index(one.state), one.agent)
    )
    return render(
        request,
        "floor/floor.html",
        up=live.up,
        calls=floor.calls if floor else 0,
        waiting=floor.waiting if floor else [],
        agents=agents,
        offline=len(everybody) - len(agents),
        at_work=sum(one.state in AT_WORK and one.connected for one in agents),
        free=sum(one.state is AgentState.READY and one.connected for one in agents),
    )


@allow(*SUPERVISING)
async def show(request: web.Request) -> web.StreamResponse:
    return page(request, "floor/page.html", fragment=fragment(request))


@allow(*SUPERVISING)
async def events(request: web.Request) -> web.StreamResponse:
    with request.app[CONTEXT].live.watch(FLOOR) as watch:
        stream = await open_stream(request)
        async for _ in news(request, watch, stream):
            await stream.show("floor", fragment(request))
    return stream.response


def routes() -> list[web.RouteDef]:
    return [web.get("/floor", show), web.get("/floor/events", events)]
