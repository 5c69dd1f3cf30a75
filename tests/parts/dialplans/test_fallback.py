"""What a caller meets when nobody answers for the centre."""

from __future__ import annotations

import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from dialplans import Fallback
from tests.parts.dialplans.node import BEEP, PROMPTS, Centre, application, asterisk, taken, until
from tests.parts.dialplans.rawsip import Call, raw_phone

SHORT = Fallback(seconds=2, pause=1, silence=2, longest=6)
VOICE = 440
"""The caller speaks in this tone (Hz)."""


def both(prompt: str) -> tuple[int, int]:
    return PROMPTS[f"es/{prompt}"], PROMPTS[f"en/{prompt}"]


@pytest.fixture(scope="module")
async def impatient(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    """A centre without `line`, whose patience is short."""
    async with asterisk(tmp_path_factory.mktemp("alone"), fallback=SHORT) as running:
        yield running


@pytest.fixture
async def alone(impatient: Centre) -> AsyncIterator[Centre]:
    """The same, with no message and no call in it."""
    yield impatient
    await impatient.no_channel_left()
    for file in (impatient.settings.asterisk / "spool/fallback").iterdir():
        file.unlink()


def side_files(centre: Centre) -> list[Path]:
    return sorted((centre.settings.asterisk / "spool/fallback").glob("*.txt"))


def said(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def seconds_of_voice(path: Path) -> float:
    """How long the caller's tone is in a recording. The header must be right."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    pieces = [sound[at : at + 400] for at in range(0, len(sound) - 400, 400)]
    heard = [p for p in pieces if np.abs(np.fft.rfft(p * np.hanning(400)))[VOICE // 20] > 5]
    return len(heard) * 0.05


async def message_begun(centre: Centre, call: Call) -> None:
    """The side file tells it; that the prompts and the tone came before is heard."""
    await until(lambda: side_files(centre), bool, 20)
    await call.hear(*both("fallback.message"), BEEP)


async def test_the_caller_hears_an_apology_and_music_and_leaves_a_message(alone: Centre) -> None:
    async with raw_phone(alone.sip) as phone:
        call = await phone.call("311", number="61234567")
        assert call.status == 200
        await call.hear(*both("fallback.apology"))
        heard = len(call.heard)
        await message_begun(alone, call)
        assert len(call.heard) - heard > 8000  # a second of music at least lay between
        heard = len(call.heard)
        await call.speak(VOICE, 1.5)
        assert len(call.heard) - heard > 8000  # silence is sent all the while
        assert "ended" not in said(side_files(alone)[0])
        await call.press("#")
        await call.hear(*both("fallback.thanks"))
        await until(call.over.is_set, bool)
    (file,) = side_files(alone)
    told = said(file)
    assert told["number"] == "61234567"
    assert told["language"] == ""
    assert int(told["epoch"]) <= int(told["ended"])
    assert seconds_of_voice(file.with_suffix(".wav")) == pytest.approx(1.5, abs=0.3)
    assert file.stem.startswith("n1-")
    await alone.no_channel_left()


async def test_a_message_is_kept_when_the_caller_hangs_up_in_mid_sentence(alone: Centre) -> None:
    async with raw_phone(alone.sip) as phone:
        call = await phone.call("311")
        await message_begun(alone, call)
        await call.speak(VOICE, 1)
        await call.hang_up()
        await alone.no_channel_left()
    (file,) = side_files(alone)
    assert "ended" in said(file)
    assert seconds_of_voice(file.with_suffix(".wav")) == pytest.approx(1, abs=0.3)


async def test_silence_ends_a_message(alone: Centre) -> None:
    async with raw_phone(alone.sip) as phone:
        call = await phone.call("311")
        await message_begun(alone, call)
        await call.speak(VOICE, 0.5)
        await call.speak(0, SHORT.silence + 0.5)
        await call.hear(*both("fallback.thanks"))


async def test_the_longest_message_is_limited(alone: Centre) -> None:
    async with raw_phone(alone.sip) as phone:
        call = await phone.call("311")
        await message_begun(alone, call)
        await call.speak(VOICE, SHORT.longest + 0.5)
        await call.hear(*both("fallback.thanks"))


async def test_a_caller_who_hangs_up_before_the_tone_leaves_no_message(alone: Centre) -> None:
    async with raw_phone(alone.sip) as phone:
        call = await phone.call("311")
        await call.hear(*both("fallback.apology"))
        await call.hang_up()
        await alone.no_channel_left()
    assert side_files(alone) == []


async def test_the_caller_gets_through_when_the_line_comes_back(tmp_path: Path) -> None:
    async with (
        asterisk(tmp_path, fallback=Fallback(seconds=60, pause=1)) as centre,
        raw_phone(centre.sip) as phone,
    ):
        call = await phone.call("311", number="61234567")
        await call.hear(*both("fallback.apology"))
        async with application(centre) as line:
            channel = await line.call()
            assert channel["caller"]["number"] == "61234567"
            assert channel["channelvars"]["C311_ROLE"] == "caller"
            await centre.ari("DELETE", f"channels/{channel['id']}")
            await until(call.over.is_set, bool)
    assert side_files(centre) == []


async def test_a_stranded_caller_is_kept_in_their_language_and_resumed_with_their_state(tmp_path: Path) -> None:
    async with asterisk(tmp_path, fallback=Fallback(seconds=60, pause=1)) as centre, raw_phone(centre.sip) as phone:
        async with application(centre) as line:
            call, channel = await taken(centre, line, phone)
            state = f"channels/{channel['id']}/variable"
            await centre.ari("POST", state, variable="C311_LANG", value="en")
            await centre.ari("POST", state, variable="C311", value='{"step": "menu"}')
        path = f"channels/{channel['id']}/continue"
        await centre.ari("POST", path, context="fallback", extension="s", priority="1")
        await call.hear(PROMPTS["en/fallback.apology"])
        assert PROMPTS["es/fallback.apology"] not in call.tones()
        async with application(centre) as line:
            again = await line.call()
            assert again["id"] == channel["id"]
            assert again["channelvars"]["C311"] == '{"step": "menu"}'
            await call.hang_up()
            await centre.no_channel_left()


async def test_missing_prompts_end_no_call(tmp_path: Path) -> None:
    async with asterisk(tmp_path, fallback=SHORT, prompts=False) as centre, raw_phone(centre.sip) as phone:
        call = await phone.call("311")
        await until(lambda: side_files(centre), bool, 20)
        await call.speak(VOICE, 1)
        await call.press("#")
        await until(call.over.is_set, bool)
        assert seconds_of_voice(side_files(centre)[0].with_suffix(".wav")) > 0.5
        await centre.ari("POST", "asterisk/variable", variable="C311_BUSY", value=str(int(time.time()) + 60))
        busy = await phone.call("311")
        assert busy.status == 200
        await until(busy.over.is_set, bool)
