"""The desk around the calls: the agent's state, who else waits, other tabs and browsers, keys and languages."""

from __future__ import annotations

import re

from playwright.async_api import expect

from ivr import api
from tests.parts.desktop.desk import DRAFT, offered, talking
from tests.parts.desktop.house import House
from tests.parts.desktop.screen import Screens


async def test_those_who_wait_are_counted_without_the_caller_who_rings_at_this_desk(
    breakable: House, screens: Screens
) -> None:
    first, page, call = await offered(breakable, screens)
    other = await screens.at(breakable, await breakable.add())
    breakable.line.waiting = [
        api.Waiting(call=id, queue="general", position=1, since=call.started_at, language="es", choice=None)
        for id in (call.id, "n1-next")
    ]
    await expect(page.locator("#queue")).to_have_text("1 persona espera en la cola")
    await expect(other.locator("#queue")).to_have_text("2 personas esperan en la cola")
    breakable.line.waiting = breakable.line.waiting[:1]
    await expect(page.locator("#queue")).to_have_text("Nadie espera en la cola")
    await breakable.line.become(first, api.AgentState.PAUSED, call=None)
    await expect(page.locator("#queue")).to_have_text("1 persona espera en la cola")
    breakable.line.waiting = []


async def test_ready_pause_and_offline_are_said_to_the_line(desktop: House, screens: Screens) -> None:
    name = await desktop.add()
    page = await screens.at(desktop, name)
    bar = page.locator(".bar")
    await bar.get_by_role("button", name="Disponible").click()
    await expect(bar.locator("strong")).to_have_text("Disponible")
    await expect(bar.get_by_role("button", name="Disponible")).to_have_attribute("aria-pressed", "true")
    await bar.get_by_text("Pausa").click()
    await bar.get_by_role("button", name="Comida").click()
    await expect(bar.locator(".state")).to_contain_text("Comida")
    await bar.get_by_role("button", name="Fuera de servicio").click()
    await expect(bar.locator("strong")).to_have_text("Fuera de servicio")
    wishes = [
        (one.state, one.reason) for one in desktop.line.heard if isinstance(one, api.SetState) and one.agent == name
    ]
    assert wishes == [("ready", None), ("paused", "meal"), ("offline", None)]


async def test_a_login_begins_paused_and_neither_a_reload_nor_a_restart_of_web_does(
    breakable: House, screens: Screens
) -> None:
    name = await breakable.add()
    await breakable.line.become(name, api.AgentState.READY, call=None)
    page = await screens.at(breakable, name)
    state = page.locator(".bar .state")
    await expect(state).to_contain_text("En pausa")
    await expect(state).to_contain_text("acaba de entrar")
    await page.locator(".bar").get_by_role("button", name="Disponible").click()
    await expect(state).to_contain_text("Disponible")
    await page.reload()
    await expect(state).to_contain_text("Disponible")
    breakable.kill_web()
    await breakable.start_web()
    await page.reload()
    await expect(state).to_contain_text("Disponible")
    assert breakable.line.heard.count(api.LoggedIn(agent=name)) == 1


async def test_time_in_a_state_counts(desktop: House, screens: Screens) -> None:
    name = await desktop.add()
    page = await screens.at(desktop, name)
    await expect(page.locator(".state")).to_contain_text("Fuera de servicio")
    await expect(page.locator(".state .tick")).to_have_count(0)  # nothing that began with this page counts yet
    await desktop.line.become(name, api.AgentState.READY, call=None)
    tick = page.locator(".state .tick")
    await expect(tick).to_have_text(re.compile(r"^\d+:\d\d$"))
    first = await tick.inner_text()
    await expect(tick).not_to_have_text(first, timeout=3000)


async def test_a_second_tab_says_where_the_desk_is_and_may_take_it(desktop: House, screens: Screens) -> None:
    name = await desktop.add()
    context = await screens.browser()
    first = await screens.at(desktop, name, context)
    second = await screens.page(context)
    await second.goto(f"{desktop.address}/desk")
    await expect(second.locator("#elsewhere")).to_contain_text("El puesto está abierto en otra pestaña")
    await expect(second.locator(".bar")).to_have_count(0)
    await second.get_by_role("button", name="Usar el puesto aquí").click()
    await expect(second.locator(".bar")).to_be_visible()
    await expect(first.locator("#elsewhere")).to_be_visible()
    await expect(first.locator(".bar")).to_have_count(0)
    await second.close()
    await first.get_by_role("button", name="Usar el puesto aquí").click()
    await expect(first.locator(".bar")).to_be_visible()


async def test_a_tab_that_waits_gets_the_desk_when_the_first_is_closed(desktop: House, screens: Screens) -> None:
    name = await desktop.add()
    context = await screens.browser()
    first = await screens.at(desktop, name, context)
    second = await screens.page(context)
    await second.goto(f"{desktop.address}/desk")
    await expect(second.locator("#elsewhere")).to_be_visible()
    await first.close()
    await expect(second.locator(".bar")).to_be_visible()


async def test_another_browser_takes_the_desk(desktop: House, screens: Screens) -> None:
    name = await desktop.add()
    first = await screens.at(desktop, name)
    second = await screens.at(desktop, name)
    await expect(first.locator("#elsewhere")).to_be_visible()
    await desktop.line.offer(name, number=DRAFT)
    await expect(second.locator("[data-phase=offered]")).to_be_visible()
    await expect(first.locator("[data-phase=offered]")).to_have_count(0)


async def test_the_pages_speak_english_to_whoever_chose_it(desktop: House, screens: Screens) -> None:
    name = await desktop.add()
    page = await screens.at(desktop, name)
    assert await page.locator("html").get_attribute("lang") == "es"
    await page.get_by_role("button", name="English").click()
    await expect(page.locator(".bar strong")).to_have_text("Offline")
    assert await page.locator("html").get_attribute("lang") == "en"
    await desktop.line.offer(name, number=DRAFT, language="en")
    await expect(page.locator(".phase")).to_contain_text("Incoming call")
    await expect(page.locator(".tongue")).to_have_text("English")
    await page.get_by_role("button", name="Español").click()
    await expect(page.locator(".phase")).to_contain_text("Llamada entrante")


async def test_everything_can_be_reached_and_is_named(desktop: House, screens: Screens) -> None:
    _, page, _ = await talking(desktop, screens)
    nameless = await page.evaluate(
        """() => [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary, a")]
            .filter((one) => one.offsetParent !== null)
            .filter((one) => !(one.labels?.length || one.textContent.trim() || one.getAttribute("aria-label")))
            .map((one) => one.outerHTML)"""
    )
    assert nameless == []
    assert await page.locator("h1").count() == 1
    await page.get_by_role("radio", name="Denuncia").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name="Idea")).to_be_checked()
    await page.locator("body").press("Tab")
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


async def test_nothing_moves_when_a_call_arrives(desktop: House, screens: Screens) -> None:
    name = await desktop.add()
    page = await screens.at(desktop, name)
    where = """() => [...document.querySelectorAll(".top, .strip, .caller, .work")]
        .map((one) => one.getBoundingClientRect()).map(({x, y}) => [x, y])"""
    before = await page.evaluate(where)
    await desktop.line.offer(name, number=DRAFT)
    await page.wait_for_selector("[data-phase=offered]")
    assert await page.evaluate(where) == before
