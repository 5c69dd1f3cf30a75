"""The list of cases, the search by number and one case's page."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from agent_desktop.context import CONTEXT
from agent_desktop.desk import forms
from agent_desktop.desk.replies import AT_DESK
from agent_desktop.pages import language_of, page
from agent_desktop.recordings.rows import Row
from agent_desktop.rights import may_hear, may_write
from crm_core.domain.numbers import is_well_formed
from crm_core.errors import Unavailable
from crm_core.services.cases import DraftLine, case_detail, recent_cases, to_complete
from crm_core.services.reach import within
from crm_core.services.search import search

LATEST = 50
CASE_DIGITS = 10
DRAFTS_SECONDS = 1.5


async def show(request: web.Request) -> web.StreamResponse:
    """The latest cases, or those found by a number, a telephone or words. One found by its number is opened."""
    context = request.app[CONTEXT]
    user = request["user"]
    written = request.query.get("find", "").strip()
    digits = "".join(letter for letter in written if letter.isdigit())
    if written:
        cases = await search(context.engine, written, by=user.name, limit=LATEST)
        if len(cases) == 1 and cases[0].number == digits:
            return web.Response(status=303, headers={"Location": f"/cases/{digits}"})
    else:
        cases = await recent_cases(context.engine, by=user.name, limit=LATEST)
    drafts = await _drafts(request) if not written else []
    problem = None
    if written and not cases:
        mistyped = len(digits) == CASE_DIGITS == len(written.replace(" ", "")) and not is_well_formed(digits)
        problem = "case.bad_number" if mistyped else "case.unknown"
    return page(
        request,
        "cases/list.html",
        cases=cases,
        drafts=drafts,
        problem=problem,
        written=written,
        catalogue=context.catalogue,
    )


async def _drafts(request: web.Request) -> Sequence[DraftLine]:
    """What whoever asks has still to complete, without the cases of the call on their desk."""
    context, name = request.app[CONTEXT], request["user"].name
    if request["user"].role not in AT_DESK:
        return []
    workplace = context.workplaces.of(name)
    present = [case.number for case in workplace.call.cases] if workplace.call else []
    return await to_complete(context.engine, by=name, but=[*present, *workplace.done, *context.workplaces.taken])


async def drafts(request: web.Request) -> web.StreamResponse:
    """The list for a desk without a call."""
    try:
        found = await within(DRAFTS_SECONDS, lambda: _drafts(request))
    except Unavailable:
        return page(request, "cases/drafts.html", drafts=None)
    return page(request, "cases/drafts.html", drafts=found)


async def one(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    user = request["user"]
    case = await case_detail(context.engine, request.match_info["number"], by=user.name)
    if case is None:
        raise web.HTTPNotFound
    language = language_of(request)
    card = None
    if may_write(case.standing, user):
        card = forms.Card(
            number=case.number,
            call=None,
            form=forms.form_of(case),
            state=case.state,
            institution_name=context.catalogue.name(case.institution, language),
            services=context.catalogue.services(case.institution),
        )
    return page(
        request,
        "cases/one.html",
        case=case,
        card=card,
        types=forms.TYPES,
        catalogue=context.catalogue,
        institutions=context.catalogue.institutions,
        recordings=[Row.of(one, audible=may_hear(one, user, context.settings)) for one in case.recordings],
    )


def routes() -> list[web.RouteDef]:
    return [web.get("/cases", show), web.get("/cases/drafts", drafts), web.get("/cases/{number:[0-9]{10}}", one)]
