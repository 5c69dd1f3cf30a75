"""The test telephone does what the tests of calls rely on."""

from __future__ import annotations

import asyncio

import pytest

from tests.telephone import NotHeard, telephone
from tests.telephone.music import Music


async def test_it_dials_hears_presses_and_hears_the_answer(exchange, sounds):
    async with telephone(exchange, sounds) as phone:
        await phone.dial("311")
        await phone.hear("greeting", whole=True)
        await phone.hear("menu.main")
        await phone.press("7")
        await phone.hear("digit.7", whole=True, within=3)
        assert await phone.ended(3) == "Connection reset by peer"
        names = [(heard.name, heard.whole) for heard in phone.heard()]
        assert names == [("greeting", True), ("menu.main", False), ("digit.7", True)]


async def test_a_digit_cuts_a_prompt_off_and_that_is_noticed(exchange, sounds):
    async with telephone(exchange, sounds) as phone:
        await phone.dial("311")
        await phone.hear("menu.main")
        await phone.press("3")
        with pytest.raises(NotHeard, match=r"menu\.main \(es\), cut off after 1\.\d s"):
            await phone.hear("greeting", within=1)


async def test_ten_digits_in_a_row_all_arrive(exchange, sounds):
    async with telephone(exchange, sounds) as phone:
        await phone.dial("314")
        await phone.press("2640713351")
        await phone.hear("digit.2", "digit.7", "digit.1", whole=True)


async def test_what_is_said_in_pieces_is_heard_piece_by_piece(exchange, sounds):
    async with telephone(exchange, sounds) as phone:
        await phone.dial("315")
        await phone.hear_number("digit.4", "digit.9", "digit.4")


async def test_a_wrong_piece_in_a_row_of_pieces_is_noticed(exchange, sounds):
    async with telephone(exchange, sounds) as phone:
        await phone.dial("315")
        with pytest.raises(NotHeard, match=r"digit\.9"):
            await phone.hear_number("digit.4", "digit.4", within=4)


async def test_the_same_words_in_the_other_language_do_not_count(exchange, sounds):
    async with telephone(exchange, sounds, language="en") as phone:
        await phone.dial("311")
        with pytest.raises(NotHeard, match=r"greeting \(es\)"):
            await phone.hear("greeting", within=3)


async def test_a_busy_number_is_refused(exchange, sounds):
    async with telephone(exchange, sounds) as phone:
        assert await phone.refused("316") == "486 Busy Here"


async def test_silence_and_tones_are_told_apart(exchange, sounds):
    async with telephone(exchange, sounds, sends=850) as phone:
        await phone.dial("313")
        await phone.hear_tone(850)
        with pytest.raises(NotHeard):
            await phone.hear_tone(1000, within=1)
        with pytest.raises(NotHeard):
            await phone.hear_silence(1, within=1.5)
        await phone.hang_up()
        await phone.dial("317")
        await phone.hear_silence(1.5)


async def test_music_is_known_from_any_place_and_a_prompt_is_no_music(exchange, sounds):
    async with telephone(exchange, sounds, music=Music(sounds.folder / "music")) as phone:
        await phone.dial("318")
        await phone.hear_music()
        await phone.hear_music()
        await phone.hang_up()
        await phone.dial("311")
        with pytest.raises(NotHeard):
            await phone.hear_music(within=2)


async def test_an_agents_telephone_registers_answers_and_both_hear_each_other(exchange, sounds):
    async with (
        telephone(exchange, sounds, number="agent-rosa", password="prueba-311", answers=True, sends=1000) as agent,
        telephone(exchange, sounds, sends=850) as caller,
    ):
        await caller.dial("312")
        await agent.in_call()
        await asyncio.gather(caller.hear_tone(1000), agent.hear_tone(850))
        await agent.hang_up()
        await caller.ended()


async def test_a_manual_telephone_rings_until_it_answers(exchange, sounds):
    async with (
        telephone(exchange, sounds, number="agent-rosa", password="prueba-311") as agent,
        telephone(exchange, sounds) as caller,
    ):
        await caller.call("312")
        await agent.rings()
        assert not caller.is_in_call
        await agent.answer()
        await caller.hang_up()
        await agent.ended()


async def test_a_wrong_password_is_refused(exchange, sounds):
    with pytest.raises(AssertionError, match="could not register"):
        async with telephone(exchange, sounds, number="agent-rosa", password="otra"):
            pass


async def test_a_frozen_telephone_is_cleaned_up(exchange, sounds):
    async with telephone(exchange, sounds) as phone:
        await phone.dial("317")
        phone.freeze()
    assert phone.baresip.process.returncode is not None


async def test_twelve_telephones_hear_at_once(exchange, sounds):
    async def journey(index: int) -> None:
        async with telephone(exchange, sounds, number=f"6123450{index}") as phone:
            await phone.dial("311")
            await phone.hear("greeting")
            await phone.hear("menu.main")
            await phone.press(str(index % 10))
            await phone.hear(f"digit.{index % 10}", whole=True)

    await asyncio.gather(*(journey(index) for index in range(12)))
