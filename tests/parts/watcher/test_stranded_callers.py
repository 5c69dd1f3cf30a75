"""Callers whom `line` has left alone, in a real Asterisk: who is sent into the fallback, and who is left in peace."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from centre.ari import Ari
from centre.stranded import rescue
from config.settings import Secrets, Settings
from tests.parts.dialplans.node import LUIS, PROMPTS, Centre, application, asterisk, is_up, taken, until
from tests.parts.dialplans.rawsip import raw_phone
from tests.parts.watcher.conftest import Node

APOLOGY = PROMPTS["es/fallback.apology"]


@pytest.fixture(scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    async with asterisk(tmp_path_factory.mktemp("stranded")) as running:
        running.secrets.save(running.settings.data)
        yield running


async def place(exchange: Centre, channel: str) -> tuple[str, str]:
    """The context of the dialplan and the application in it where a channel is now."""
    found = (await exchange.ari("GET", f"channels/{channel}"))["dialplan"]
    return found["context"], found["app_name"]


def in_fallback(place: tuple[str, str]) -> bool:
    return place[0] == "fallback"


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
                endpoint="PJSIP/agent-luis",
                app="centro311",
                appArgs=f"agent,{talking['id']},1",
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
        assert await place(exchange, talking["id"]) == ("centre", "Stasis")
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


async def test_the_watcher_sends_callers_away_once_line_was_silent_for_ten_seconds(node: Node) -> None:
    await asyncio.to_thread(node.start)
    await until(lambda: is_up(node.settings), bool, 30)
    exchange = Centre(node.settings, Secrets.load(node.settings.data), None)
    async with raw_phone(node.settings.sip_port) as phone:
        async with application(exchange) as line:
            _, channel = await taken(exchange, line, phone)
            (node.settings.run / "line.broken").touch()
            os.kill(node.pid("line"), signal.SIGKILL)
            killed = time.monotonic()
        await until(lambda: place(exchange, channel["id"]), in_fallback, 20)
        assert time.monotonic() - killed >= 8.5  # its last sign may have been a second old

        # One who appears while it lasts is not forgotten: held by an application that takes calls and is no `line`.
        async with application(exchange) as line:
            _, later = await taken(exchange, line, phone)
            await until(lambda: place(exchange, later["id"]), in_fallback, 10)
