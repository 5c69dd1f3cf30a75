"""Who may enter a page, and what every answer carries.

A page that says nothing asks for a login; `@public` opens it to anybody, `@allow(...)` narrows it to roles.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import structlog
from aiohttp import web

from agent_desktop.context import CONTEXT
from agent_desktop.pages import page
from crm_core.domain.staff import Role
from crm_core.errors import Unavailable, Unfit

log = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
H = TypeVar("H", bound=Handler)

SAFE = frozenset({"GET", "HEAD"})
LOGIN_AGAIN = "/login?ended"
"""For whoever was on a page that needs a login: the browser names the page as `Referer`."""
_PUBLIC: set[Handler] = set()
_ROLES: dict[Handler, frozenset[Role]] = {}


def public(handler: H) -> H:
    _PUBLIC.add(handler)
    return handler


def allow(*roles: Role) -> Callable[[H], H]:
    def mark(handler: H) -> H:
        _ROLES[handler] = frozenset(roles)
        return handler

    return mark


def public_files(app: web.Application, address: str, folder: Path) -> None:
    """Serve a folder's files to anybody. Their addresses carry a mark that changes with them, so they are kept."""

    @public
    async def one(request: web.Request) -> web.StreamResponse:
        path = folder / request.match_info["name"]
        if not path.is_file():
            raise web.HTTPNotFound
        kept = "public, max-age=31536000, immutable" if "v" in request.query else "no-cache"
        return web.FileResponse(path, headers={"Cache-Control": kept})

    app.router.add_get(address + r"/{name:[A-Za-z0-9_-]+\.[a-z]+}", one)


def may_enter(handler: Handler, role: Role) -> bool:
    return handler not in _ROLES or role in _ROLES[handler]


def from_own_page(request: web.Request) -> bool:
    """Whether a request that changes something comes from a page of this very origin.

    Browsers name it in `Sec-Fetch-Site` on trusted origins and in `Origin` everywhere; neither is refused.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and origin == f"{request.scheme}://{request.host}"


def host_of(request: web.Request) -> str:
    """The name by which the browser reached us, without the port; `localhost` where it is no name."""
    host = request.host.rpartition(":")[0] if re.search(r":\d+$", request.host) else request.host
    return host if re.fullmatch(r"[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]", host) else "localhost"


def _to_login(request: web.Request) -> web.StreamResponse:
    """To the login, which leads back, and says why whoever had a session has to log in again.

    The bare address is where people begin: it says nothing.
    """
    if request.headers.get("HX-Request"):
        return web.Response(status=401, headers={"HX-Redirect": LOGIN_AGAIN})
    if request.method in SAFE and request.headers.get("Accept", "").startswith("text/html"):
        logins = request.app[CONTEXT].logins
        if request.path == "/" or not logins.had_session(request):
            return web.HTTPSeeOther("/login")
        logins.note_left(request, request.path_qs)
        return web.HTTPSeeOther(LOGIN_AGAIN)
    return web.Response(status=401)


@web.middleware
async def keep_out(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.method not in SAFE and not from_own_page(request):
        log.warning("a form from elsewhere", path=request.path)
        return page(request, "failed.html", status=403, why="errors.elsewhere")
    target = request.match_info.handler
    if target in _PUBLIC or request.match_info.http_exception is not None:
        return await handler(request)
    user = await request.app[CONTEXT].logins.user_of(request)
    if user is None:
        return _to_login(request)
    request["user"] = user
    if not may_enter(target, user.role):
        return page(request, "failed.html", status=403, why="errors.role")
    return await handler(request)


@web.middleware
async def tell_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors become a page with one sentence; what was unforeseen goes to the log, never to the reader."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return page(request, "failed.html", status=404, why="errors.nothing_here")
    except web.HTTPException:
        raise
    except ConnectionError:
        return web.Response()  # to nobody: whoever asked is gone
    except Unavailable:
        return page(request, "failed.html", status=503, why="errors.database")
    except Unfit:
        return page(request, "failed.html", status=400, why="errors.unfit")
    except Exception:
        resource = request.match_info.route.resource
        log.exception("a page failed", page=resource.canonical if resource else None)
        return page(request, "failed.html", status=500, why="errors.ours")


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """No script and no style but our own files; the telephone's socket is Asterisk's."""
    settings = request.app[CONTEXT].settings
    sockets = " ".join(
        (
            f"ws://localhost:{settings.asterisk_http_port}",
            f"ws://127.0.0.1:{settings.asterisk_http_port}",
            f"wss://{host_of(request)}:{settings.asterisk_wss_port}",
        )
    )
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
        f"connect-src 'self' {sockets}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
