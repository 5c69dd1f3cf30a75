"""Logging in and out, and the language of the pages."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from urllib.parse import urlsplit

from aiohttp import web

from agent_desktop.context import CONTEXT
from agent_desktop.guard import public
from agent_desktop.logins import PLACES
from agent_desktop.pages import LANGUAGE_COOKIE, language_of, page
from agent_desktop.texts import LANGUAGES, text
from crm_core.errors import Unavailable
from crm_core.services.logins import TooManyAttempts, authenticate

LANGUAGE_SECONDS = 365 * 86400


@public
async def show(request: web.Request) -> web.StreamResponse:
    user = await request.app[CONTEXT].logins.user_of(request)
    if user is not None:
        return web.HTTPSeeOther(PLACES[user.role][0][0])
    return _gate(request, ended="ended" in request.query)


def _gate(
    request: web.Request, *, status: int = 200, wrong: str = "", name: str = "", ended: bool = False
) -> web.Response:
    return page(request, "login/login.html", status=status, wrong=wrong, name=name, ended=ended)


@public
async def enter(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    sent = await request.post()
    name = str(sent.get("name", "")).strip().lower()
    language = language_of(request)
    try:
        account = await authenticate(context.engine, name, str(sent.get("password", "")), request.remote or "")
        if account is None:
            return _gate(request, status=401, wrong=text(language, "login.wrong"), name=name)
        response = web.Response(status=303, headers={"Location": PLACES[account.role][0][0]})
        await context.logins.begin(request, response, account)
    except TooManyAttempts as slow:
        left = slow.until - datetime.now(UTC)
        sentence = text(language, "login.slow", minutes=max(1, math.ceil(left.total_seconds() / 60)))
        return _gate(request, status=429, wrong=sentence, name=name)
    except Unavailable:
        return _gate(request, status=503, wrong=text(language, "login.away"), name=name)
    return response


@public
async def leave(request: web.Request) -> web.StreamResponse:
    response = web.Response(status=303, headers={"Location": "/login"})
    await request.app[CONTEXT].logins.end(request, response)
    return response


@public
async def language(request: web.Request) -> web.StreamResponse:
    sent = await request.post()
    back = urlsplit(str(sent.get("back", "/")))
    # Only a path of this site: never another's page after a click here.
    target = back.path if back.path.startswith("/") and not back.netloc and not back.path.startswith("//") else "/"
    response = web.Response(status=303, headers={"Location": target})
    chosen = str(sent.get("language", ""))
    if chosen in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=LANGUAGE_SECONDS, samesite="Strict", httponly=True, secure=request.secure
        )
    return response


async def home(request: web.Request) -> web.StreamResponse:
    """Where this role begins."""
    return web.Response(status=303, headers={"Location": PLACES[request["user"].role][0][0]})


def routes() -> list[web.RouteDef]:
    return [
        web.get("/", home),
        web.get("/login", show),
        web.post("/login", enter),
        web.post("/logout", leave),
        web.post("/language", language),
    ]
