"""An agent who has come so far: a call offered, a conversation begun, a form filled in."""

from __future__ import annotations

from playwright.async_api import Page

from ivr import api
from tests.parts.desktop.house import House
from tests.parts.desktop.screen import Screens

DRAFT = "2640713351"
SHOWN = "26 4071 3351"
IDAAN = "Instituto de Acueductos y Alcantarillados Nacionales, IDAAN"


async def offered(desktop: House, screens: Screens) -> tuple[str, Page, api.CallView]:
    name = await desktop.add()
    page = await screens.at(desktop, name)
    call = await desktop.line.offer(name, number=DRAFT)
    await page.wait_for_selector("[data-phase=offered]")
    return name, page, call


async def talking(desktop: House, screens: Screens) -> tuple[str, Page, api.CallView]:
    name, page, call = await offered(desktop, screens)
    await desktop.line.talk(name)
    await page.wait_for_selector("[data-phase=talking]")
    return name, page, call


async def fill(page: Page) -> None:
    await page.fill("[name=institution]", IDAAN)
    await page.get_by_label("Servicio").select_option("leak")
    await page.get_by_label("Asunto").fill("Fuga de agua")
    await page.get_by_label("Descripción").fill("Desde el sábado, frente a la escuela.")
