"""Who gets in, and who stays in."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import expect
from sqlalchemy import text
from yarl import URL

from agent_desktop.logins import BACK_SECONDS, RECHECK_SECONDS
from config.settings import Secrets
from crm_core.services.agents import change_agent
from crm_core.services.sessions import LONGEST
from tests.parts.desktop.house import PASSWORD, House, until
from tests.parts.desktop.screen import Screens


async def test_the_right_password_opens_the_desk(desktop: House, screens: Screens) -> None:
    page = await screens.at(desktop, await desktop.add())
    assert page.url.endswith("/desk")
    assert await page.locator(".bar strong").inner_text() == "Fuera de servicio"


async def test_a_wrong_password_is_said_and_the_name_is_kept(desktop: House, screens: Screens) -> None:
    name = await desktop.add()
    page = await screens.page(await screens.browser())
    await page.goto(desktop.address)
    await page.fill("#name", name)
    await page.fill("#password", "otra cosa")
    await page.click(".gate-form .primary")
    assert await page.get_by_role("alert").inner_text() == "El usuario o la contraseña no son correctos."
    assert await page.input_value("#name") == name
    await page.goto(f"{desktop.address}/desk")
    assert page.url.endswith("/login")


async def test_after_five_wrong_passwords_the_right_one_has_to_wait(desktop: House) -> None:
    name = await desktop.add()
    async with desktop.client() as client:
        for _ in range(5):
            async with client.post("/login", data={"name": name, "password": "otra cosa"}) as answer:
                assert answer.status == 401
        async with client.post("/login", data={"name": name, "password": PASSWORD}) as answer:
            assert answer.status == 429
            assert "Demasiados intentos. Espere 15 min" in await answer.text()


async def test_a_new_password_is_looked_at_after_wrong_ones_without_a_wait(desktop: House) -> None:
    name = await desktop.add()
    async with desktop.client() as client:
        for _ in range(5):
            await client.post("/login", data={"name": name, "password": "otra cosa"})
        async with client.post("/login", data={"name": name, "password": PASSWORD}) as answer:
            assert answer.status == 429
        await change_agent(desktop.database, name, by="administrator", password="another-password")
        async with client.post("/login", data={"name": name, "password": "another-password"}) as answer:
            assert answer.url.path == "/desk"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
)
async def test_a_form_of_another_site_is_refused(desktop: House, headers: dict[str, str]) -> None:
    name = await desktop.add()
    async with aiohttp.ClientSession(desktop.address, headers=headers) as client:
        async with client.post("/login", data={"name": name, "password": PASSWORD}) as answer:
            assert answer.status == 403
        assert not client.cookie_jar.filter_cookies(answer.url)


async def test_the_cookie_is_for_this_site_and_not_for_scripts(desktop: House) -> None:
    name = await desktop.add()
    async with desktop.client() as client:
        sent = {"name": name, "password": PASSWORD}
        async with client.post("/login", data=sent, allow_redirects=False) as answer:
            (cookie,) = answer.cookies.values()
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert PASSWORD not in cookie.value


async def test_a_cookie_that_was_changed_is_no_login(desktop: House) -> None:
    async with desktop.client(await desktop.add()) as client:
        (cookie,) = client.cookie_jar.filter_cookies(URL(desktop.address)).values()
        body, signature = cookie.value.split(".")
        for changed in (f"{body[:-2]}AA.{signature}", f"{body}.{signature[:-1]}", body, "ñ.ñ", ""):
            async with (
                aiohttp.ClientSession(desktop.address, cookies={cookie.key: changed}) as other,
                other.get("/desk/body") as answer,
            ):
                assert answer.status == 401


async def test_whoever_logs_out_is_out_with_the_old_cookie_too(desktop: House) -> None:
    async with desktop.client(await desktop.add()) as client:
        cookies = {one.key: one.value for one in client.cookie_jar}
        async with client.post("/logout") as answer:
            assert answer.url.path == "/login"
        async with (
            aiohttp.ClientSession(desktop.address, cookies=cookies) as other,
            other.get("/desk/body") as answer,
        ):
            assert answer.status == 401


async def test_a_session_that_was_ended_elsewhere_is_soon_over(
    desktop: House,
) -> None:
    name = await desktop.add()
    async with desktop.client(name) as client:

        async def out() -> bool:
            async with client.get("/desk/body", headers={"Accept": "*/*"}) as answer:
                return answer.status == 401

        assert not await out()
        await change_agent(desktop.database, name, by="administrator", password="another-password")
        await until(out, RECHECK_SECONDS + 3)


async def test_whoever_has_to_log_in_again_is_told_why(desktop: House, screens: Screens) -> None:
    page = await screens.page(await screens.browser())
    told = page.get_by_text("Su sesión terminó. Entre de nuevo para seguir.")
    await page.goto(desktop.address)
    await expect(page.locator("#name")).to_be_visible()
    await expect(told).to_be_hidden()
    await page.goto(f"{desktop.address}/cases")
    await expect(page.locator("#name")).to_be_visible()
    await expect(told).to_be_hidden()
    name = await desktop.add()
    await screens.at(desktop, name, page.context)
    async with desktop.database.begin() as connection:
        await connection.execute(text("delete from session where agent = :name"), {"name": name})

    async def is_out() -> bool:
        await page.goto(f"{desktop.address}/cases?find=agua")
        return await page.locator("#name").is_visible()

    await until(is_out, RECHECK_SECONDS + 5)
    await expect(told).to_be_visible()
    await expect(page).to_have_url(f"{desktop.address}/login?ended")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_text("Your session ended.")).to_be_visible()
    await page.get_by_role("button", name="Español").click()
    await expect(told).to_be_visible()
    await page.fill("#name", name)
    await page.fill("#password", "otra cosa")
    await page.click(".gate-form .primary")
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(told).to_be_hidden()
    await page.fill("#password", PASSWORD)
    await page.click(".gate-form .primary")
    await expect(page).to_have_url(f"{desktop.address}/cases?find=agua")


@pytest.mark.parametrize(
    ("was_at", "begins_at"),
    [
        ("/cases?find=6123-0001", "/cases?find=6123-0001"),
        ("/agents", "/desk"),
        ("/logout", "/desk"),
        ("https://elsewhere.example/cases", "/desk"),
    ],
)
async def test_the_login_leads_back_to_pages_of_ones_own_only(desktop: House, was_at: str, begins_at: str) -> None:
    name = await desktop.add()
    referer = was_at if was_at.startswith("https") else desktop.address + was_at
    async with over(desktop, name) as browser:
        async with browser.get("/login?ended", headers={"Referer": referer}) as answer:
            assert "6123" not in await answer.text()
        assert await begins(browser, name) == begins_at


async def test_the_login_leads_back_after_the_absolute_end_of_a_session_too(desktop: House) -> None:
    name = await desktop.add()
    async with desktop.client() as browser:
        sent = {"name": name, "password": PASSWORD}
        async with browser.post("/login", data=sent, allow_redirects=False) as answer:
            (cookie,) = answer.cookies.values()
        assert int(cookie["max-age"]) == pytest.approx(LONGEST.total_seconds() + BACK_SECONDS, abs=5)
        browser.cookie_jar.update_cookies({cookie.key: at_its_end(desktop, cookie.value)}, URL(desktop.address))
        async with browser.get("/cases?find=6123-0001", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/login?ended"
        assert await begins(browser, name) == "/cases?find=6123-0001"


def at_its_end(house: House, cookie: str) -> str:
    """This cookie as it would be if its session ended now."""
    user = json.loads(base64.urlsafe_b64decode(cookie.partition(".")[0] + "==")) | {"until": time.time()}
    body = base64.urlsafe_b64encode(json.dumps(user).encode()).decode().rstrip("=")
    secret = bytes.fromhex(Secrets.load(house.settings.data).web_secret)
    return f"{body}.{hmac.new(secret, f'login {body}'.encode(), hashlib.sha256).hexdigest()}"


async def test_nobody_is_led_to_the_page_of_whoever_was_there_before(desktop: House) -> None:
    first, second = await desktop.add(), await desktop.add()
    async with over(desktop, first) as browser:
        async with browser.get("/cases?find=6123-0001", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/login?ended"
        assert await begins(browser, second) == "/desk"
        assert await begins(browser, first) == "/desk"
    async with over(desktop, first) as browser:
        async with browser.get("/cases?find=6123-0001") as answer:
            assert answer.status == 200
        assert await begins(browser, first) == "/cases?find=6123-0001"


@contextlib.asynccontextmanager
async def over(house: House, name: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser whose session is over, and which does not know it."""
    async with house.client(name) as client:
        cookies = {one.key: one.value for one in client.cookie_jar}
        async with client.post("/logout") as answer:
            assert answer.status == 200
        client.cookie_jar.update_cookies(cookies, URL(house.address))
        yield client


async def begins(browser: aiohttp.ClientSession, name: str) -> str:
    """Where the login leads to."""
    sent = {"name": name, "password": PASSWORD}
    async with browser.post("/login", data=sent, allow_redirects=False) as answer:
        return answer.headers["Location"]


async def test_pages_speak_the_language_that_the_browser_asks_for_until_one_is_chosen(desktop: House) -> None:
    async with desktop.client() as client:
        asks = {"Accept-Language": "en-GB,en;q=0.9,es;q=0.8"}
        async with client.get("/login", headers=asks) as answer:
            assert '<html lang="en"' in await answer.text()
        async with client.post("/language", data={"language": "es", "back": "/login"}, headers=asks) as answer:
            assert '<html lang="es"' in await answer.text()


async def test_a_button_pressed_after_the_session_ended_leads_to_the_login(desktop: House, screens: Screens) -> None:
    name = await desktop.add()
    page = await screens.at(desktop, name)
    await expect(page.locator("html")).to_have_attribute("data-phone", "lost")  # it asks for nothing more by itself
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Disponible").click()
    await expect(page.get_by_text("Su sesión terminó.")).to_be_visible()
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.click(".gate-form .primary")
    await expect(page).to_have_url(f"{desktop.address}/desk")


async def test_a_desk_whose_session_ended_while_web_was_away_leads_to_the_login(
    breakable: House, screens: Screens
) -> None:
    page = await screens.at(breakable, await breakable.add())
    breakable.kill_web()
    await page.context.clear_cookies()
    await breakable.start_web()
    await expect(page.get_by_text("Su sesión terminó.")).to_be_visible(timeout=15_000)


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("agent", ("/desk", "/cases", "/recordings"), ("/floor", "/agents")),
        ("supervisor", ("/floor", "/cases", "/recordings"), ("/desk", "/agents")),
        ("administrator", ("/desk", "/floor", "/cases", "/recordings", "/agents"), ()),
    ],
)
async def test_each_role_has_its_pages(
    desktop: House, role: str, may: tuple[str, ...], may_not: tuple[str, ...]
) -> None:
    async with desktop.client(await desktop.add(role)) as client:
        for path in may:
            async with client.get(path) as answer:
                assert (path, answer.status) == (path, 200)
        for path in may_not:
            async with client.get(path) as answer:
                assert (path, answer.status) == (path, 403)


async def test_without_a_login_every_page_but_the_public_ones_is_closed(desktop: House) -> None:
    async with desktop.client() as client:
        for path in ("/", "/desk", "/floor", "/cases", "/cases/2600000014", "/recordings", "/agents"):
            async with client.get(path) as answer:
                assert (path, answer.url.path) == (path, "/login")
        for path in ("/desk/events", "/desk/telephone", "/recordings/1/sound"):
            async with client.get(path, headers={"Accept": "*/*"}) as answer:
                assert (path, answer.status) == (path, 401)
        for path in ("/login", "/install"):
            async with client.get(path) as answer:
                assert (path, answer.status) == (path, 200)


async def test_no_page_allows_foreign_scripts_or_frames(desktop: House) -> None:
    async with desktop.client() as client, client.get("/login") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


async def test_those_who_are_in_work_on_without_the_database_and_after_a_restart(breakable: House) -> None:
    name = await breakable.add()
    async with breakable.client(name) as client:
        breakable.stop_database()
        async with client.get("/desk/body") as answer:
            assert answer.status == 200
        breakable.kill_web()
        await breakable.start_web()
        async with client.get("/desk/body") as answer:
            assert answer.status == 200
        async with client.get("/cases") as answer:
            assert answer.status == 503
            assert "La base de datos no está disponible" in await answer.text()
    sent = {"name": name, "password": PASSWORD}
    async with breakable.client() as client, client.post("/login", data=sent) as answer:
        assert answer.status == 503
