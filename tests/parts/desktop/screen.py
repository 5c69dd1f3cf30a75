"""A member of the staff in front of a browser."""

from __future__ import annotations

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.parts.desktop.house import PASSWORD, House

VIEWPORT = {"width": 1366, "height": 800}
EXPECTED = ("WebSocket connection to", "net::ERR_", "Failed to load resource", "[object Event]", "htmx:")
"""Complaints of the network, htmx's too: there is no Asterisk here, and some tests take more away."""


class Screens:
    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    async def browser(self) -> BrowserContext:
        """A browser with its own cookies and storage."""
        context = await self._browser.new_context(viewport=VIEWPORT, locale="es-PA")
        context.set_default_timeout(8000)
        self._contexts.append(context)
        return context

    async def page(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in EXPECTED):
            self.complaints.append(message.text)

    async def at(self, house: House, name: str, context: BrowserContext | None = None) -> Page:
        """Somebody logged in, where their role begins; a desk is open and follows its events."""
        page = await self.page(context or await self.browser())
        await page.goto(f"{house.address}/login")
        if await page.locator("#name").count():
            await page.fill("#name", name)
            await page.fill("#password", PASSWORD)
            await page.click(".gate-form .primary")
        await page.wait_for_url(lambda address: not address.endswith("/login"))
        if page.url.endswith("/desk"):
            await page.wait_for_selector("#call .call")
        return page

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()
