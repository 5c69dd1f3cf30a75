"""The floor, live, as a supervisor sees it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from ivr import api
from tests.parts.desktop.house import House
from tests.parts.desktop.screen import Screens


async def test_a_supervisor_sees_who_waits_and_who_works_live(breakable: House, screens: Screens) -> None:
    agent = await breakable.add()
    page = await screens.at(breakable, await breakable.add("supervisor"))
    row = page.get_by_role("row").filter(has_text=agent).first
    await expect(row).to_contain_text("Fuera de servicio")
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


async def test_the_floor_says_when_it_is_not_up_to_date(breakable: House, screens: Screens) -> None:
    page = await screens.at(breakable, await breakable.add("supervisor"))
    await expect(page.locator(".banner")).to_have_count(0)
    await breakable.line.stop()
    await expect(page.locator(".banner")).to_contain_text("no está al día")
