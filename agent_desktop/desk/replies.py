"""Asking `line` for something a button stands for, and saying on the page how it went."""

from __future__ import annotations

import structlog
from aiohttp import web

from agent_desktop.context import CONTEXT
from agent_desktop.pages import said
from crm_core.domain.staff import Role
from ivr import api
from ivr.bus import Away

log = structlog.get_logger()
AT_DESK = (Role.AGENT, Role.ADMINISTRATOR)
"""Roles with a desk."""
FAILURES = frozenset(
    {
        "away",
        "bad-form",
        "bad-request",
        "call-over",
        "failed",
        "no-number",
        "no-such-case",
        "not-written",
        "not-yours",
        "same-call",
        "unknown-agent",
        "unknown-state",
    }
)
"""What `line` answers with, and `away`: the ends of the keys below `desk.failed`."""


class Refused(Exception):
    """`line` did not do it; the text is a catalogue key."""

    @property
    def key(self) -> str:
        return str(self.args[0])


async def ask(request: web.Request, command: api.Command) -> api.Reply:
    """The good answer. Raises `Refused` for a bad one, and where none came."""
    told = log.bind(
        subject=command.subject,
        agent=request["user"].name,
        call=getattr(command, "call", None),
        case=getattr(command, "number", None),
    )
    try:
        reply = await request.app[CONTEXT].bus.ask(command, api.Reply)
    except Away as error:
        told.warning("asked line in vain")
        raise Refused("desk.failed.away") from error
    told.info("asked line", ok=reply.ok, error=reply.error)
    if not reply.ok:
        raise Refused(f"desk.failed.{reply.error if reply.error in FAILURES else 'failed'}")
    return reply


async def done(request: web.Request, command: api.Command) -> web.Response:
    """Ask, and clear the page's message line or say there what failed."""
    try:
        await ask(request, command)
    except Refused as refused:
        return said(request, refused.key)
    return nothing()


def nothing() -> web.Response:
    """An empty message line."""
    return web.Response(text="", content_type="text/html")
