"""From the dial tone to the case number, with an agent in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from ivr.api import AgentState, Phase
from ivr.prompts import CaseNumber, Key
from tests.agents import CALLER, AtDesk
from tests.calls.browser import PASSWORD, at_desk, in_browser
from tests.centre import Centre

IDAAN = "Instituto de Acueductos y Alcantarillados Nacionales, IDAAN"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with in_browser() as chromium:
        yield chromium


@pytest.fixture
async def maria(centre: Centre, floor: dict[str, str], browser: Browser) -> AsyncIterator[tuple[Page, AtDesk]]:
    """An agent at their desk, ready, with the browser's telephone registered."""
    if not any(agent["name"] == "maria" for agent in await centre.json("agent", "list")):
        await centre.run("agent", "add", "maria", "--phone", "browser", "--password", PASSWORD)
    page = await at_desk(centre, browser, "maria")
    agent = AtDesk(centre, "maria")
    await page.locator(".bar-buttons button[hx-vals*=ready]").click()
    await agent.becomes(AgentState.READY)
    yield page, agent
    await agent.set(AgentState.OFFLINE)


async def test_the_whole_journey_to_an_agent_in_the_browser(centre: Centre, maria: tuple[Page, AtDesk], number: str):
    page, agent = maria
    async with centre.phone(number, sends=CALLER) as phone:
        await phone.dial("311")
        call_id = await centre.call_id(number)
        await phone.hear("greeting")
        await phone.press("1")
        await phone.hear("menu.main")
        await phone.press("1")
        await phone.hear("menu.report")
        await phone.press("1")

        await expect(page.locator(".caller-number")).to_contain_text(f"{number[:4]}-{number[4:]}", timeout=15_000)
        await page.locator("[data-do=answer]").click(timeout=15_000)
        call = await agent.in_phase(Phase.TALKING)
        [case] = call.cases
        await page.fill("[name=institution]", IDAAN)
        await page.get_by_label("Servicio").select_option("leak")
        await page.get_by_label("Asunto").fill("Fuga de agua")
        await page.get_by_label("Descripción").fill("Desde el sábado, frente a la escuela.")
        await page.locator("button[name=confirm][value='1']").click()
        await expect(page.locator(".card .outcome")).to_contain_text("Confirmado", timeout=10_000)

        await page.locator("[data-do=end]").click()
        await phone.hear("case.number_is", within=15)
        await phone.hear_number(CaseNumber(case.number))
        await phone.hear("case.key_is")
        await phone.hear_number(Key(await centre.key_of(case.number)))
        await phone.hang_up()
    await centre.nothing_is_left_of(call_id)
    await centre.ended_call(call_id)
    events = [row.event for row in await centre.rows("select event from call_event where call_id = :c", c=call_id)]
    assert events.index("painted") < events.index("answered")
    shown = await centre.case(case.number)
    assert (shown["type"], shown["state"]) == ("complaint", "new")


async def test_a_page_reloaded_in_the_conversation_is_back_in_it(
    centre: Centre, maria: tuple[Page, AtDesk], number: str
):
    page, agent = maria
    async with centre.phone(number, sends=CALLER) as phone:
        await phone.dial("311")
        call_id = await centre.call_id(number)
        await phone.press("111")
        await page.locator("[data-do=answer]").click(timeout=25_000)
        await agent.in_phase(Phase.TALKING)
        await page.reload()
        await agent.in_phase(Phase.LOST)
        await agent.in_phase(Phase.TALKING, within=15)
        assert phone.is_in_call
        await expect(page.locator("[data-phase=talking]")).to_be_visible()
        await phone.hang_up()
    await centre.nothing_is_left_of(call_id)
    await centre.ended_call(call_id)
    events = [row.event for row in await centre.rows("select event from call_event where call_id = :c", c=call_id)]
    assert "agent-lost" in events
    assert "agent-back" in events


async def test_a_new_login_is_offered_nothing_until_its_agent_says_ready(
    centre: Centre, maria: tuple[Page, AtDesk], browser: Browser, number: str
):
    page, agent = maria
    await page.context.close()
    page = await at_desk(centre, browser, "maria")
    assert (await agent.view()).reason == "logged in"
    async with centre.phone(number, sends=CALLER) as phone:
        await phone.dial("311")
        await phone.press("111")
        await phone.hear("queue.no_agents", within=30)
        await page.locator(".bar-buttons button[hx-vals*=ready]").click()
        await expect(page.locator("[data-phase=offered]")).to_be_visible(timeout=15_000)
        await phone.hang_up()
