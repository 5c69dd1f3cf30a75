"""The menu, as a caller goes through it."""

from __future__ import annotations

from tests.centre import Centre


async def test_a_caller_hears_the_greeting_chooses_a_language_and_hears_the_menu(centre: Centre, number: str):
    async with centre.phone(number) as phone:
        await phone.dial("311")
        await phone.hear("greeting", whole=True, within=15)
        await phone.hear("language.menu")
        await phone.hear("language.menu", language="en")
        await phone.press("1")
        await phone.hear("menu.main", whole=True, within=15)
        call = await centre.call_id(number)
        await phone.hang_up()
    await centre.nothing_is_left_of(call)
    assert (await centre.ended_call(call))["outcome"] == "abandoned"


async def test_whoever_presses_two_goes_on_in_english(centre: Centre, number: str):
    async with centre.phone(number, language="en") as phone:
        await phone.dial("311")
        await phone.hear("greeting", language="es")
        await phone.press("2")
        await phone.hear("menu.main")
        await phone.press("1")
        await phone.hear("menu.report")


async def test_a_key_cuts_a_prompt_off_at_once(centre: Centre, number: str):
    async with centre.phone(number) as phone:
        await phone.dial("311")
        await phone.hear("greeting")
        await phone.press("1")
        await phone.hear("menu.main", within=2)
        assert not next(heard for heard in phone.heard() if heard.name == "greeting").whole


async def test_digits_keyed_ahead_are_kept_for_the_next_questions(centre: Centre, number: str):
    async with centre.phone(number) as phone:
        await phone.dial("311")
        await phone.hear("greeting")
        await phone.press("12")
        await phone.hear("ask.case_number", within=4)
        assert "menu.main" not in [heard.name for heard in phone.heard()]


async def test_star_repeats_the_question(centre: Centre, number: str):
    async with centre.phone(number) as phone:
        await phone.dial("311")
        await phone.press("1")
        await phone.hear("menu.main")
        await phone.press("*")
        await phone.hear("menu.main", within=3)
        await phone.press("1")
        await phone.hear("menu.report", within=3)


async def test_wrong_answers_get_two_more_tries(centre: Centre, number: str):
    async with centre.phone(number) as phone:
        await phone.dial("311")
        await phone.press("1")
        for _ in range(2):
            await phone.hear("menu.main")
            await phone.press("7")
            await phone.hear("error.invalid")
        await phone.hear("menu.main")
        await phone.press("2")
        await phone.hear("ask.case_number")


async def test_after_three_wrong_answers_the_caller_is_led_to_an_agent(centre: Centre, floor: object, number: str):
    async with centre.phone(number) as phone:
        await phone.dial("311")
        await phone.press("1")
        for _ in range(3):
            await phone.hear("menu.main")
            await phone.press("7")
        await phone.hear("error.to_agent", whole=True)
        await phone.hear("queue.connecting")


async def test_silence_is_answered_with_the_question_again(centre: Centre, number: str):
    async with centre.phone(number) as phone:
        await phone.dial("311")
        await phone.press("1")
        await phone.hear("menu.main", whole=True, within=15)
        await phone.hear("error.timeout", within=10)
        await phone.hear("menu.main", within=5)


async def test_callers_of_different_languages_do_not_mix(centre: Centre, number: str):
    async with centre.phone(number) as spanish, centre.phone(f"7{number[1:]}", language="en") as english:
        await spanish.dial("311")
        await english.dial("311")
        await spanish.press("1")
        await english.press("2")
        await spanish.hear("menu.main")
        await english.hear("menu.main")
        assert {heard.language for heard in spanish.heard()} == {"es"}


async def test_a_number_that_is_not_311_is_refused(centre: Centre, number: str):
    async with centre.phone(number) as phone:
        for wrong in ("911", "5072223333", "agent-rosa", "fallback", "s"):
            assert (await phone.refused(wrong)).startswith(("404", "484", "401", "403")), wrong
