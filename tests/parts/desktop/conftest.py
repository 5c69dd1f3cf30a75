"""One house for the tests that break nothing in it, one for each test that does, and a real browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.native import program, roots
from tests.parts.crm.conftest import Server
from tests.parts.desktop.house import House, house, parts_folder
from tests.parts.desktop.screen import Screens

FLAGS = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)
ALLOWS = "--use-fake-ui-for-media-stream"
"""Whoever sits there allows the microphone."""


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return parts_folder(tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="session")
def own_server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="c311-pg-"))
    server = Server(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def desktop(own_server: Server, parts: Path) -> AsyncIterator[House]:
    """Lent to many tests: nothing in it may be stopped."""
    async with house(own_server, parts) as made:
        yield made


@pytest.fixture(scope="session")
async def own(parts: Path) -> AsyncIterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="c311-pg-"))
    server = Server(folder)
    server.start()
    try:
        async with house(server, parts) as made:
            yield made
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def breakable(own: House) -> AsyncIterator[House]:
    """A house in which a test may stop any part; what it leaves stopped is started again."""
    yield own
    await own.repair()


def chromium_itself() -> Path:
    """The browser of a private root: the program, not Debian's script around it, which wants its files in `/etc`."""
    for root in roots():
        if (found := root / "usr/lib/chromium/chromium").exists():
            return found
    return program("chromium")


@contextlib.asynccontextmanager
async def launched(*flags: str) -> AsyncIterator[Browser]:
    fonts = [root / "etc/fonts/private.conf" for root in roots()]
    named = [{"FONTCONFIG_FILE": str(found)} for found in fonts if found.exists()]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_itself(), args=flags, env={**os.environ, **(named[0] if named else {})}
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with launched(*FLAGS, ALLOWS) as browser:
        yield browser


@pytest.fixture
async def strict_screens() -> AsyncIterator[Screens]:
    """In a browser whose user refuses the microphone, unless a test grants it."""
    async with launched(*FLAGS) as browser:
        yield Screens(browser)


@pytest.fixture
async def screens(chromium: Browser) -> AsyncIterator[Screens]:
    """Browsers for one test. At its end none of their pages may have complained of a script or of the policy."""
    made = Screens(chromium)
    yield made
    await made.close()
    assert made.complaints == []
