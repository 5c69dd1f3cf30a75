"""The earlier cases of whoever calls, and a call that is linked to one of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from playwright.async_api import expect
from sqlalchemy import insert, text, update

from crm_core.services.audit import trail
from crm_core.storage.tables import Case, CaseHistory
from tests.parts.desktop.desk import DRAFT, SHOWN, fill, talking
from tests.parts.desktop.filing import (
    EARLIER,
    KEY,
    file_case,
    link,
    links,
    save,
    somebody_waits,
)
from tests.parts.desktop.house import House, until
from tests.parts.desktop.screen import Screens
from tests.parts.desktop.test_desk import saves


async def test_the_callers_earlier_cases_are_on_the_pop_and_one_can_be_linked(
    breakable: House, screens: Screens
) -> None:
    await file_case(breakable, EARLIER, phone="+50761234567")
    name, page, call = await talking(breakable, screens)
    earlier = page.locator(".earlier")
    await expect(earlier).to_contain_text("26 0000 0014")
    await expect(earlier).to_contain_text("Sin agua en Calidonia")
    await expect(earlier).to_contain_text("Abierto")
    await earlier.get_by_role("button", name="Vincular con el caso 26 0000 0014").click()
    await expect(page.get_by_label("Número", exact=True)).to_have_value(EARLIER)
    await page.get_by_label("Quien llama lo reportó").check()
    await page.get_by_role("button", name=f"Anular {SHOWN} y vincular").click()
    await expect(page.locator("#message")).to_have_text("Vinculado con el caso 26 0000 0014.")
    await expect(page.locator(".card")).to_have_count(1)
    await expect(page.locator(".card.linked")).to_contain_text("26 0000 0014")
    (asked,) = links(breakable, name)
    assert (asked.call, asked.draft, asked.existing) == (call.id, DRAFT, EARLIER)
    assert (asked.reporter, asked.key) == (True, KEY)
    read = await trail(breakable.database, f"citizen:citizen-{EARLIER}")
    assert [(one.agent, one.action) for one in read] == [(name, "read")]


async def test_a_caller_who_gave_up_before_is_known_by_it(desktop: House, screens: Screens) -> None:
    number = "2600000254"
    await file_case(desktop, number, phone="+50760000254", state="abandoned")
    async with desktop.database.begin() as connection:
        await connection.execute(update(Case).where(Case.number == number).values(subject=""))
    name = await desktop.add()
    page = await screens.at(desktop, name)
    await desktop.line.offer(name, number=DRAFT, phone="+50760000254")
    earlier = page.locator(".earlier")
    await expect(earlier).to_contain_text("Abandonado")
    await expect(earlier).to_contain_text("Colgó antes de que se completara")
    await expect(earlier.get_by_role("button")).to_have_count(0)


async def test_one_callers_earlier_cases_are_never_on_the_pop_of_the_next(breakable: House) -> None:
    """They are asked for while the first caller is offered, and found when the next one is."""
    await file_case(breakable, "2600000265", phone="+50760000265")
    name = await breakable.add()
    async with (
        breakable.client(name) as client,
        client.get("/desk/events") as desk,
        breakable.database.connect() as other,
    ):
        await other.execute(text("lock table phone in access exclusive mode"))
        await breakable.line.offer(name, number=DRAFT, phone="+50760000265")
        await until(lambda: somebody_waits(breakable))
        await breakable.line.offer(name, number=DRAFT, phone="+50760000279")
        await save(client, "2600000279")  # whatever is asked meanwhile takes over the news
        await other.rollback()
        shown = ""
        async with asyncio.timeout(10):
            while "6000-0279" not in shown or "Casos anteriores" not in shown.partition("6000-0279")[2]:
                shown += (await desk.content.readany()).decode()
    assert "26 0000 0265" not in shown


async def test_without_the_agents_word_no_key_is_given(desktop: House, screens: Screens) -> None:
    await file_case(desktop, "2600000023", phone="+50760000023")
    name, page, _ = await talking(desktop, screens)
    await page.get_by_label("Número", exact=True).fill("26 0000 0023")
    await page.get_by_role("button", name=f"Anular {SHOWN} y vincular").click()
    await expect(page.locator(".card.linked")).to_be_visible()
    (asked,) = links(desktop, name)
    assert (asked.reporter, asked.key) == (False, None)


async def test_a_case_that_does_not_exist_is_not_linked(desktop: House, screens: Screens) -> None:
    _, page, _ = await talking(desktop, screens)
    await page.get_by_label("Número", exact=True).fill("2699999998")
    await page.get_by_role("button", name=f"Anular {SHOWN} y vincular").click()
    await expect(page.locator(".link .told")).to_contain_text("no")
    await expect(page.locator(".card.linked")).to_have_count(0)


async def test_a_draft_is_linked_neither_to_itself_nor_to_another_case_of_its_call(
    desktop: House, screens: Screens
) -> None:
    name, page, call = await talking(desktop, screens)
    await page.get_by_role("button", name="Añadir caso").click()
    await expect(page.locator(".card")).to_have_count(2)
    for number in (DRAFT, desktop.line.added):
        assert "Ese número es de esta misma llamada" in await link(desktop, name, call, number)
    assert links(desktop, name) == []


async def test_a_void_or_an_abandoned_case_is_not_linked_and_the_agent_hears_what_would_be_right(
    desktop: House, screens: Screens
) -> None:
    void, given_up = "2600000131", "2600000144"
    await file_case(desktop, void, phone="+50760000136", state="void")
    await file_case(desktop, given_up, phone="+50760000149", state="abandoned")
    async with desktop.database.begin() as connection:
        told = {"at": datetime.now(UTC), "what": "void", "detail": {"existing": EARLIER}}
        await connection.execute(insert(CaseHistory).values(case_number=void, **told))
    name, _, call = await talking(desktop, screens)
    assert "se vinculó con el caso 26 0000 0014" in await link(desktop, name, call, void)
    assert "Ese caso se abandonó" in await link(desktop, name, call, given_up)
    assert links(desktop, name) == []


async def test_with_the_database_away_nothing_is_linked_unseen(breakable: House, screens: Screens) -> None:
    name, page, call = await talking(breakable, screens)
    async with breakable.client(name) as client:
        breakable.stop_database()
        sent = {"call": call.id, "draft": DRAFT, "existing": EARLIER}
        async with client.post("/desk/link", data=sent) as answer:
            assert "ese caso no se puede buscar ahora" in await answer.text()
    assert links(breakable, name) == []
    await expect(page.get_by_role("button", name="Confirmar caso")).to_be_visible()


async def test_of_two_drafts_the_one_whose_button_is_pressed_becomes_void(desktop: House, screens: Screens) -> None:
    existing = "2600000153"
    await file_case(desktop, existing, phone="+50760000153")
    name, page, call = await talking(desktop, screens)
    await fill(page)
    await page.get_by_role("button", name="Añadir caso").click()
    second = page.locator(f"#card-{desktop.line.added}")
    await second.get_by_label("Número", exact=True).fill(existing)
    await second.get_by_role("button", name="Anular 26 0000 0014 y vincular").click()
    await expect(page.locator(".card.linked")).to_contain_text("26 0000 0153")
    await expect(page.locator(f"#card-{DRAFT}").get_by_label("Asunto")).to_have_value("Fuga de agua")
    (asked,) = links(desktop, name)
    assert (asked.call, asked.draft, asked.existing) == (call.id, desktop.line.added, existing)


@pytest.mark.parametrize("kept", ["typed", "saved"])
async def test_a_draft_with_text_becomes_void_only_after_a_second_press(
    desktop: House, screens: Screens, kept: str
) -> None:
    existing = {"typed": "2600000166", "saved": "2600000177"}[kept]
    await file_case(desktop, existing, phone=f"+5076{existing[-7:]}")
    name, page, _ = await talking(desktop, screens)
    await fill(page)
    if kept == "saved":
        await page.get_by_role("button", name="Guardar borrador").click()
        await expect(page.locator(".card-buttons .outcome")).to_contain_text("Borrador guardado")
    await page.get_by_label("Número", exact=True).fill(existing)
    await page.get_by_role("button", name=f"Anular {SHOWN} y vincular").click()
    await expect(page.locator(".link .told")).to_contain_text(f"El borrador {SHOWN} tiene texto")
    assert links(desktop, name) == []
    await page.get_by_role("button", name="Anularlo con su texto").click()
    await expect(page.locator(".card.linked")).to_be_visible()
    assert [one.existing for one in links(desktop, name)] == [existing]


async def test_a_draft_linked_after_its_caller_hung_up_stays_void(desktop: House, screens: Screens) -> None:
    existing = "2600000298"
    await file_case(desktop, existing, phone="+50760000298")
    name, page, call = await talking(desktop, screens)
    await desktop.line.hang_up(name)
    assert "Vinculado con el caso 26 0000 0298" in await link(desktop, name, call, existing)
    await page.reload()
    await expect(page.locator(".card")).to_have_count(1)
    await expect(page.locator(".card.linked")).to_contain_text("26 0000 0298")
    async with desktop.client(name) as client:
        assert "este borrador se anuló" in await save(client, DRAFT)
    assert "ya no se puede vincular" in await link(desktop, name, call, EARLIER)
    assert [one.existing for one in links(desktop, name)] == [existing]
    assert saves(desktop, name) == []
