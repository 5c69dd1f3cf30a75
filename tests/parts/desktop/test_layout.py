"""Where things stand on the pages, at the sizes of the screens that people have."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from agent_desktop.desk.routes import TROUBLES
from tests.parts.desktop.desk import talking
from tests.parts.desktop.filing import file_case
from tests.parts.desktop.house import House
from tests.parts.desktop.screen import Screens

PRESSED = """() => {
    document.documentElement.dataset.leg = "talking";
    document.querySelectorAll(".controls [aria-pressed]").forEach((one) => one.setAttribute("aria-pressed", "true"));
}"""
"""The page as it is with a telephone in conversation, muted and held."""

HEIGHTS = """states => Object.fromEntries(states.map((state) => {
    document.documentElement.dataset.phone = state;
    return [state, document.querySelector(".top").clientHeight];
}))"""
"""Of the top bar, by what it says of the telephone."""


async def right_edge(page: Page, what: str) -> float:
    edges: list[float] = await page.locator(what).evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().right)"
    )
    return max(edges)


@pytest.mark.parametrize("width", [1280, 1366, 1920])
async def test_muted_and_held_the_buttons_stay_in_their_column(desktop: House, screens: Screens, width: int) -> None:
    _, page, _ = await talking(desktop, screens)
    await page.set_viewport_size({"width": width, "height": 768})
    await page.evaluate(PRESSED)
    await expect(page.get_by_text("Activar micrófono")).to_be_visible()
    assert await right_edge(page, ".controls button") < await right_edge(page, ".phase")
    assert await right_edge(page, ".phase") < await page.locator(".work").evaluate(
        "one => one.getBoundingClientRect().left"
    )


@pytest.mark.parametrize("language", ["es", "en"])
async def test_what_is_wrong_with_the_telephone_fits_the_top_bar(
    desktop: House, screens: Screens, language: str
) -> None:
    page = await screens.at(desktop, await desktop.add("administrator"))
    if language == "en":
        await page.get_by_role("button", name="English").click()
    await page.goto(f"{desktop.address}/desk")
    await page.set_viewport_size({"width": 1280, "height": 768})
    await expect(page.locator("html")).to_have_attribute("lang", language)
    heights = await page.evaluate(HEIGHTS, ["none", *TROUBLES])
    assert heights == dict.fromkeys(heights, heights["none"])


async def test_the_list_of_cases_fits_a_narrow_screen(desktop: House, screens: Screens) -> None:
    await file_case(desktop, "2600000205", phone="+50760000205")
    page = await screens.at(desktop, await desktop.add("supervisor"))
    await page.set_viewport_size({"width": 400, "height": 800})
    await page.goto(f"{desktop.address}/cases")
    await expect(page.get_by_role("link", name="26 0000 0205")).to_be_visible()
    assert await page.evaluate("document.scrollingElement.scrollWidth") == 400
