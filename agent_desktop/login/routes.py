"""Logging in and out, and the language of the pages."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from urllib.parse import urlsplit

from aiohttp import web
from yarl import URL

from agent_desktop.context import CONTEXT
from agent_desktop.guard import LOGIN_AGAIN, public
from agent_desktop.logins import PLACES
from agent_desktop.pages import LANGUAGE_COOKIE, language_of, page
from agent_desktop.texts import LANGUAGES, text
from crm_core.domain.staff import Role
from crm_core.errors import Unavailable
from crm_core.services.logins import TooManyAttempts, authenticate
from ivr.api import LoggedIn

LANGUAGE_SECONDS = 365 * 86400


@public
async def show(request: web.Request) -> web.StreamResponse:
    logins, ended = request.app[CONTEXT].logins, "ended" in request.query
    if (user := await logins.user_of(request)) is not None:
        return web.HTTPSeeOther(_begins(user.role))
    if ended and not logins.left(request):
        logins.note_left(request, own_address(request.headers.get("Referer", ""), request.host))
    return _gate(request, ended=ended)


def _gate(
    request: web.Request, *, status: int = 200, wrong: str = "", name: str = "", ended: bool = False
) -> web.Response:
    here = LOGIN_AGAIN if ended else "/login"
    return page(request, "login/login.html", status=status, wrong=wrong, name=name, ended=ended, here=here)


def own_address(given: str, host: str = "") -> str:
    """The path and query of an address of this site, which may be given whole where it names `host`; `/` for others."""
    try:
        parts = urlsplit(given)
        if parts.netloc not in ("", host) or not parts.path.startswith("/") or parts.path.startswith(("//", "/\\")):
            return "/"
        return str(URL(parts._replace(scheme="", netloc="", fragment="").geturl()))
    except ValueError:
        return "/"


def _begins(role: Role, left: str = "") -> str:
    """Back to the page that was left, where this role has it in its top bar; otherwise where the role begins."""
    path = urlsplit(left).path
    homes = [address for address, _ in PLACES[role]]
    return left if any(path == home or path.startswith(f"{home}/") for home in homes) else homes[0]


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
        response = web.Response(
            status=303, headers={"Location": _begins(account.role, context.logins.left(request, account.name))}
        )
        await context.logins.begin(request, response, account)
        await context.bus.tell(LoggedIn(agent=account.name))
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
    response = web.Response(status=303, headers={"Location": own_address(str(sent.get("back", "")))})
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
