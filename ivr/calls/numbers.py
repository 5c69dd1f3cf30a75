"""The case numbers and keys that the caller hears at the end."""

from __future__ import annotations

from ivr.calls.call import Call
from ivr.prompts import CaseNumber, Key, Piece

TELLINGS = 2
MOST_REPEATS = 5


async def tell_numbers(call: Call) -> None:
    """The case number (all, where there are several), each with its key, twice; again on `*`. Then the call's end."""
    cases = call.state.cases
    if not cases or not await call.house.journal.write_refused():
        # There was no number; or the cases are in this process alone, and no citizen is given one that a crash could
        # take away.
        call.log.error("number not spoken", cases=len(cases))
        await call.say_whole("service.error")
        return
    pieces: list[Piece] = []
    if len(cases) > 1:
        pieces.append("case.numbers_several")
    for case in cases:
        pieces += ["case.number_is", CaseNumber(case.number)]
        if case.key:
            pieces += ["case.key_is", Key(case.key)]
    told = call.state.told
    call.sound.forget_keys()
    while told < TELLINGS + MOST_REPEATS:
        await call.say_whole(*pieces)
        told += 1
        await call.keep(told=told)
        if told < TELLINGS:
            continue
        call.note("numbers-spoken", cases=[case.number for case in cases], times=told)
        if await call.ask("numbers.repeat") != "*":
            return
