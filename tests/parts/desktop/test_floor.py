"""The floor, live, as a supervisor sees it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect
from sqlalchemy import delete

from agent_desktop.logins import RECHECK_SECONDS
from agent_desktop.streams import ALIVE_SECONDS
from crm_core.storage.tables import Session
from ivr import api
from ivr.bus import Away, Bus
from tests.parts.desktop.house import House
from tests.parts.desktop.screen import Screens


async def test_a_supervisor_sees_who_waits_and_who_works_live(breakable: House, screens: Screens) -> None:
    agent = await breakable.add()
    page = await screens.at(breakable, await breakable.add("supervisor"))
    row = page.get_by_role("row").filter(has_text=agent)
    away = page.get_by_text(re.compile(r"^\d+ fuera de servicio$"))
    await expect(away).to_be_visible()
    await expect(row).to_have_count(0)
    await expect(page.locator("main")).to_contain_text("Nadie espera")
    since = datetime.now(UTC) - timedelta(seconds=65)
    breakable.line.waiting = [
        api.Waiting(call="n1-1", queue="general", position=1, since=since, language="en", choice="denunciation"),
        api.Waiting(call="n1-2", queue="general", position=2, since=since, language="es", choice=None),
    ]
    await breakable.line.become(agent, api.AgentState.PAUSED, call=None, reason="meal")
    await expect(row).to_contain_text("En pausa")
    await expect(row).to_contain_text("Comida")
    first = page.get_by_role("row").filter(has_text="Denuncia")
    await expect(first).to_contain_text("Inglés")
    await expect(first.locator(".tick")).to_have_text(re.compile(r"1:\d\d"))
    await expect(page.get_by_role("row").filter(has_text="Hablar con agente")).to_be_visible()
    breakable.line.waiting = []
    await expect(page.locator("main")).to_contain_text("Nadie espera")
    await breakable.line.become(agent, api.AgentState.OFFLINE, call=None)
    await expect(row).to_have_count(0)


async def test_who_is_ready_without_a_telephone_is_not_shown_as_ready(breakable: House, screens: Screens) -> None:
    agent = await breakable.add()
    floor = await screens.at(breakable, await breakable.add("supervisor"))
    desk = await screens.at(breakable, agent)
    row = floor.get_by_role("row").filter(has_text=agent)
    await breakable.line.become(agent, api.AgentState.READY, call=None)
    await expect(row).to_contain_text("Disponible")
    await breakable.line.lose_telephone(agent)
    for shown in (row, desk.locator(".bar")):
        await expect(shown).to_have_attribute("data-state", "no-telephone")
        await expect(shown).to_contain_text("Sin teléfono")
    await expect(row).not_to_contain_text("Disponible")
    await expect(desk.locator(".bar strong")).to_have_text("Sin teléfono")


async def test_the_floor_says_when_it_is_not_up_to_date(breakable: House, screens: Screens) -> None:
    page = await screens.at(breakable, await breakable.add("supervisor"))
    await expect(page.locator(".banner")).to_have_count(0)
    await breakable.line.stop()
    await expect(page.locator(".banner")).to_contain_text("no está al día")


@pytest.mark.parametrize(("role", "page"), [("agent", "desk"), ("supervisor", "floor")])
async def test_news_never_keeps_open_what_its_session_has_ended(breakable: House, role: str, page: str) -> None:
    name, agent = await breakable.add(role), await breakable.add()
    news = {"desk": name, "floor": agent}[page]

    async def work() -> None:
        while True:
            for reason in ("meal", "break"):
                await breakable.line.become(news, api.AgentState.PAUSED, call=None, reason=reason)
                await asyncio.sleep(1)

    busy = asyncio.create_task(work())
    try:
        async with breakable.client(name) as browser, browser.get(f"/{page}/events") as stream:
            async with breakable.database.begin() as connection:
                await connection.execute(delete(Session).where(Session.agent == name))
            async with asyncio.timeout(2 * (ALIVE_SECONDS + RECHECK_SECONDS)):
                assert (await stream.content.read()).endswith(b"event: left\ndata: left\n\n")
    finally:
        busy.cancel()


async def test_a_centre_that_shares_the_bus_does_not_answer(desktop: House) -> None:
    name = await desktop.add()
    own, other = Bus(desktop.settings.nats, desktop.settings.bus), Bus(desktop.settings.nats, "c311-other")
    async with own.once(), other.once():
        assert (await own.ask(api.AskAgent(agent=name), api.AgentView)).agent == name
        with pytest.raises(Away):
            await other.ask(api.AskAgent(agent=name), api.AgentView)
