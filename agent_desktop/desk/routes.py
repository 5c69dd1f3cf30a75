"""The desk's addresses."""

from __future__ import annotations

import re

import structlog
from aiohttp import web

from agent_desktop.context import CONTEXT
from agent_desktop.desk import cases, events
from agent_desktop.desk.replies import AT_DESK, done, nothing
from agent_desktop.desk.view import PAUSES, View
from agent_desktop.guard import allow, host_of
from agent_desktop.pages import language_of, page, said
from agent_desktop.texts import text
from crm_core.errors import Unavailable
from ivr import api

log = structlog.get_logger()
LONGEST_WHY = 40
TROUBLES = {
    "lost": "no connection to the exchange",
    "denied": "microphone refused by the browser or its user",
    "refused": "registration refused",
    "microphone": "no microphone that can be used",
    "broken": "a call could not be taken",
}
"""What may be wrong with a browser's telephone: the page's word for it, and the log's."""


@allow(*AT_DESK)
async def desk(request: web.Request) -> web.StreamResponse:
    return page(request, "desk/page.html", troubles=list(TROUBLES))


@allow(*AT_DESK)
async def body(request: web.Request) -> web.StreamResponse:
    """What the tab with the lock shows; the stream fills it."""
    context = request.app[CONTEXT]
    return page(
        request,
        "desk/body.html",
        view=context.live.agent(request["user"].name),
        reasons=PAUSES,
        line_up=context.live.up,
        asterisk_up=context.live.floor is None or context.live.floor.asterisk,
        database_up=context.health.up,
        call=None,
        institutions=context.catalogue.institutions,
    )


@allow(*AT_DESK)
async def telephone(request: web.Request) -> web.StreamResponse:
    """What the browser's telephone registers with. It is given to its agent alone."""
    context = request.app[CONTEXT]
    user = request["user"]
    try:
        password = await context.telephones.password(user.name)
    except Unavailable:
        return web.json_response({"error": "away"}, status=503)
    if password is None:
        return web.json_response({"error": "unknown"}, status=404)
    settings = context.settings
    host = host_of(request)
    socket = (
        f"wss://{host}:{settings.asterisk_wss_port}/ws"
        if request.secure
        else f"ws://{host}:{settings.asterisk_http_port}/ws"
    )
    login = f"agent-{user.name}"
    return web.json_response(
        {"socket": socket, "uri": f"sip:{login}@{host}", "user": login, "password": password},
        headers={"Cache-Control": "no-store"},
    )


@allow(*AT_DESK)
async def telephone_failed(request: web.Request) -> web.StreamResponse:
    """The page's telephone is in trouble: a line in the log. `why` is the library's word; letters alone are kept."""
    sent = await request.post()
    state = str(sent.get("state", ""))
    if state in TROUBLES:
        why = re.sub(r"[^A-Za-z ]", "", str(sent.get("why", "")))[:LONGEST_WHY]
        log.warning("telephone failed", agent=request["user"].name, cause=TROUBLES[state], why=why or None)
    return web.Response(status=204)


@allow(*AT_DESK)
async def painted(request: web.Request) -> web.StreamResponse:
    offer = str((await request.post()).get("offer", ""))
    await request.app[CONTEXT].bus.tell(api.Painted(agent=request["user"].name, offer=offer))
    return web.Response(status=204)


@allow(*AT_DESK)
async def writing(request: web.Request) -> web.StreamResponse:
    """The agent is typing while their wrap-up runs out."""
    await request.app[CONTEXT].bus.tell(api.SetState(agent=request["user"].name, state=api.AgentState.WRAP_UP))
    return web.Response(status=204)


@allow(*AT_DESK)
async def state(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    name = request["user"].name
    sent = await request.post()
    try:
        wish = api.AgentState(str(sent.get("state")))
    except ValueError:
        return said(request, "desk.failed.unknown-state")
    view = context.live.agent(name)
    reason = str(sent.get("reason", "")) or None
    command = api.SetState(agent=name, state=wish, reason=reason if reason in PAUSES else None)
    answer = await done(request, command)
    if not answer.text and view and view.state is api.AgentState.TALKING:
        return said(request, "desk.after", good=True, state=text(language_of(request), f"state.{wish.value}"))
    return answer


@allow(*AT_DESK)
async def end_part(request: web.Request) -> web.StreamResponse:
    call = str((await request.post()).get("call", ""))
    return await done(request, api.EndPart(agent=request["user"].name, call=call))


@allow(*AT_DESK)
async def clear(request: web.Request) -> web.StreamResponse:
    """Take the finished call off the desk, whatever of it is not confirmed."""
    View(request).workplace.clear()
    request.app[CONTEXT].live.wake(request["user"].name)
    return nothing()


def routes() -> list[web.RouteDef]:
    return [
        web.get("/desk", desk),
        web.get("/desk/body", body),
        web.get("/desk/events", events.events),
        web.get("/desk/telephone", telephone),
        web.get("/desk/services/{number}", cases.services),
        web.post("/desk/telephone-failed", telephone_failed),
        web.post("/desk/painted", painted),
        web.post("/desk/writing", writing),
        web.post("/desk/state", state),
        web.post("/desk/end-part", end_part),
        web.post("/desk/clear", clear),
        web.post("/desk/save", cases.save),
        web.post("/desk/link", cases.link),
        web.post("/desk/add-case", cases.add),
        web.post("/desk/anonymous", cases.anonymous),
    ]
