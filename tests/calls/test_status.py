"""How a case stands, by its number, on the telephone."""

from __future__ import annotations

from datetime import date

import pytest

from ivr.prompts import CaseState, CaseType, Day, Institution
from tests.agents import confirmed_case
from tests.calls.asking import ask_for, mistyped, well_formed
from tests.centre import Centre


async def institution_of(centre: Centre) -> tuple[str, str]:
    """An institution and one of its services."""
    [row, *_] = await centre.rows("select institution, code from service where days > 0 order by 1, 2")
    return str(row[0]), str(row[1])


async def test_a_second_call_in_english_hears_how_the_case_stands(centre: Centre, floor: dict[str, str], number: str):
    institution, service = await institution_of(centre)
    case = await confirmed_case(centre, floor["rosa"], number, institution=institution, service=service)
    [(promised,)] = await centre.rows('select promised_on from "case" where number = :number', number=case)
    assert isinstance(promised, date)
    async with centre.phone(f"7{number[1:]}", language="en") as phone:
        await ask_for(phone, case, language="en")
        await phone.hear("status.type", CaseType("complaint"), within=15)
        await phone.hear("status.institution", Institution(institution))
        await phone.hear("status.state", CaseState("new"))
        await phone.hear("status.promised", Day(promised), within=15)
        call = await centre.call_id(f"7{number[1:]}")
        await phone.hear("status.again", within=15)
        await phone.press("*")
        await phone.hear("status.type", within=5)
        await phone.hang_up()
    assert (await centre.ended_call(call))["outcome"] == "self_service"


async def test_a_mistyped_number_is_noticed_before_anything_is_looked_up(centre: Centre, number: str):
    async with centre.phone(number) as phone:
        await ask_for(phone, mistyped(well_formed()))
        call = await centre.call_id(number)
        await phone.hear("case.mistyped", within=15)
        await phone.hear("ask.case_number")
        await phone.hang_up()
    await centre.ended_call(call)
    looked = await centre.rows("select event from call_event where call_id = :call and event = 'looked-up'", call=call)
    assert looked == []


async def test_a_hash_behind_a_whole_number_cuts_nothing_off_and_answers_nothing(centre: Centre, number: str):
    async with centre.phone(number) as phone:
        await ask_for(phone, mistyped(well_formed()) + "#")
        await phone.hear("case.mistyped", within=15, whole=True)
        await phone.hear("ask.case_number", whole=True)
        await phone.press(well_formed())
        await phone.hear("case.unknown", within=15)


async def test_a_number_that_does_not_exist_is_said_to_be_unknown(centre: Centre, number: str):
    async with centre.phone(number) as phone:
        await ask_for(phone, well_formed())
        await phone.hear("case.unknown", within=15)


async def test_after_three_misses_an_agent_is_offered(centre: Centre, floor: object, number: str):
    async with centre.phone(number) as phone:
        await ask_for(phone, mistyped(well_formed()))
        for _ in range(2):
            await phone.hear("ask.case_number", within=20)
            await phone.press(mistyped(well_formed()))
        await phone.hear("lookup.misses", within=20)
        await phone.press("0")
        await phone.hear("queue.connecting")


async def test_a_denunciation_is_told_only_to_who_has_its_key(centre: Centre, floor: dict[str, str], number: str):
    case = await confirmed_case(centre, floor["rosa"], number, keys="1122", type="denunciation")
    key = await centre.key_of(case)
    wrong = f"{(int(key) + 1) % 10_000:04d}"
    async with centre.phone(f"7{number[1:]}") as phone:
        await ask_for(phone, case)
        await phone.hear("ask.case_key", within=15)
        await phone.press(wrong)
        await phone.hear("key.wrong", within=15)
        await phone.hear("ask.case_key")
        await phone.press(key)
        await phone.hear("status.type", CaseType("denunciation"), within=15)


@pytest.mark.parametrize("language", ["es", "en"])
async def test_an_empty_answer_is_asked_again(centre: Centre, number: str, language: str):
    async with centre.phone(number, language=language) as phone:
        await ask_for(phone, "#", language=language)
        await phone.hear("error.timeout", within=15)
        await phone.hear("ask.case_number")
