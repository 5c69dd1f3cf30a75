"""Cases as the staff finds, reads and completes them."""

from __future__ import annotations

from playwright.async_api import expect
from sqlalchemy import update

from crm_core.domain.numbers import is_well_formed
from crm_core.services.audit import trail
from crm_core.storage.tables import Case
from tests.parts.desktop.filing import (
    file_case,
)
from tests.parts.desktop.house import House
from tests.parts.desktop.screen import Screens
from tests.parts.desktop.test_desk import saves


async def test_a_case_is_found_by_its_number_and_by_words_and_its_reading_is_noted(
    desktop: House, screens: Screens
) -> None:
    number = "2600000038"
    await file_case(desktop, number, phone="+50760000038")
    name = await desktop.add("supervisor")
    page = await screens.at(desktop, name)
    await page.goto(f"{desktop.address}/cases")
    await page.get_by_role("searchbox").fill("calidonia agua")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="26 0000 0038")).to_be_visible()
    await page.get_by_role("searchbox").fill("26 0000 0038")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{desktop.address}/cases/{number}")
    await expect(page.locator("main")).to_contain_text("6000-0038")
    await expect(page.locator("main")).to_contain_text("Acueductos y Alcantarillados")
    assert [one.action for one in await trail(desktop.database, f"case:{number}")] == ["read"]


async def test_what_is_not_found_is_said_once(desktop: House, screens: Screens) -> None:
    page = await screens.at(desktop, await desktop.add("supervisor"))
    await page.goto(f"{desktop.address}/cases?find=xilofono")
    await expect(page.locator("main")).to_contain_text("No se encontró ningún caso")
    await expect(page.locator("main")).not_to_contain_text("Todavía no hay casos")


async def test_a_draft_is_completed_after_its_call_on_its_own_page(desktop: House, screens: Screens) -> None:
    number = "2600000051"
    await file_case(desktop, number, phone="+50760000056", state="draft")
    name = await desktop.add()
    page = await screens.at(desktop, name)
    await page.goto(f"{desktop.address}/cases/{number}")
    await expect(page.locator(".pairs div").filter(has_text="Contestó")).to_contain_text("nobody")
    await page.get_by_label("Lugar").fill("Calidonia")
    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Confirmado")
    await expect(page.locator("[data-mark]")).to_have_text(["Confirmado", "Confirmado"])
    (saved,) = saves(desktop, name)
    assert (saved.number, saved.call) == (number, None)
    assert saved.form["place"] == "Calidonia"
    assert saved.form["subject"] == "Sin agua en Calidonia"


async def test_a_confirmed_case_says_so_all_over_its_page_and_its_agent_may_change_it(
    desktop: House, screens: Screens
) -> None:
    number = "2600000128"
    assert is_well_formed(number)
    name = await desktop.add()
    await file_case(desktop, number, phone="+50760000128", state="draft", agent=name)
    page = await screens.at(desktop, name)
    await page.goto(f"{desktop.address}/cases/{number}")
    await page.get_by_label("Asunto").fill("Fuga de agua")
    await page.get_by_role("radio", name="Idea").check()
    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("26 0000 0128 Fuga de agua")
    await expect(page.locator("#case-type")).to_have_text("Idea")
    await expect(page.locator("#case-agent")).to_have_text(name)
    await expect(page.get_by_role("region", name="Cambiar este caso")).to_be_visible()
    async with desktop.database.begin() as connection:  # as the journal's worker does
        kept = {"state": "new", "agent": name, "subject": "Fuga de agua", "type": "idea"}
        await connection.execute(update(Case).where(Case.number == number).values(**kept))
    await page.reload()
    await page.get_by_label("Lugar").fill("Calidonia")
    await page.get_by_role("button", name="Guardar cambios").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Cambios guardados")
    assert [(one.form["confirm"], one.form.get("place")) for one in saves(desktop, name)] == [
        (True, None),
        (True, "Calidonia"),
    ]
    for other in ("agent", "supervisor"):
        page = await screens.at(desktop, await desktop.add(other))
        await page.goto(f"{desktop.address}/cases/{number}")
        await expect(page.get_by_role("heading", level=1)).to_have_text("26 0000 0128 Fuga de agua")
        await expect(page.locator(".card")).to_have_count(0)


async def test_signs_that_are_no_text_are_answered_in_a_sentence_and_no_number_is_logged(desktop: House) -> None:
    name = await desktop.add()
    async with desktop.client(name) as client:
        for path in ("/cases?find=6123-4567%00x", "/recordings/999999999999999999/sound"):
            async with client.get(path) as answer:
                assert answer.status in (400, 404), path
                assert "Traceback" not in await answer.text()
        async with client.get("/cases?find=6123-4567%00x") as answer:
            assert "tiene signos que no son texto" in await answer.text()
        async with client.post("/login", data={"name": "a\x00b", "password": "6123-4567"}) as answer:
            assert answer.status == 400
    assert "6123" not in (desktop.settings.log / "web.jsonl").read_text()
