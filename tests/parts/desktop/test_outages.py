"""What the desk says and keeps while a part is away."""

from __future__ import annotations

import asyncio
import re
import signal
from datetime import UTC, datetime

import aiohttp
import msgspec
from playwright.async_api import Page, expect

from agent_desktop.logins import RECHECK_SECONDS
from crm_core.effects.batch import apply
from crm_core.entries import CaseForm, CaseSaved
from crm_core.services.audit import trail
from ivr import api
from tests.parts.desktop.filing import EARLIER, file_case, save
from tests.parts.desktop.house import House, until
from tests.parts.desktop.screen import Screens
from tests.parts.desktop.test_desk import DRAFT, IDAAN, fill, offered, saves, talking


async def test_with_the_bus_away_the_page_says_so_and_keeps_the_form(breakable: House, screens: Screens) -> None:
    name, page, _ = await talking(breakable, screens)
    await fill(page)
    breakable.stop_nats()
    await expect(page.locator("#notice")).to_contain_text("Esta página no está al día")
    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(page.locator(".card .outcome")).to_contain_text("No se guardó")
    assert await page.get_by_label("Asunto").input_value() == "Fuga de agua"
    breakable.start_nats()
    await expect(page.locator("#notice")).not_to_contain_text("al día", timeout=15_000)
    await page.get_by_role("button", name="Reintentar").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Confirmado")
    (saved,) = saves(breakable, name)
    assert saved.form["confirm"]
    await breakable.line.wrap_up(name)
    await expect(page.locator("[data-phase=closing]")).to_be_visible()


async def test_with_the_line_away_the_page_says_so(breakable: House, screens: Screens) -> None:
    name = await breakable.add()
    page = await screens.at(breakable, name)
    await breakable.line.stop()
    await expect(page.locator("#notice")).to_contain_text("Esta página no está al día")
    await page.get_by_role("button", name="Disponible").click()
    await expect(page.locator("#message")).to_contain_text("No hubo respuesta del servicio telefónico")
    await breakable.line.start()
    await expect(page.locator("#notice")).to_have_text(re.compile(r"^\s*$"))


async def test_with_the_exchange_away_the_page_says_so(breakable: House, screens: Screens) -> None:
    page = await screens.at(breakable, await breakable.add())
    breakable.line.asterisk = False
    await expect(page.locator("#notice")).to_contain_text("La central telefónica no contesta", timeout=15_000)
    breakable.line.asterisk = True
    await expect(page.locator("#notice")).to_have_text(re.compile(r"^\s*$"), timeout=15_000)


async def test_an_event_that_was_missed_is_made_up_for(breakable: House, screens: Screens) -> None:
    name = await breakable.add()
    page = await screens.at(breakable, name)
    view = breakable.line.agent(name)
    breakable.line.agents[name] = api.AgentView(
        agent=name, phone="browser", state=api.AgentState.PAUSED, since=view.since, reason="meal"
    )
    await expect(page.locator(".bar strong")).to_have_text("En pausa")


async def test_with_the_database_away_a_call_is_taken_and_saved(breakable: House, screens: Screens) -> None:
    name = await breakable.add()
    page = await screens.at(breakable, name)
    breakable.stop_database()
    await expect(page.locator("#notice")).to_contain_text("La base de datos no responde")
    call = await breakable.line.offer(name, number=DRAFT, phone="+50769990000")
    await expect(page.locator(".earlier")).to_contain_text("no están disponibles ahora")
    await expect(page.locator(".caller-number")).to_have_text("6999-0000")

    async def told() -> bool:
        return api.Painted(agent=name, offer=call.offer) in breakable.line.heard

    await until(told, 2)
    await breakable.line.talk(name)
    await fill(page)
    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Confirmado")
    await page.get_by_label("Asunto").focus()
    breakable.start_database()
    await expect(page.locator(".earlier")).to_contain_text("Es la primera vez que llama", timeout=15_000)
    await expect(page.get_by_label("Asunto")).to_be_focused()


async def test_a_page_opened_again_in_an_outage_has_its_telephone(breakable: House) -> None:
    name = await breakable.add()
    async with breakable.client(name) as browser:
        async with browser.get("/desk/telephone") as before:
            given = await before.json()
        breakable.server.signal(signal.SIGSTOP)
        try:
            async with asyncio.timeout(4), browser.get("/desk/telephone") as again:
                assert (again.status, await again.json()) == (200, given)
        finally:
            breakable.server.signal(signal.SIGCONT)


async def test_whoever_logs_out_in_an_outage_is_out_at_once_and_for_good(breakable: House) -> None:
    name = await breakable.add()
    async with breakable.client(name) as browser:
        (cookie,) = [(each.key, each.value) for each in browser.cookie_jar if each.key.startswith("c311")]
        breakable.server.signal(signal.SIGSTOP)
        try:
            async with asyncio.timeout(5), browser.post("/logout", allow_redirects=False) as answer:
                assert answer.status == 303
            # Whoever had copied the cookie is out as well, also when the database has not been told yet.
            async with aiohttp.ClientSession(breakable.address, cookies=dict([cookie])) as copy:
                await asyncio.sleep(RECHECK_SECONDS + 0.5)
                async with copy.get("/desk", allow_redirects=False) as answer:
                    assert answer.status == 401
        finally:
            breakable.server.signal(signal.SIGCONT)


async def test_a_frozen_database_holds_up_no_pop(breakable: House, screens: Screens) -> None:
    name = await breakable.add()
    page = await screens.at(breakable, name)
    breakable.server.signal(signal.SIGSTOP)
    try:
        await breakable.line.offer(name, number=DRAFT)
        await expect(page.locator(".caller-number")).to_have_text("6123-4567")
    finally:
        breakable.server.signal(signal.SIGCONT)


async def test_a_frozen_database_holds_up_no_press(breakable: House) -> None:
    name = await breakable.add()
    call = await breakable.line.offer(name, number=DRAFT)
    await breakable.line.talk(name)
    async with breakable.client(name) as client:
        breakable.server.signal(signal.SIGSTOP)
        try:
            async with asyncio.timeout(8):
                assert "La base de datos no responde" in await save(client, EARLIER)
                sent = {"call": call.id, "draft": DRAFT, "existing": EARLIER}
                async with client.post("/desk/link", data=sent) as answer:
                    assert "ese caso no se puede buscar ahora" in await answer.text()
        finally:
            breakable.server.signal(signal.SIGCONT)


async def test_web_killed_in_a_conversation_leaves_form_and_cursor_alone(breakable: House, screens: Screens) -> None:
    name, page, _ = await talking(breakable, screens)
    await fill(page)
    await page.get_by_label("Lugar").focus()
    await page.keyboard.type("Calle 34")
    breakable.kill_web()
    await page.get_by_role("button", name="Guardar borrador").click()
    await expect(page.locator(".unsent")).to_be_visible()
    await page.get_by_label("Lugar").focus()
    await breakable.start_web()
    # The stream is back once a change arrives.
    await breakable.line.wrap_up(name)
    await expect(page.locator("[data-phase=closing]")).to_be_visible(timeout=15_000)
    await expect(page.get_by_label("Lugar")).to_be_focused()
    await page.keyboard.press("End")
    await page.keyboard.type(" Este")
    assert await page.get_by_label("Lugar").input_value() == "Calle 34 Este"
    await expect(page.locator(".card")).to_have_count(1)
    await page.get_by_role("button", name="Guardar borrador").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")
    await expect(page.locator(".unsent")).to_be_hidden()


async def filed(house: House, name: str) -> None:
    """The journal's worker has applied what this agent saved last."""
    saved = saves(house, name)[-1]
    form = msgspec.convert(saved.form, CaseForm)
    entry = CaseSaved(id=saved.entry, at=datetime.now(UTC), call=saved.call, number=saved.number, agent=name, form=form)
    async with house.database.begin() as connection:
        await apply(connection, [entry])


async def has_what_was_saved(page: Page) -> None:
    await expect(page.get_by_label("Asunto")).to_have_value("Fuga de agua")
    await expect(page.get_by_label("Institución")).to_have_value(IDAAN)
    await expect(page.get_by_label("Servicio")).to_have_value("leak")
    await expect(page.get_by_label("Descripción")).to_have_value("Desde el sábado, frente a la escuela.")
    await expect(page.locator(".card")).to_have_count(1)


async def test_what_was_saved_of_the_present_call_is_there_after_web_was_killed(
    breakable: House, screens: Screens
) -> None:
    number = "2600000102"
    await file_case(breakable, number, phone="+50760000102", state="draft")
    name = await breakable.add()
    page = await screens.at(breakable, name)
    await breakable.line.offer(name, number=number)
    await breakable.line.talk(name)
    await fill(page)
    await page.get_by_role("button", name="Guardar borrador").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")
    breakable.kill_web()
    await breakable.start_web()
    # In another browser: this one would fill in what was typed by itself. The database is behind the journal.
    page = await screens.at(breakable, name)
    await expect(page.locator(".card")).to_contain_text("Lo que se guardó de este caso no se puede mostrar ahora")
    await expect(page.locator(".card button")).to_have_count(0)
    await filed(breakable, name)
    await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")
    await has_what_was_saved(page)

    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Confirmado")
    await filed(breakable, name)
    await breakable.line.wrap_up(name)
    breakable.kill_web()
    await breakable.start_web()
    await page.reload()
    await expect(page.locator(".card .outcome")).to_contain_text("Confirmado")
    await expect(page.locator(".card [data-mark]")).to_have_text("Confirmado")
    await expect(page.get_by_role("button", name="Guardar cambios")).to_be_visible()
    await has_what_was_saved(page)
    assert len(saves(breakable, name)) == 2


async def test_with_the_database_away_nothing_is_saved_over_what_an_earlier_web_saved(
    breakable: House, screens: Screens
) -> None:
    number = "2600000115"
    await file_case(breakable, number, phone="+50760000115", state="draft")
    name = await breakable.add()
    page = await screens.at(breakable, name)
    await breakable.line.offer(name, number=number)
    await breakable.line.talk(name)
    await fill(page)
    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Confirmado")
    await filed(breakable, name)
    before = await trail(breakable.database, f"case:{number}")
    breakable.stop_database()
    breakable.kill_web()
    await breakable.start_web()
    await page.reload()
    await expect(page.locator(".card")).to_contain_text("Lo que se guardó de este caso no se puede mostrar ahora")
    await expect(page.locator(".card button")).to_have_count(0)
    # A page whose stream is cut meanwhile keeps its cards, and gets this one all the same.
    breakable.kill_web()
    await breakable.start_web()
    breakable.start_database()
    await expect(page.locator(".card [data-mark]")).to_have_text("Confirmado", timeout=15_000)
    await has_what_was_saved(page)
    read = await trail(breakable.database, f"case:{number}")
    assert [(one.agent, one.action) for one in read[: len(read) - len(before)]] == [(name, "read")]


async def test_web_stops_at_once_though_desks_are_open(breakable: House, screens: Screens) -> None:
    """Each stream is ended by itself, with its last chunk; one that is only cut off when the patience ends raises."""
    await offered(breakable, screens)
    desk, floor = await breakable.add(), await breakable.add("supervisor")
    async with (
        breakable.client(desk) as agent,
        breakable.client(floor) as supervisor,
        agent.get("/desk/events") as one,
        supervisor.get("/floor/events") as other,
    ):
        assert (one.status, other.status) == (200, 200)
        await asyncio.to_thread(breakable.stop_web)
        await asyncio.gather(one.content.read(), other.content.read())


async def test_web_stops_by_itself_though_the_bus_and_the_database_went_before(breakable: House) -> None:
    desk = await breakable.add()
    async with breakable.client(desk) as agent, agent.get("/desk/events") as stream:
        breakable.stop_nats()
        breakable.server.signal(signal.SIGSTOP)
        try:
            await asyncio.to_thread(breakable.stop_web)
            await stream.content.read()
        finally:
            breakable.server.signal(signal.SIGCONT)


async def test_whoever_line_does_not_know_yet_has_a_desk(breakable: House) -> None:
    """`line` reads a new agent a moment after the database has them."""
    name = await breakable.add()
    breakable.line.refuse_for(name, api.AskAgent, "unknown-agent")
    async with breakable.client(name) as browser, browser.get("/desk/events") as stream:
        assert stream.status == 200


async def test_web_starts_without_the_bus_and_joins_it_later(breakable: House, screens: Screens) -> None:
    name = await breakable.add()
    breakable.stop_web()
    breakable.stop_nats()
    await breakable.start_web()
    page = await screens.at(breakable, name)
    await expect(page.locator("#notice")).to_contain_text("Esta página no está al día")
    breakable.start_nats()
    await expect(page.locator("#notice")).not_to_contain_text("al día", timeout=15_000)
    await breakable.line.offer(name, number=DRAFT)
    await expect(page.locator("[data-phase=offered]")).to_be_visible()


async def test_a_folder_that_takes_nothing_for_a_while_does_not_stop_the_catalogue(breakable: House) -> None:
    folder = breakable.settings.data / "web"
    kept = folder / "catalogue.json"
    breakable.stop_web()
    kept.unlink(missing_ok=True)
    folder.chmod(0o500)

    async def on_the_desk() -> bool:
        async with browser.get("/desk/body") as answer:
            return IDAAN in await answer.text()

    async def is_kept() -> bool:
        return kept.exists()

    try:
        await breakable.start_web()
        async with breakable.client(await breakable.add()) as browser:
            await until(on_the_desk)
    finally:
        folder.chmod(0o700)
    await until(is_kept)


async def test_a_page_opened_after_a_restart_in_an_outage_has_its_telephone(breakable: House) -> None:
    async def telephone(browser: aiohttp.ClientSession) -> tuple[int, str | None]:
        async with browser.get("/desk/telephone", headers={"Accept": "*/*"}) as answer:
            return answer.status, (await answer.json()).get("password")

    async with (
        breakable.client(await breakable.add()) as seen,
        breakable.client(await breakable.add()) as never_asked,
    ):
        before = await telephone(seen)
        assert before[0] == 200
        breakable.stop_database()
        breakable.kill_web()
        await breakable.start_web()
        assert await telephone(seen) == before
        assert await telephone(never_asked) == (503, None)
    kept = breakable.settings.data / "web" / "telephones.json"
    assert kept.stat().st_mode & 0o777 == 0o600
