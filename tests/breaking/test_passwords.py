"""A new password while `line`, NATS or Asterisk is away: whoever registered with the old one is told of, or gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

import pytest

import dialplans
from centre import watcher
from tests.agents import add_agent, keyed
from tests.breaking.steps import both_hear, conversation, group, is_new, unstartable
from tests.centre import Centre

STAYS = (
    "a telephone with the password before stays registered until its next registration, at most an hour. "
    "One that registers with the new password takes its place at once."
)


async def contacts(centre: Centre, name: str) -> list[str]:
    return await asyncio.to_thread(dialplans.contacts, centre.settings, name)


async def renewed(centre: Centre, name: str) -> str:
    """What the command says that gives this agent a new password."""
    return await centre.run("agent", "password", name, stdin="another long password\n")


@contextlib.asynccontextmanager
async def line_away(centre: Centre) -> AsyncIterator[None]:
    with unstartable(centre):
        old = await centre.kill("line")
        yield
    await is_new(centre, "line", old)


@contextlib.asynccontextmanager
async def frozen(centre: Centre, part: str) -> AsyncIterator[None]:
    """The part stands still, and so does the watcher, which would end it before a command is done."""
    watching = watcher.running(centre.settings)
    assert watching is not None
    pid = await centre.pid(part)
    os.kill(watching, signal.SIGSTOP)
    group(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        group(pid, signal.SIGCONT)
        os.kill(watching, signal.SIGCONT)


@pytest.mark.parametrize("part", ["line", "nats"])
async def test_with_line_or_nats_away_the_old_telephone_is_forgotten(breakable: Centre, part: str):
    word = await add_agent(breakable, f"tito-{part}")
    async with breakable.phone(f"agent-tito-{part}", password=word):
        assert await contacts(breakable, f"tito-{part}")
        async with frozen(breakable, part):
            told = await renewed(breakable, f"tito-{part}")
            assert not await contacts(breakable, f"tito-{part}")
        assert STAYS not in told
        await breakable.ready()
    await breakable.run("agent", "remove", f"tito-{part}")


async def test_with_line_away_no_telephone_is_taken_out_of_its_conversation(
    breakable: Centre, people: dict[str, str], number: str
):
    async with conversation(breakable, people, number) as talk:
        async with line_away(breakable):
            told = await renewed(breakable, "rosa")
            assert f"rosa is in a call: {STAYS}" in told
            assert await contacts(breakable, "rosa")
            await both_hear(talk.caller, talk.agent.phone)
        await both_hear(talk.caller, talk.agent.phone)


async def test_a_telephone_that_stays_with_asterisk_away_is_told_of_and_gives_way_to_the_new_one(breakable: Centre):
    word = await add_agent(breakable, "eva")
    async with breakable.phone("agent-eva", password=word):
        before = await contacts(breakable, "eva")
        async with frozen(breakable, "asterisk"):
            told = await renewed(breakable, "eva")
        assert f"Asterisk does not answer: {STAYS}" in told
        await breakable.ready()
        await breakable.run("agent", "change", "eva", "--phone", "sip")
        assert await contacts(breakable, "eva") == before
        async with breakable.phone("agent-eva", password=keyed(told)):
            [now] = await contacts(breakable, "eva")
            assert [now] != before
    await breakable.run("agent", "remove", "eva")
