"""The cases of the call on the desk: save, link, add, make anonymous. "Saved" is said only on `line`'s answer."""

from __future__ import annotations

import functools
import uuid
from datetime import UTC, datetime

import msgspec
from aiohttp import web

from agent_desktop import formats
from agent_desktop.catalogue import plain
from agent_desktop.context import CONTEXT
from agent_desktop.desk import forms
from agent_desktop.desk.replies import AT_DESK, Refused, ask, done
from agent_desktop.desk.view import View
from agent_desktop.guard import allow
from agent_desktop.pages import language_of, page, said
from agent_desktop.rights import may_write
from agent_desktop.texts import text
from agent_desktop.workplaces import Saved, Workplace
from crm_core.domain.case import CaseState
from crm_core.domain.numbers import is_well_formed
from crm_core.errors import Unavailable
from crm_core.services.cases import case_detail, case_standing
from crm_core.services.reach import within
from ivr import api
from ivr.bus import Away

PRESSES = uuid.UUID("5b1c9a0e-6f0a-4f6e-9d55-0d1f6a2c3111")
"""Names the entries of buttons that mean the same however often they are pressed."""
PATIENCE_SECONDS = 1.5
"""How long a press waits for the database."""


@allow(*AT_DESK)
async def services(request: web.Request) -> web.StreamResponse:
    """The services of the institution that is being written."""
    catalogue = request.app[CONTEXT].catalogue
    written = request.query.get("institution", "")
    code = catalogue.code_of(written)
    name = catalogue.name(code, language_of(request))
    return page(
        request,
        "desk/services.html",
        number=request.match_info["number"],
        services=catalogue.services(code),
        chosen=request.query.get("service"),
        matched=name if plain(name) != plain(written) else None,
        problem=None if catalogue.may_become(written) else "card.unknown_institution",
    )


@allow(*AT_DESK)
async def save(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    sent = await request.post()
    number = str(sent.get("number", ""))
    try:
        form = forms.read(sent, context.catalogue)
        entry = forms.entry_of(str(sent.get("press", "")), number, form)
    except forms.Unfinished as unfinished:
        return _outcome(request, str(unfinished))
    except ValueError:
        return _outcome(request, "desk.failed.bad-request")
    workplace = _workplace(request)
    if problem := await _not_to_write(request, workplace, number):
        return _outcome(request, problem)
    taker = context.workplaces.taken.get(number)
    on_desk = number in workplace.own()
    if taker not in (None, request["user"].name) and not on_desk:  # who answered a call last, `line` knows
        return _outcome(request, "card.not_yours")
    if form.confirm:
        context.workplaces.take(number, request["user"].name)
    call = workplace.call if on_desk else None
    command = api.SaveCase(
        entry=entry,
        agent=request["user"].name,
        call=call.id if call else None,
        number=number,
        form=msgspec.to_builtins(form),
    )
    try:
        await ask(request, command)
    except Refused as refused:
        if form.confirm:
            context.workplaces.give_back(number, taker)
        away = isinstance(refused.__cause__, Away)
        return _outcome(request, "away" if away else refused.key, str(sent.get("confirm", "")))
    clock = forms.clock(datetime.now(UTC))
    outcome = "confirmed" if form.confirm else "kept"
    confirmed_before = on_desk and number not in workplace.unconfirmed()
    if form.confirm and (confirmed_before or sent.get("confirm") == forms.CHANGES):
        outcome = "changed"
    if on_desk:
        workplace.keep(number, Saved(form, clock))
    if form.confirm:
        workplace.done.add(number)
        context.live.wake(command.agent if on_desk else None)
    answer = page(
        request,
        "desk/pressed.html",
        outcome=outcome,
        saved_at=clock,
        number=number,
        press=forms.new_press(),
        version=forms.version(form),
        on_desk=on_desk,
        own_page=not sent.get("call"),
        form=form,
    )
    return _with_nothing_unsaved(answer, number)


def _with_nothing_unsaved(answer: web.Response, number: str) -> web.Response:
    """Tell the browser, once it shows the answer, to keep no text of this case any longer."""
    answer.headers["HX-Trigger-After-Settle"] = msgspec.json.encode({"saved": {"number": number}}).decode()
    return answer


def _workplace(request: web.Request) -> Workplace:
    """The agent's, with the news that their page may not have been shown yet."""
    view = View(request)
    view.workplace.follow(view.agent)
    return view.workplace


async def _not_to_write(request: web.Request, workplace: Workplace, number: str) -> str | None:
    """Why a case is not for the agent to save, as a catalogue key; None where it is.

    A case of the call that they are in is theirs. Later the database knows better what became of it; where it does not
    answer, or has not heard of the case yet, the call on their desk decides.
    """
    context, user = request.app[CONTEXT], request["user"]
    if number in workplace.links:
        return "card.void"
    own = number in workplace.own()
    if own and workplace.held:
        return None
    if own and workplace.call and context.live.is_with_another(workplace.call.id, user.name):
        return "card.not_yours"
    try:
        case = await within(PATIENCE_SECONDS, lambda: case_standing(context.engine, number))
    except Unavailable:
        return None if own else "card.away"
    if case is None:
        return None if own else "desk.failed.no-such-case"
    if case.state == CaseState.VOID:
        return "card.void"
    if case.state == CaseState.NEW and case.holder is not None:
        context.workplaces.taken.pop(number, None)
    if (own and case.is_lost_to(user.name)) or not may_write(case, user):
        return "card.not_yours"
    return None


def _outcome(request: web.Request, outcome: str, confirm: str = "") -> web.Response:
    """`confirm` is what the pressed button sent."""
    return page(request, "desk/saved.html", outcome=outcome, saved_at="", confirm=confirm)


@allow(*AT_DESK)
async def link(request: web.Request) -> web.StreamResponse:
    """The call is about an existing case: this draft is void. One with text is so only where the agent is sure."""
    sent = await request.post()
    view = View(request)
    view.workplace.follow(view.agent)
    call = view.workplace.call
    existing = "".join(letter for letter in str(sent.get("existing", "")) if letter.isdigit())
    draft, reporter = str(sent.get("draft", "")), "reporter" in sent
    drafts = set(view.workplace.unconfirmed()) - view.workplace.unread
    if call is None or call.id != sent.get("call") or draft not in drafts:
        return said(request, "link.no_draft")
    if await _not_to_write(request, view.workplace, draft):
        return said(request, "link.no_draft")
    if not is_well_formed(existing):
        return said(request, "link.bad_number")
    if any(case.number == existing for case in call.cases):
        return said(request, "desk.failed.same-call")
    look = functools.partial(case_detail, request.app[CONTEXT].engine, existing, by=view.user.name)
    try:
        case = await within(PATIENCE_SECONDS, look)
    except Unavailable:
        return said(request, "link.away")
    if case is None:
        return said(request, "link.unknown")
    if case.state == CaseState.VOID:
        instead = next(line.detail["existing"] for line in case.history if line.what == "void")
        return said(request, "link.void", number=formats.case_number(instead))
    if case.state == CaseState.ABANDONED:
        return said(request, "link.abandoned")
    if (draft in view.workplace.saved or "typed" in sent) and "sure" not in sent:
        return page(request, "desk/sure.html", number=draft)
    command = api.LinkCase(
        entry=str(uuid.uuid5(PRESSES, f"link {call.id} {draft} {existing} {reporter}")),
        agent=view.user.name,
        call=call.id,
        draft=draft,
        existing=existing,
        reporter=reporter,
        key=case.key if reporter else None,
    )
    view.workplace.shown.add(existing)
    try:
        await ask(request, command)
    except Refused as refused:
        view.workplace.shown.discard(existing)
        return said(request, refused.key)
    view.workplace.link(draft, existing)
    linked = forms.card(
        api.CaseView(number=existing, type=None, linked=True),
        call.id,
        view.workplace,
        request.app[CONTEXT].catalogue,
        language_of(request),
    )
    sentence = text(language_of(request), "link.done", number=formats.case_number(existing))
    answer = page(request, "desk/linked.html", card=linked, types=forms.TYPES, sentence=sentence)
    answer.headers.update({"HX-Retarget": f"#card-{draft}", "HX-Reswap": "outerHTML"})
    return _with_nothing_unsaved(answer, draft)


@allow(*AT_DESK)
async def add(request: web.Request) -> web.StreamResponse:
    """One more case in this call: its card comes with this answer, or with the event, whichever is first."""
    sent = await request.post()
    view = View(request)
    kind = str(sent.get("type", ""))
    if kind not in forms.TYPES:
        return said(request, "card.no_type")
    command = api.AddCase(
        entry=str(sent.get("entry", "")), agent=view.user.name, call=str(sent.get("call", "")), type=kind
    )
    try:
        reply = await ask(request, command)
    except Refused as refused:
        return said(request, refused.key)
    number = reply.number
    new: list[forms.Card] = []
    if number is not None and number not in view.workplace.shown:
        view.workplace.shown.add(number)
        case = api.CaseView(number=number, type=kind)
        language = language_of(request)
        new = [forms.card(case, command.call, view.workplace, request.app[CONTEXT].catalogue, language)]
    return page(request, "desk/added.html", cards=new, types=forms.TYPES, entry=forms.new_press())


@allow(*AT_DESK)
async def anonymous(request: web.Request) -> web.StreamResponse:
    call = str((await request.post()).get("call", ""))
    command = api.MakeAnonymous(
        entry=str(uuid.uuid5(PRESSES, f"anonymous {call}")), agent=request["user"].name, call=call
    )
    answer = await done(request, command)
    return answer if answer.text else said(request, "pop.made_anonymous", good=True)
