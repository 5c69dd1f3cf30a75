"""Callers whom `line` has left alone, in a real Asterisk: who is sent into the fallback, and who is left in peace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from centre.ari import Ari
from centre.stranded import rescue
from config.settings import Secrets, Settings
from tests.parts.dialplans.node import LUIS, PROMPTS, Centre, application, asterisk, taken, until
from tests.parts.dialplans.rawsip import raw_phone

APOLOGY = PROMPTS["es/fallback.apology"]


@pytest.fixture(scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    async with asterisk(tmp_path_factory.mktemp("stranded")) as running:
        running.secrets.save(running.settings.data)
        yield running


async def context_of(exchange: Centre, channel: str) -> str:
    found = await exchange.ari("GET", f"channels/{channel}")
    return f"{found['dialplan']['app_name']} in {found['dialplan']['context']}"


async def test_a_caller_alone_hears_the_apology_and_a_conversation_goes_on(exchange: Centre) -> None:
    ari = Ari(exchange.settings)
    async with (
        raw_phone(exchange.sip) as caller,
        raw_phone(exchange.sip, address="127.0.0.2") as talker,
        raw_phone(exchange.sip, user="agent-luis", password=LUIS.password) as luis,
    ):
        await luis.register()
        async with application(exchange) as line:
            alone, lonely = await taken(exchange, line, caller)
            _, talking = await taken(exchange, line, talker)
            leg = f"{talking['id']}-agent-1"
            await exchange.ari(
                *("POST", f"channels/{leg}"),
                **{"endpoint": "PJSIP/agent-luis", "app": "centro311", "appArgs": f"agent,{talking['id']},1"},
            )
            await luis.arrived.get()
            await line.call()
            await exchange.ari("POST", f"channels/{leg}/variable", variable="C311_ROLE", value="agent")
            bridge = f"{talking['id']}-talk"
            await exchange.ari("POST", f"bridges/{bridge}", type="mixing")
            await exchange.ari("POST", f"bridges/{bridge}/addChannel", channel=f"{talking['id']},{leg}")

        # The application's connection is gone, as when `line` was killed; its channels stay.
        assert await asyncio.to_thread(rescue, ari) == [lonely["id"]]
        await alone.hear(APOLOGY)
        assert (await context_of(exchange, talking["id"])).startswith("Stasis")
        [together] = [each for each in await exchange.ari("GET", "bridges") if each["id"] == bridge]
        assert set(together["channels"]) == {talking["id"], leg}

        # Asked again, nobody is moved twice.
        assert await asyncio.to_thread(rescue, ari) == []
        await exchange.ari("DELETE", f"channels/{leg}")
        assert await asyncio.to_thread(rescue, ari) == [talking["id"]]
        await exchange.ari("DELETE", f"bridges/{bridge}")
        for channel in (lonely["id"], talking["id"]):
            await exchange.ari("DELETE", f"channels/{channel}")
        await exchange.no_channel_left()


async def test_with_asterisk_away_nothing_is_raised_and_nobody_is_sent(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, http_port=1)
    Secrets(ari_password="x", web_secret="00").save(tmp_path)
    assert await asyncio.to_thread(rescue, Ari(settings)) == []


async def test_a_caller_who_hangs_up_meanwhile_spoils_it_for_nobody(exchange: Centre) -> None:
    ari = Ari(exchange.settings)
    async with raw_phone(exchange.sip) as first, raw_phone(exchange.sip, address="127.0.0.2") as second:
        async with application(exchange) as line:
            leaving, gone = await taken(exchange, line, first)
            staying, kept = await taken(exchange, line, second)
        channels = ari.channels

        def all_of_them() -> list[dict[str, object]]:
            listed = channels()
            asyncio.run_coroutine_threadsafe(leaving.hang_up(), loop).result(5)
            while gone["id"] in [channel["id"] for channel in channels()]:
                pass
            return listed

        loop = asyncio.get_running_loop()
        ari.channels = all_of_them  # type: ignore[method-assign]
        assert await asyncio.to_thread(rescue, ari) == [kept["id"]]
        await staying.hear(APOLOGY)
        await staying.hang_up()
        await exchange.no_channel_left()
        await until(lambda: exchange.ari("GET", "bridges"), lambda bridges: bridges == [])
