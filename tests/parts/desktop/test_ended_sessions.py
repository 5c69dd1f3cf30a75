"""A session that is over stays over: with the database away, and after a restart of `web` meanwhile."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from playwright.async_api import expect
from sqlalchemy import text, update

from agent_desktop.logins import BELIEVED_SECONDS, RECHECK_SECONDS
from crm_core.services.agents import change_agent
from crm_core.services.sessions import IDLE
from crm_core.storage.tables import Session
from tests.parts.desktop.house import PASSWORD, House, until
from tests.parts.desktop.screen import Screens
from tests.parts.desktop.test_desk import fill, talking


def cookie_of(browser: aiohttp.ClientSession) -> dict[str, str]:
    return {each.key: each.value for each in browser.cookie_jar if each.key.startswith("c311")}


async def is_in(house: House, cookie: dict[str, str], at: str = "/desk") -> bool:
    async with (
        aiohttp.ClientSession(house.address, cookies=cookie) as copy,
        copy.get(at, allow_redirects=False) as answer,
    ):
        return answer.status == 200


async def restart(house: House, how: str) -> None:
    if how == "killed":
        house.kill_web()
    else:
        house.stop_web()
    await house.start_web()


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_whoever_logged_out_in_an_outage_is_out_after_a_restart_too(breakable: House, how: str) -> None:
    name = await breakable.add()
    async with breakable.client(name) as leaving, breakable.client(name) as staying:
        copied, kept = cookie_of(leaving), cookie_of(staying)
        breakable.stop_database()
        async with leaving.post("/logout", allow_redirects=False) as answer:
            assert answer.status == 303
        await restart(breakable, how)
        assert not await is_in(breakable, copied)
        assert await is_in(breakable, kept)
        breakable.start_database()
        assert await is_in(breakable, kept)

        async def database_knows() -> bool:
            assert await is_in(breakable, kept)
            assert not await is_in(breakable, copied)
            return await sessions_of(breakable, name) == 1

        await until(database_knows)


async def test_a_session_that_was_over_before_an_outage_does_not_live_again_in_it(breakable: House) -> None:
    ended, logged_out = await breakable.add(), await breakable.add()
    async with breakable.client(ended) as one, breakable.client(logged_out) as other:
        copied = [cookie_of(one), cookie_of(other)]
        async with other.post("/logout", allow_redirects=False) as answer:
            assert answer.status == 303
        async with breakable.database.begin() as connection:
            await connection.execute(text("delete from session where agent = :name"), {"name": ended})

        async def is_out() -> bool:
            return not await is_in(breakable, copied[0])

        await until(is_out, RECHECK_SECONDS + 5)
        breakable.stop_database()
        await restart(breakable, "killed")
        assert [await is_in(breakable, each) for each in copied] == [False, False]


async def test_a_right_that_was_taken_away_does_not_come_back_in_an_outage(breakable: House) -> None:
    name = await breakable.add("supervisor")
    async with breakable.client(name) as browser:

        async def floor() -> int:
            async with browser.get("/floor", allow_redirects=False) as answer:
                return answer.status

        assert await floor() == 200
        await change_agent(breakable.database, name, by="administrator", role="agent")

        async def taken_away() -> bool:
            return await floor() != 200

        await until(taken_away, RECHECK_SECONDS + 5)
        breakable.server.signal(signal.SIGSTOP)
        try:
            for _ in range(3):
                await asyncio.sleep(RECHECK_SECONDS / 2)
                assert await floor() != 200
        finally:
            breakable.server.signal(signal.SIGCONT)


async def test_a_right_is_gone_in_an_outage_though_its_browser_was_not_open_when_it_was_taken_away(
    breakable: House,
) -> None:
    name, other = await breakable.add("supervisor"), await breakable.add("supervisor")
    async with breakable.client(name) as asleep, breakable.client(other) as kept:
        cookies = [cookie_of(asleep), cookie_of(kept)]
        await restart(breakable, "killed")
        await change_agent(breakable.database, name, by="administrator", role="agent")
        await asyncio.sleep(RECHECK_SECONDS + 1)  # `web` learns of it meanwhile, and nobody asks
        breakable.stop_database()
        assert [await is_in(breakable, each, "/floor") for each in cookies] == [False, True]
        await restart(breakable, "killed")
        assert [await is_in(breakable, each, "/floor") for each in cookies] == [False, True]


async def test_the_database_has_the_last_word_on_what_somebody_may(desktop: House) -> None:
    name = await desktop.add("supervisor")
    async with desktop.client(name) as browser:
        async with desktop.database.begin() as connection:
            await connection.execute(text("update agent set role = 'agent' where name = :name"), {"name": name})

        async def refused() -> bool:
            async with browser.get("/floor", allow_redirects=False) as answer:
                return answer.status == 403

        await until(refused, RECHECK_SECONDS + 5)


async def test_an_outage_of_hours_ends_no_session_that_was_alive_in_it(breakable: House) -> None:
    awake, asleep = await breakable.add(), await breakable.add()
    async with breakable.client(awake) as one, breakable.client(asleep) as other:
        cookies = [cookie_of(one), cookie_of(other)]
        breakable.stop_database()
        await restart(breakable, "killed")
        assert await is_in(breakable, cookies[0])
        breakable.start_database()
        async with breakable.database.begin() as connection:  # as if the outage had been so long
            before = datetime.now(UTC) - IDLE - timedelta(minutes=1)
            await connection.execute(update(Session).where(Session.agent.in_([awake, asleep])).values(seen_at=before))
        await asyncio.sleep(BELIEVED_SECONDS)
        assert [await is_in(breakable, each) for each in cookies] == [True, False]


async def test_in_a_frozen_outage_only_the_first_waits_for_the_database(breakable: House) -> None:
    """The ring waits for `painted` for a second at most."""
    name = await breakable.add()
    async with breakable.client(name) as browser:
        breakable.server.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(RECHECK_SECONDS)
            async with browser.get("/desk") as answer:
                assert answer.status == 200
            for _ in range(3):
                await asyncio.sleep(RECHECK_SECONDS / 2)
                async with asyncio.timeout(1), browser.post("/desk/painted", data={"offer": "o"}) as answer:
                    assert answer.status == 204
        finally:
            breakable.server.signal(signal.SIGCONT)


async def test_what_was_typed_is_there_for_whoever_typed_it_and_for_nobody_else(
    desktop: House, screens: Screens
) -> None:
    name, page, _ = await talking(desktop, screens)
    other = await desktop.add("supervisor")
    await fill(page)
    await page.get_by_label("Nombre de quien reporta").fill("Rosa Vega")
    typed = page.get_by_label("Nombre de quien reporta")

    async def log_in(who: str) -> None:
        # An open page would go to the login by itself, in the middle of our going there.
        await page.goto("about:blank")
        await page.context.clear_cookies()
        await page.goto(f"{desktop.address}/desk")
        await page.fill("#name", who)
        await page.fill("#password", PASSWORD)
        await page.click(".gate-form .primary")
        await page.wait_for_url(lambda address: "/login" not in address)

    await log_in(name)
    await expect(typed).to_have_value("Rosa Vega")
    await log_in(other)
    assert await page.evaluate("JSON.stringify(localStorage)") == "{}"
    await log_in(name)
    await page.wait_for_selector(".card")
    await expect(typed).to_have_value("")


async def sessions_of(house: House, name: str) -> int:
    async with house.database.connect() as connection:
        found = await connection.execute(text("select count(*) from session where agent = :name"), {"name": name})
        return int(found.scalar_one())
