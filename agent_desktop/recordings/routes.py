"""The list of recordings and their sound, with byte ranges so that a listener may jump."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog
from aiohttp import web

from agent_desktop.context import CONTEXT
from agent_desktop.pages import page
from agent_desktop.recordings.rows import Row
from agent_desktop.rights import may_hear
from crm_core.services.recordings import RecordingView, list_recordings, note_listened, recording
from recordings import may_listen
from recordings.playing import Playing

log = structlog.get_logger()
LATEST = 50


async def show(request: web.Request) -> web.StreamResponse:
    """The latest recordings: all of them for supervisors, an agent's own for an agent."""
    context, user = request.app[CONTEXT], request["user"]
    own = not may_listen(user.role, own_call=False)
    found = await list_recordings(context.engine, by=user.name, own=own, limit=LATEST)
    rows = [Row.of(one, audible=may_hear(one, user, context.settings)) for one in found]
    return page(request, "recordings/page.html", recordings=rows)


async def sound(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    user = request["user"]
    found = await recording(context.engine, int(request.match_info["id"]))
    if found is None:
        raise web.HTTPNotFound
    if not may_hear(found, user, context.settings):
        return page(request, "failed.html", status=403, why="recording.may_not")
    try:
        playing = await asyncio.to_thread(open_sides, context.settings.recordings, found)
    except OSError:
        log.warning("a recording's file is missing", recording=found.id)
        return page(request, "failed.html", status=404, why="recording.gone")
    part = asked_part(request, playing.size)
    begin, end = part or (0, playing.size)
    if begin >= end:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{playing.size}"})
    await note_listened(context.engine, found.id, by=user.name)
    answer = web.StreamResponse(headers={"Accept-Ranges": "bytes", "Cache-Control": "no-store"})
    answer.content_type = "audio/wav"
    answer.content_length = end - begin
    if part is not None:
        answer.set_status(206)
        answer.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{playing.size}"
    await answer.prepare(request)
    if request.method != "HEAD":
        pieces = playing.pieces(begin, end)
        while piece := await asyncio.to_thread(next, pieces, b""):
            await answer.write(piece)
    await answer.write_eof()
    return answer


def asked_part(request: web.Request, size: int) -> tuple[int, int] | None:
    """The bytes that were asked for, from and up to; empty where there are none such.

    None for the whole: no range, or one that is none or several, which is passed over (RFC 9110, 14.2).
    """
    try:
        asked = request.http_range
    except ValueError:
        return None
    if asked.start is None:
        return None
    begin = asked.start if asked.start >= 0 else max(0, size + asked.start)
    return begin, min(size, asked.stop if asked.stop is not None else size)


def open_sides(folder: Path, recording: RecordingView) -> Playing:
    """The caller left and the agent right, or a message as it is."""
    files = {side: folder / name for side, name in recording.files.items()}
    if "caller" in files and "agent" in files:
        return Playing(files["caller"], files["agent"])
    return Playing(next(iter(files.values())))


def routes() -> list[web.RouteDef]:
    return [web.get("/recordings", show), web.get("/recordings/{id:[0-9]{1,18}}/sound", sound)]
