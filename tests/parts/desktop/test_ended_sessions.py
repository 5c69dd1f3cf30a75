"""A session that is over stays over: with the database away, and after a restart of `web` meanwhile."""

from __future__ import annotations

import aiohttp
import pytest
from sqlalchemy import text

from agent_desktop.logins import RECHECK_SECONDS
from tests.parts.desktop.house import House, until


def cookie_of(browser: aiohttp.ClientSession) -> dict[str, str]:
    return {each.key: each.value for each in browser.cookie_jar if each.key.startswith("c311")}


async def is_in(house: House, cookie: dict[str, str]) -> bool:
    async with (
        aiohttp.ClientSession(house.address, cookies=cookie) as copy,
        copy.get("/desk", allow_redirects=False) as answer,
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
        # The database hears of it from whoever is looked up first.
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


async def sessions_of(house: House, name: str) -> int:
    async with house.database.connect() as connection:
        found = await connection.execute(text("select count(*) from session where agent = :name"), {"name": name})
        return int(found.scalar_one())
