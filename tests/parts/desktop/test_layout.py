"""Where things stand on the pages, at the sizes of the screens that people have."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.parts.desktop.desk import talking
from tests.parts.desktop.house import House
from tests.parts.desktop.screen import Screens

PRESSED = """() => {
    document.documentElement.dataset.leg = "talking";
    document.querySelectorAll(".controls [aria-pressed]").forEach((one) => one.setAttribute("aria-pressed", "true"));
}"""
"""The page as it is with a telephone in conversation, muted and held."""


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
