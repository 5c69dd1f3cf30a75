"""The browser's telephone against a real Asterisk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from playwright.async_api import Error, Page, WebSocketRoute, expect
from sqlalchemy import delete, update

from agent_desktop.desk.routes import TROUBLES
from crm_core.services.agents import add_agent
from crm_core.storage.tables import Agent, Session
from tests.parts.crm.conftest import Server
from tests.parts.desktop.house import PASSWORD, House, house, until
from tests.parts.desktop.screen import Screens
from tests.parts.dialplans.node import ANA, Centre, asterisk

LISTEN = """async () => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(document.getElementById("voice").srcObject).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let loudest = 0;
    for (let look = 0; look < 20; look++) {
        await new Promise((done) => setTimeout(done, 50));
        analyser.getFloatTimeDomainData(samples);
        for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
    }
    await context.close();
    return loudest;
}"""
"""The loudest sample, of 1, that the page plays within a second."""


class Exchange:
    """Asterisk with an application that rings the agent, as `line` does."""

    def __init__(self, centre: Centre, desk: House) -> None:
        self.centre, self.desk = centre, desk
        self.events: list[dict[str, Any]] = []

    async def ring(self, id: str, **variables: str) -> None:
        url = f"http://127.0.0.1:{self.centre.settings.asterisk_http_port}/ari/channels/{id}"
        query = {"endpoint": f"PJSIP/agent-{ANA.name}", "app": "centro311", "timeout": "15"}
        async with (
            aiohttp.ClientSession(headers=self.centre.login) as session,
            session.post(url, params=query, json={"variables": variables}) as answer,
        ):
            assert answer.status == 200, await answer.text()

    async def reaches_ana(self) -> bool:
        return bool((await self.centre.ari("GET", f"endpoints/PJSIP/agent-{ANA.name}"))["state"] == "online")

    async def heard(self, kind: str, channel: str) -> dict[str, Any]:
        """The first event of this kind of this channel."""
        found: list[dict[str, Any]] = []

        async def there() -> bool:
            found[:] = [
                one for one in self.events if one["type"] == kind and one.get("channel", {}).get("id") == channel
            ]
            return bool(found)

        await until(there)
        return found[0]

    async def record(self, channel: str, seconds: int) -> float:
        """How loud the agent is on this channel: the mean square's root, of 32768."""
        name = f"{channel}-{len(self.events)}"
        await self.centre.ari(
            "POST", f"channels/{channel}/record", name=name, format="wav", maxDurationSeconds=str(seconds)
        )
        file = self.centre.settings.asterisk / "spool/recording" / f"{name}.wav"

        async def done() -> bool:
            return any(one["type"] == "RecordingFinished" and one["recording"]["name"] == name for one in self.events)

        await until(done, seconds + 5)
        with wave.open(str(file)) as sound:
            samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").astype(float)
        return float(np.sqrt(np.mean(samples**2)))


@pytest.fixture(scope="session")
async def exchange(
    own_server: Server, parts: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Exchange]:
    async with (
        asterisk(tmp_path_factory.mktemp("exchange"), agents=[ANA]) as centre,
        house(own_server, parts, centre.settings.http_port) as desk,
        aiohttp.ClientSession(headers=centre.login) as session,
    ):
        await add_agent(desk.database, ANA.name, phone="browser", password=PASSWORD)
        async with desk.database.begin() as connection:
            await connection.execute(update(Agent).where(Agent.name == ANA.name).values(sip_password=ANA.password))
        made = Exchange(centre, desk)
        url = f"http://127.0.0.1:{centre.settings.asterisk_http_port}/ari/events?app=centro311&subscribeAll=true"

        async def read(socket: aiohttp.ClientWebSocketResponse) -> None:
            async for message in socket:
                made.events.append(message.json())

        async with session.ws_connect(url) as socket:
            reader = asyncio.create_task(read(socket))
            yield made
            reader.cancel()


class Wire:
    """The page's way to Asterisk, to be cut: the browser's WebSockets go through here."""

    def __init__(self) -> None:
        self._open: list[WebSocketRoute] = []
        self.closed = False

    async def take(self, route: WebSocketRoute) -> None:
        if self.closed:
            await route.close()
            return
        route.connect_to_server()
        self._open.append(route)

    async def cut(self) -> None:
        self.closed = True
        for route in self._open:
            await route.close()
        self._open.clear()


@pytest.fixture
def wire() -> Wire | None:
    """Nothing between page and Asterisk, unless a test asks for something."""
    return None


@pytest.fixture
async def page(exchange: Exchange, screens: Screens, wire: Wire | None) -> AsyncIterator[Page]:
    """Ana's desk with its telephone registered, and a call on the screen for its buttons."""
    context = await screens.browser()
    if wire is not None:
        await context.route_web_socket(re.compile("/ws$"), wire.take)
    page = await screens.at(exchange.desk, ANA.name, context)
    await telephone(page, "registered", "Teléfono listo")
    await exchange.desk.line.offer(ANA.name, number="2640713351")
    await page.wait_for_selector("[data-phase=offered]")
    yield page
    await page.close()
    for channel in await exchange.centre.ari("GET", "channels"):
        with contextlib.suppress(aiohttp.ClientResponseError):
            await exchange.centre.ari("DELETE", f"channels/{channel['id']}")
    await exchange.centre.no_channel_left()


async def telephone(page: Page, state: str, words: str) -> None:
    """The top bar says this of the telephone, and nothing else."""
    await expect(page.locator("html")).to_have_attribute("data-phone", state, timeout=15_000)
    await expect(page.locator(".phone-state:visible")).to_have_text(words)


async def leg(page: Page, state: str) -> None:
    await expect(page.locator("html")).to_have_attribute("data-leg", state)


async def test_it_rings_is_answered_by_a_key_and_both_sides_are_heard(exchange: Exchange, page: Page) -> None:
    await exchange.ring("rings")
    await leg(page, "ringing")
    assert (await page.title()).startswith("☎")
    await expect(page.get_by_role("button", name="Contestar")).to_be_visible()
    await page.keyboard.press("F2")
    await leg(page, "talking")
    await exchange.heard("StasisStart", "rings")
    await exchange.centre.ari("POST", "channels/rings/play/tone", media="tone:busy;tonezone=us")
    assert await page.evaluate(LISTEN) > 0.02
    await exchange.centre.ari("DELETE", "playbacks/tone")
    assert await exchange.record("rings", 3) > 100


async def test_muted_the_agent_is_not_heard_and_unmuted_again(exchange: Exchange, page: Page) -> None:
    await exchange.ring("muted", **{"PJSIP_HEADER(add,X-C311-Auto)": "1"})
    await leg(page, "talking")
    await exchange.heard("StasisStart", "muted")
    await page.keyboard.press("F4")
    await expect(page.get_by_role("button", name="Activar micrófono")).to_have_attribute("aria-pressed", "true")
    assert await exchange.record("muted", 2) < 20
    await page.keyboard.press("F4")
    assert await exchange.record("muted", 3) > 100


async def test_hold_is_told_to_the_exchange(exchange: Exchange, page: Page) -> None:
    await exchange.ring("held", **{"PJSIP_HEADER(add,X-C311-Auto)": "1"})
    await leg(page, "talking")
    await exchange.heard("StasisStart", "held")
    await page.keyboard.press("F8")
    await exchange.heard("ChannelHold", "held")
    await page.keyboard.press("F8")
    await exchange.heard("ChannelUnhold", "held")


async def test_a_second_ring_after_a_loss_is_answered_by_itself(exchange: Exchange, page: Page) -> None:
    await exchange.ring("again", **{"PJSIP_HEADER(add,Call-Info)": "<sip:311>;answer-after=0"})
    await leg(page, "talking")
    await exchange.heard("StasisStart", "again")


async def test_the_hang_up_button_is_the_agents_own_word(exchange: Exchange, page: Page) -> None:
    await exchange.ring("hangs-up", **{"PJSIP_HEADER(add,X-C311-Auto)": "1"})
    await leg(page, "talking")
    await exchange.heard("StasisStart", "hangs-up")
    await page.get_by_role("button", name="Colgar").click()
    await expect(page.locator("#message")).to_contain_text("Presione otra vez «Colgar» para terminar")
    await leg(page, "talking")
    await page.get_by_role("button", name="Colgar").click()
    request = await exchange.heard("ChannelHangupRequest", "hangs-up")
    assert request.get("cause") in (None, 0, 16)
    await leg(page, "none")


async def test_a_reload_in_a_conversation_is_told_as_a_loss(exchange: Exchange, page: Page) -> None:
    await exchange.ring("reloads", **{"PJSIP_HEADER(add,X-C311-Auto)": "1"})
    await leg(page, "talking")
    await exchange.heard("StasisStart", "reloads")
    await page.reload()
    request = await exchange.heard("ChannelHangupRequest", "reloads")
    assert request["cause"] == 41
    await telephone(page, "registered", "Teléfono listo")


async def test_a_refused_ring_says_busy(exchange: Exchange, page: Page) -> None:
    await exchange.ring("refused")
    await leg(page, "ringing")
    await expect(page.get_by_role("button", name="Colgar")).to_be_hidden()
    await page.get_by_role("button", name="Rechazar").click()
    gone = await exchange.heard("ChannelDestroyed", "refused")
    assert gone["cause"] == 17
    await leg(page, "none")


async def test_a_hang_up_by_the_exchange_leaves_the_telephone_free(exchange: Exchange, page: Page) -> None:
    await exchange.ring("ended", **{"PJSIP_HEADER(add,X-C311-Auto)": "1"})
    await leg(page, "talking")
    await exchange.heard("StasisStart", "ended")
    await exchange.centre.ari("DELETE", "channels/ended")
    await leg(page, "none")
    assert not (await page.title()).startswith("☎")


async def test_a_session_that_ends_in_a_conversation_ends_on_the_page_with_it(exchange: Exchange, page: Page) -> None:
    await exchange.ring("goes-on", **{"PJSIP_HEADER(add,X-C311-Auto)": "1"})
    await leg(page, "talking")
    await exchange.heard("StasisStart", "goes-on")
    await exchange.desk.line.talk(ANA.name)
    await expect(page.locator("[data-phase=talking]")).to_be_visible()
    async with exchange.desk.database.begin() as connection:
        await connection.execute(delete(Session).where(Session.agent == ANA.name))
    await expect(page.get_by_text("La llamada sigue")).to_be_visible(timeout=30_000)
    await page.get_by_label("Asunto").fill("Fuga de agua")
    await page.get_by_role("button", name="Guardar borrador").click()
    await expect(page.locator(".unsent")).to_be_visible()
    await exchange.centre.ari("POST", "channels/goes-on/play/still", media="tone:busy;tonezone=us")
    assert await page.evaluate(LISTEN) > 0.02
    for _ in ("asked first", "done"):
        await page.keyboard.press("F9")
    request = await exchange.heard("ChannelHangupRequest", "goes-on")
    assert request.get("cause") in (None, 0, 16)  # the agent's own word, not a loss
    await expect(page.get_by_text("Su sesión terminó. Entre de nuevo para seguir.")).to_be_visible()


async def test_an_answer_without_any_sound_is_said(exchange: Exchange, page: Page) -> None:
    await exchange.ring("silent", **{"PJSIP_HEADER(add,X-C311-Auto)": "1"})
    await leg(page, "talking")
    await exchange.heard("StasisStart", "silent")
    await expect(page.locator(".nothing-heard")).to_be_visible(timeout=10_000)
    await exchange.centre.ari("POST", "channels/silent/play", media="tone:busy;tonezone=us")
    await expect(page.locator(".nothing-heard")).to_be_hidden()


@pytest.mark.parametrize("wire", [Wire()], ids=["cut"])
async def test_a_lost_way_to_the_exchange_leaves_the_conversation_and_a_later_end_arrives(
    exchange: Exchange, page: Page, wire: Wire
) -> None:
    await exchange.ring("cut", **{"PJSIP_HEADER(add,X-C311-Auto)": "1"})
    await leg(page, "talking")
    await exchange.heard("StasisStart", "cut")
    await exchange.centre.ari("POST", "channels/cut/play/sound", media="tone:busy;tonezone=us")
    await wire.cut()
    await telephone(page, "lost", "Sin conexión con la central telefónica; reintentando…")
    assert await page.evaluate(LISTEN) > 0.02
    wire.closed = False
    await telephone(page, "registered", "Teléfono listo")
    await leg(page, "talking")
    await exchange.centre.ari("DELETE", "channels/cut")
    await leg(page, "none")


def troubles(exchange: Exchange) -> list[tuple[str, str | None]]:
    """What `./centro311 logs` shows of telephones in trouble."""
    lines = map(json.loads, (exchange.desk.settings.log / "web.jsonl").read_text().splitlines())
    return [(line["agent"], line["cause"]) for line in lines if line["event"] == "telephone failed"]


async def test_a_refused_registration_is_said_in_words_and_logged_once(exchange: Exchange, screens: Screens) -> None:
    async def password(given: str) -> None:
        async with exchange.desk.database.begin() as connection:
            await connection.execute(update(Agent).where(Agent.name == ANA.name).values(sip_password=given))

    before = troubles(exchange)
    await password("not the one that Asterisk has")
    try:
        page = await screens.at(exchange.desk, ANA.name)
        await telephone(page, "refused", "La central rechazó el teléfono. Salga y vuelva a entrar")
        await until(lambda: _logged(exchange, [*before, (ANA.name, "registration refused")]))
    finally:
        await password(ANA.password)


async def _logged(exchange: Exchange, all: list[tuple[str, str | None]]) -> bool:
    return troubles(exchange) == all


@pytest.mark.parametrize("wire", [Wire()], ids=["gone"])
async def test_an_exchange_out_of_reach_is_said_in_words_and_logged_once(
    exchange: Exchange, page: Page, wire: Wire
) -> None:
    before = troubles(exchange)
    await wire.cut()
    await telephone(page, "lost", "Sin conexión con la central telefónica; reintentando…")
    await until(lambda: _logged(exchange, [*before, (ANA.name, "no connection to the exchange")]))
    wire.closed = False
    await telephone(page, "registered", "Teléfono listo")
    assert len(troubles(exchange)) == len(before) + 1


DENIED = "Micrófono bloqueado: no recibirá llamadas. Permítalo junto a la dirección; si sigue igual, recargue"


async def test_a_refused_microphone_keeps_the_telephone_away_until_it_is_allowed(
    exchange: Exchange, strict_screens: Screens
) -> None:
    async def away() -> bool:
        return not await exchange.reaches_ana()

    before = troubles(exchange)
    page = await strict_screens.at(exchange.desk, ANA.name)
    await telephone(page, "denied", DENIED)
    await until(lambda: _logged(exchange, [*before, (ANA.name, TROUBLES["denied"])]))
    await until(away)
    await page.context.grant_permissions(["microphone"])
    await telephone(page, "registered", "Teléfono listo")
    await until(exchange.reaches_ana)
    await exchange.desk.line.offer(ANA.name, number="2640713351")
    await exchange.ring("hears", **{"PJSIP_HEADER(add,X-C311-Auto)": "1"})
    await leg(page, "talking")
    await exchange.heard("StasisStart", "hears")
    await microphone(page, "denied")
    assert await exchange.reaches_ana()
    await exchange.centre.ari("DELETE", "channels/hears")
    await leg(page, "none")
    await telephone(page, "denied", DENIED)
    await until(away)
    await microphone(page, "granted")
    await telephone(page, "registered", "Teléfono listo")
    await until(exchange.reaches_ana)
    await exchange.centre.no_channel_left()


async def microphone(page: Page, setting: str) -> None:
    """Change it as its user does beside the page's address."""
    session = await page.context.new_cdp_session(page)
    told = (await session.send("Target.getTargetInfo"))["targetInfo"]
    wish = {"permission": {"name": "microphone"}, "setting": setting, "browserContextId": told["browserContextId"]}
    await session.send("Browser.setPermission", wish)


async def test_a_crashed_page_is_told_as_a_loss_within_seconds(exchange: Exchange, page: Page) -> None:
    await exchange.ring("crashes", **{"PJSIP_HEADER(add,X-C311-Auto)": "1"})
    await leg(page, "talking")
    await exchange.heard("StasisStart", "crashes")
    session = await page.context.new_cdp_session(page)
    with contextlib.suppress(Error, TimeoutError):
        await asyncio.wait_for(session.send("Page.crash"), 2)
    # Asterisk itself gives up on the silence: it asks with another cause (1), but "soft", and ends with 44.
    request = await exchange.heard("ChannelHangupRequest", "crashes")
    assert request["soft"]
    assert (await exchange.heard("ChannelDestroyed", "crashes"))["cause"] == 44
