"""The desk's event stream: fragments as the telephone side changes. The form being typed is never among them."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.context import CONTEXT
from agent_desktop.desk.replies import AT_DESK
from agent_desktop.desk.view import View
from agent_desktop.guard import allow
from agent_desktop.live import Watch
from agent_desktop.streams import Stream, news, open_stream


@allow(*AT_DESK)
async def events(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    view = View(request)
    agent = view.user.name
    with context.live.watch(agent, alone=True) as watch:
        await context.live.refresh(agent)
        stream = await open_stream(request)
        await _follow(request, view, watch, stream)
        if watch.closed and not context.live.stopping:
            await stream.send("elsewhere", "moved")
    return stream.response


async def _follow(request: web.Request, view: View, watch: Watch, stream: Stream) -> None:
    shown: str | None = ""
    told: set[str] = set()
    taken = request.app[CONTEXT].workplaces.taken
    listed = (set(view.workplace.done), list(taken))
    async for _ in news(request, watch, stream, waiting=lambda: bool(view.workplace.unread)):
        await view.look()
        await stream.show("bar", view.bar())
        await stream.show("queue", view.queue())
        await stream.show("notice", view.notice())
        if listed != (now := (set(view.workplace.done), list(taken))):
            listed = now
            await stream.send("drafts", "changed")
        call = view.workplace.call.id if view.workplace.call else None
        if call != shown:
            shown = call
            await stream.send("call", view.call())
            stream.has("phase", view.phase())
            stream.has("earlier", view.earlier())
            told = set()
        elif call is not None:
            await stream.show("phase", view.phase())
            await stream.show("earlier", view.earlier())
            if cards := view.new_cards():
                await stream.send("cards", cards)
        for number, card in view.read_cards().items():
            if number not in told:
                told.add(number)
                await stream.send(f"card-{number}", card)
