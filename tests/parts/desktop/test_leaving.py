"""Logging out with a caller on the line, and links that would take the desk and its telephone away."""

from __future__ import annotations

from playwright.async_api import Page, expect

from ivr import api
from tests.parts.desktop.desk import fill, talking
from tests.parts.desktop.house import House
from tests.parts.desktop.screen import Screens

ASKED = "Hay una persona en la línea: si sale, vuelve a la cola. Presione otra vez «Salir» para salir"


async def log_out(page: Page) -> None:
    await page.get_by_role("button", name="Salir", exact=True).click()


async def test_logging_out_in_a_conversation_asks_first_and_what_was_typed_is_there_at_the_next_login(
    desktop: House, screens: Screens
) -> None:
    name, page, _ = await talking(desktop, screens)
    await fill(page)
    asked = page.locator("#message")
    await log_out(page)
    await expect(asked).to_contain_text(ASKED)
    await page.get_by_role("button", name="Dar el número y terminar").click()
    await expect(asked).to_contain_text("Falta confirmar")
    await log_out(page)
    await expect(asked).to_contain_text(ASKED)
    await log_out(page)
    await expect(page.locator("#name")).to_be_visible()
    page = await screens.at(desktop, name, page.context)
    await expect(page.locator("[data-phase=talking]")).to_be_visible()
    await expect(page.get_by_label("Asunto")).to_have_value("Fuga de agua")
    await expect(page.get_by_label("Servicio")).to_have_value("leak")


async def test_a_question_about_a_caller_goes_with_the_caller(desktop: House, screens: Screens) -> None:
    name, page, _ = await talking(desktop, screens)
    await log_out(page)
    await expect(page.locator("#message")).to_contain_text(ASKED)
    await desktop.line.wrap_up(name)
    await expect(page.locator("#message")).to_be_empty()
    await log_out(page)
    await expect(page.locator("#name")).to_be_visible()


async def test_logging_out_does_not_ask_where_it_takes_no_caller_away(desktop: House, screens: Screens) -> None:
    free = await screens.at(desktop, await desktop.add())
    await log_out(free)
    await expect(free.locator("#name")).to_be_visible()
    sip = await desktop.add(phone="sip")
    page = await screens.at(desktop, sip)
    await desktop.line.offer(sip, number="2640713351")
    await desktop.line.talk(sip)
    await page.wait_for_selector("[data-phase=talking]")
    await log_out(page)
    await expect(page.locator("#name")).to_be_visible()
    assert desktop.line.agent(sip).state is api.AgentState.TALKING


async def test_no_link_of_the_top_bar_takes_the_desk_away(desktop: House, screens: Screens) -> None:
    page = await screens.at(desktop, await desktop.add("administrator"))
    await page.goto(f"{desktop.address}/desk")
    await expect(page.locator("#call .call")).to_be_visible()
    await page.evaluate("window.itself = true")
    for link in ("Sala", "Casos", "Grabaciones", "Personal"):
        async with page.context.expect_page() as opened:
            await page.get_by_role("link", name=link, exact=True).click()
        other = await opened.value
        await expect(other.get_by_role("link", name=link, exact=True)).to_have_attribute("aria-current", "page")
        assert await other.evaluate("window.opener") is None
        await other.close()
    for link in ("Puesto", "Inicio"):
        await page.get_by_role("link", name=link, exact=True).click()
    await expect(page.locator("#call .call")).to_be_visible()
    assert await page.evaluate("window.itself")


async def test_beside_other_pages_links_of_the_top_bar_open_in_their_place(desktop: House, screens: Screens) -> None:
    page = await screens.at(desktop, await desktop.add())
    await page.goto(f"{desktop.address}/cases")
    await page.get_by_role("link", name="Grabaciones", exact=True).click()
    await page.wait_for_url("**/recordings")
    await page.get_by_role("link", name="Inicio", exact=True).click()
    await page.wait_for_url("**/desk")
