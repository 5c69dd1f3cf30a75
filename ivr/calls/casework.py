"""The cases that a call opens: drafts, each with a number from the stock, and the entries that tell the database."""

from __future__ import annotations

from datetime import UTC, datetime

from crm_core.entries import AnyEntry
from crm_core.errors import NoNumber
from ivr.calls import records
from ivr.calls.call import Call
from ivr.calls.state import OpenCase


async def open_first_case(call: Call, type: str | None) -> None:
    """Open this call's draft. Again after a restart: the same number, the same entries."""
    if not call.state.cases:
        try:
            number, key = await call.house.stock.take(datetime.now(UTC))
        except NoNumber:
            # The caller reaches an agent all the same, who opens the case once there are numbers again.
            call.log.error("no case number")
            await call.keep(choice=type)
            await call.house.journal.write(*_caller(call))
            return
        await call.keep(choice=type, cases=(OpenCase(number=number, key=key, type=type),))
    case = call.state.cases[0]
    if case.linked:
        return  # the draft that it was is void
    call.note("choice", choice=type, case=case.number)
    await call.house.journal.write(*_caller(call), _opened(call, case))


async def open_another_case(call: Call, type: str, entry: str) -> OpenCase:
    """One more draft in this call, as the agent asked; the same one where they ask with the same `entry` again.

    Raises NoNumber.
    """
    if _opened_by(call, entry) is None:
        number, key = await call.house.stock.take(datetime.now(UTC))
        # The same request may have come again meanwhile. `keep` changes the state before it waits.
        if _opened_by(call, entry) is None:
            await call.keep(cases=(*call.state.cases, OpenCase(number=number, key=key, type=type, entry=entry)))
    case = _opened_by(call, entry)
    assert case is not None
    await call.house.journal.write(_opened(call, case))
    return case


def _opened_by(call: Call, entry: str) -> OpenCase | None:
    return next((case for case in call.state.cases if case.entry == entry), None)


def _caller(call: Call) -> list[AnyEntry]:
    if not call.phone or call.state.anonymous:
        return []
    return [records.caller_known(call.id, call.phone, datetime.now(UTC))]


def _opened(call: Call, case: OpenCase) -> AnyEntry:
    state = call.state
    return records.case_opened(call.id, case, language=state.language, anonymous=state.anonymous, at=datetime.now(UTC))
