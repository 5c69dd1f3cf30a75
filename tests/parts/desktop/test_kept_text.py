"""What a browser keeps of a form until it is saved."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect
from sqlalchemy import update

from crm_core.storage.tables import Case
from tests.parts.desktop.desk import IDAAN, fill, talking
from tests.parts.desktop.filing import file_case
from tests.parts.desktop.house import House
from tests.parts.desktop.screen import Screens


@pytest.mark.parametrize(("number", "saves"), [("2600000279", True), ("2600000287", False)], ids=["saved", "typed"])
async def test_what_a_browser_kept_is_not_put_over_what_a_colleague_saved_later(
    desktop: House, screens: Screens, number: str, saves: bool
) -> None:
    await file_case(desktop, number, phone=f"+5076{number[-7:]}", state="draft")
    page = await screens.at(desktop, await desktop.add())
    await page.goto(f"{desktop.address}/cases/{number}")
    await page.get_by_label("Lugar").fill("Calidonia")
    await page.reload()
    await expect(page.get_by_label("Lugar")).to_have_value("Calidonia")
    if saves:
        await page.get_by_role("button", name="Guardar borrador").click()
        await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")
    async with desktop.database.begin() as connection:  # as the journal's worker does with a colleague's save
        await connection.execute(update(Case).where(Case.number == number).values(place="Ancón"))
    await page.reload()
    await expect(page.get_by_label("Lugar")).to_have_value("Ancón")
    beside = page.locator(".beside")
    if saves:
        await expect(beside).to_be_hidden()
        return
    await expect(beside).to_contain_text("Usted también había escrito")
    await expect(beside).to_contain_text("Calidonia")
    await page.get_by_label("Asunto").fill("Sin agua")
    await page.reload()
    await expect(page.get_by_label("Asunto")).to_have_value("Sin agua")
    await expect(page.get_by_label("Lugar")).to_have_value("Ancón")
    await expect(beside).to_contain_text("Calidonia")
    await page.get_by_role("button", name="Guardar borrador").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")
    await expect(beside).to_be_hidden()
    await page.reload()
    await expect(beside).to_be_hidden()


async def test_the_choices_of_an_agent_are_shown_beside_what_a_colleague_saved_too(
    desktop: House, screens: Screens
) -> None:
    number = "2600000412"
    await file_case(desktop, number, phone="+50760000412", state="draft")
    page = await screens.at(desktop, await desktop.add())
    await page.goto(f"{desktop.address}/cases/{number}")
    await fill(page)
    await page.get_by_role("radio", name="Consulta").check()
    others = {"type": "denunciation", "institution": "mop", "service": "pothole", "subject": "Huecos"}
    async with desktop.database.begin() as connection:  # as the journal's worker does with a colleague's save
        await connection.execute(update(Case).where(Case.number == number).values(**others))
    await page.reload()
    await expect(page.get_by_label("Servicio")).to_have_value("pothole")
    await expect(page.locator(".beside p")).to_have_text(
        f"Consulta\n{IDAAN}\nFuga o tubería rota en la calle — 5 días hábiles\n"
        "Fuga de agua\nDesde el sábado, frente a la escuela."
    )


async def test_what_a_browser_kept_before_versions_were_told_is_put_back(desktop: House, screens: Screens) -> None:
    number = "2600000350"
    await file_case(desktop, number, phone="+50760000350", state="draft")
    page = await screens.at(desktop, await desktop.add())
    await page.goto(f"{desktop.address}/cases/{number}")
    await page.get_by_label("Lugar").fill("Calidonia")
    await page.evaluate(
        """() => {
            const [name] = Object.keys(localStorage).filter((name) => name.startsWith("c311-draft-"));
            const { version, ...kept } = JSON.parse(localStorage.getItem(name));
            localStorage.setItem(name, JSON.stringify(kept));
        }"""
    )
    await page.reload()
    await expect(page.get_by_label("Lugar")).to_have_value("Calidonia")


async def test_what_is_typed_while_a_save_is_under_way_is_kept(desktop: House, screens: Screens) -> None:
    _, page, _ = await talking(desktop, screens)
    await fill(page)
    pressed, goes_on = asyncio.Event(), asyncio.Event()

    async def held(route: Route) -> None:
        pressed.set()
        await goes_on.wait()
        await route.continue_()

    await page.route("**/desk/save", held)
    await page.get_by_role("button", name="Guardar borrador").click()
    await pressed.wait()
    await page.get_by_label("Lugar").fill("Calidonia")
    goes_on.set()
    await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")
    await page.reload()
    await expect(page.get_by_label("Asunto")).to_have_value("Fuga de agua")
    await expect(page.get_by_label("Lugar")).to_have_value("Calidonia")
