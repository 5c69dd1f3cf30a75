"""An agent's browser: real Chromium, with a microphone that beeps."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.centre import Centre
from tests.native import roots
from tests.parts.desktop.conftest import FLAGS, chromium_itself

PASSWORD = "la clave de maria 311"


@contextlib.asynccontextmanager
async def in_browser(*more: str) -> AsyncIterator[Browser]:
    fonts = [str(found) for root in roots() if (found := root / "etc/fonts/private.conf").exists()]
    environment = {**os.environ, **({"FONTCONFIG_FILE": fonts[0]} if fonts else {})}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_itself(), args=[*FLAGS, *more], env=environment
        )
        yield browser
        await browser.close()


async def at_desk(
    centre: Centre, browser: Browser, name: str, *, address: str | None = None, sockets: list[str] | None = None
) -> Page:
    """Log in (on this machine, or at the address given), and wait until the page's telephone is registered.

    The addresses of the page's WebSockets are put into `sockets`.
    """
    context = await browser.new_context(locale="es-PA", permissions=["microphone"])
    page = await context.new_page()
    if sockets is not None:
        page.on("websocket", lambda made: sockets.append(made.url))
    await page.goto(f"{address or f'http://localhost:{centre.settings.http_port}'}/login")
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.click(".gate-form .primary")
    await expect(page.locator("[data-phone=registered]")).to_be_attached(timeout=20_000)
    return page
