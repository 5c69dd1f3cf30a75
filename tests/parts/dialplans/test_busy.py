"""Who is let in, who is told that all lines are busy, and who is refused without a word."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialplans import Capacity
from tests.parts.dialplans.node import PROMPTS, Centre, application, asterisk, taken, until
from tests.parts.dialplans.rawsip import raw_phone

BUSY = PROMPTS["es/busy"], PROMPTS["en/busy"]


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Centre]:
    """A centre for two callers, where one more is told."""
    limits = Capacity(maxfiles=2000, admitted=2, told_busy=1, maxcalls=10)
    async with asterisk(tmp_path, limits=limits) as running:
        yield running


async def test_a_caller_hears_busy_in_both_languages_while_the_line_says_it_is_overloaded(small: Centre) -> None:
    async with application(small) as line, raw_phone(small.sip) as phone:
        await small.ari("POST", "asterisk/variable", variable="C311_BUSY", value=str(int(time.time()) + 60))
        call = await phone.call("311")
        assert call.status == 200
        await call.hear(*BUSY)
        await until(call.over.is_set, bool)
        await small.ari("POST", "asterisk/variable", variable="C311_BUSY", value="0")
        call, _ = await taken(small, line, phone)
        await call.hang_up()
    await small.no_channel_left()


async def test_callers_beyond_capacity_hear_busy_those_far_beyond_only_a_tone_and_those_inside_are_left_alone(
    small: Centre,
) -> None:
    async with application(small) as line, raw_phone(small.sip) as phone:
        first, _ = await taken(small, line, phone)
        second, _ = await taken(small, line, phone)
        third = await phone.call("311")
        fourth = await phone.call("311")
        assert (third.status, fourth.status) == (200, 486)
        assert fourth.heard == b""
        await third.hear(*BUSY)
        await until(third.over.is_set, bool)
        assert line.started.empty()
        assert not first.over.is_set()
        await first.hang_up()
        await until(lambda: small.ari("GET", "channels"), lambda channels: len(channels) == 1)
        fifth, _ = await taken(small, line, phone)
        await fifth.hang_up()
        await second.hang_up()
    await small.no_channel_left()


async def test_asterisk_itself_refuses_before_its_descriptors_run_out(tmp_path: Path) -> None:
    limits = Capacity(maxfiles=2000, admitted=5, told_busy=5, maxcalls=1)
    async with (
        asterisk(tmp_path, limits=limits) as running,
        application(running) as line,
        raw_phone(running.sip) as phone,
    ):
        first, _ = await taken(running, line, phone)
        assert (await phone.call("311")).status == 503
        await first.hang_up()
