"""The desk's fragments, rendered from what the telephone side says and what the desk has on it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from agent_desktop.context import CONTEXT, Context
from agent_desktop.desk import forms
from agent_desktop.desk.forms import TYPES, Card, card, new_press
from agent_desktop.logins import User
from agent_desktop.pages import language_of, render
from agent_desktop.workplaces import Workplace
from crm_core.errors import Unavailable
from crm_core.services.cases import CaseLine, case_detail, earlier_cases
from crm_core.services.reach import within
from ivr.api import AgentState, AgentView, CallView, Phase

PAST_SECONDS = 0.4
"""The pop does not wait longer for the past; it comes later, by itself."""
PAUSES = ("break", "meal", "training", "restroom", "other")
AFTER_THE_AGENT = (Phase.CLOSING, Phase.TOLD, Phase.HUNG_UP)


class View:
    """One page's look at one agent's desk."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._context: Context = request.app[CONTEXT]
        self._language = language_of(request)
        self.user: User = request["user"]
        self.workplace: Workplace = self._context.workplaces.of(self.user.name)

    @property
    def agent(self) -> AgentView | None:
        return self._context.live.agent(self.user.name)

    async def look(self) -> None:
        """Take over the news, and ask once for the past: the caller's earlier cases, and what was saved before."""
        self.workplace.follow(self.agent)
        call = self.workplace.call
        if call is not None:
            unread = (self._read_back(call, number) for number in sorted(self.workplace.unread))
            await asyncio.gather(self._look_for_earlier(call), *unread)

    async def _look_for_earlier(self, call: CallView) -> None:
        if call.phone is None or self.workplace.earlier is not None:
            return
        with contextlib.suppress(Unavailable):
            found = await within(PAST_SECONDS, functools.partial(self._earlier, call.phone, call))
            if self._has(call):
                self.workplace.earlier = found

    async def _read_back(self, call: CallView, number: str) -> None:
        with contextlib.suppress(Unavailable):
            ask = functools.partial(case_detail, self._context.engine, number, by=self.user.name)
            found = await within(PAST_SECONDS, ask)
            saved = forms.saved_of(found) if found else None
            if saved and self._has(call):
                self.workplace.read_back(number, saved)

    def _has(self, call: CallView) -> bool:
        return self.workplace.call is not None and self.workplace.call.id == call.id

    async def _earlier(self, phone: str, call: CallView) -> Sequence[CaseLine]:
        numbers = [case.number for case in call.cases]
        return await earlier_cases(self._context.engine, phone, by=self.user.name, but=numbers)

    def bar(self) -> str:
        return self._render("desk/bar.html", view=self.agent, reasons=PAUSES)

    def queue(self) -> str:
        """How many wait, without the caller who is offered to this very agent."""
        floor, agent = self._context.live.floor, self.agent
        own = agent.call.id if agent and agent.call else None
        waiting = sum(caller.call != own for caller in floor.waiting) if floor else 0
        return self._render("desk/queue.html", waiting=waiting)

    def notice(self) -> str:
        live = self._context.live
        return self._render(
            "desk/notice.html",
            line_up=live.up,
            asterisk_up=live.floor is None or live.floor.asterisk,
            database_up=self._context.health.up,
        )

    def call(self) -> str:
        """The whole call with the cards of all its cases."""
        call = self.workplace.call
        if call is None:
            self.workplace.shown.clear()
            return self._render("desk/call.html", call=None)
        self.workplace.shown = {case.number for case in call.cases}
        return self._render("desk/call.html", **self._of_call(call), cards=self._cards(call), entry=new_press())

    def phase(self) -> str:
        call = self.workplace.call
        return self._render("desk/phase.html", **self._of_call(call)) if call else ""

    def earlier(self) -> str:
        call = self.workplace.call
        return self._render("desk/earlier.html", **self._of_call(call)) if call else ""

    def new_cards(self) -> str:
        """Cards of cases that came since the call was shown; each is shown once."""
        call = self.workplace.call
        if call is None:
            return ""
        new = [case.number for case in call.cases if case.number not in self.workplace.shown]
        self.workplace.shown.update(new)
        return "".join(self.card(one) for one in self._cards(call) if one.number in new)

    def read_cards(self) -> dict[str, str]:
        """By number, the cards of cases that the database told of: whichever page lacks one takes it."""
        call = self.workplace.call
        read = self.workplace.read
        return {one.number: self.card(one) for one in self._cards(call) if one.number in read} if call else {}

    def card(self, one: Card) -> str:
        return self._render("desk/card.html", card=one, types=TYPES)

    def _cards(self, call: CallView) -> list[Card]:
        return [card(case, call.id, self.workplace, self._context.catalogue, self._language) for case in call.cases]

    def _of_call(self, call: CallView) -> dict[str, Any]:
        view = self.agent
        return {
            "call": call,
            "view": view,
            "phase": self._phase(call, view),
            "own_phone": self.user.phone != "browser",
            "earlier": self.workplace.earlier,
            "types": TYPES,
            "catalogue": self._context.catalogue,
        }

    def _phase(self, call: CallView, view: AgentView | None) -> Phase:
        if view is None or view.call is None or view.call.id != call.id:
            return Phase.OVER
        if view.state is AgentState.WRAP_UP:
            return call.phase if call.phase in AFTER_THE_AGENT else Phase.OVER
        return call.phase

    def _render(self, template: str, **values: Any) -> str:
        return render(self._request, template, **values)
