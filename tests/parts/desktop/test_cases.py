"""Cases and recordings as the staff finds, reads, completes and hears them."""

from __future__ import annotations

import asyncio
import io
import uuid
import wave
from datetime import UTC, datetime, timedelta

import aiohttp
import numpy as np
import pytest
from playwright.async_api import Route, expect
from sqlalchemy import insert, text, update

from agent_desktop.formats import case_number
from crm_core.domain.numbers import is_well_formed
from crm_core.services.audit import trail
from crm_core.storage.tables import Call, CallCase, Case, CaseHistory, Citizen, Phone, Recording
from ivr import api
from tests.parts.desktop.desk import DRAFT, SHOWN, fill, talking
from tests.parts.desktop.house import House, until
from tests.parts.desktop.screen import Screens
from tests.parts.desktop.test_desk import saves
from tests.wav import wav

EARLIER = "2600000014"
KEY = "0412"


async def file_case(house: House, number: str, *, phone: str, state: str = "new", agent: str | None = "nobody") -> None:
    """A case in the database as the journal's entries leave it, with the call that opened it.

    `agent` took the call, and saved the case where it is confirmed; a confirmed one without an agent is a message.
    """
    citizen, call = f"citizen-{number}", f"n1-{number}"
    now = datetime.now(UTC)
    async with house.database.begin() as connection:
        await connection.execute(insert(Citizen).values(id=citizen))
        await connection.execute(insert(Phone).values(citizen_id=citizen, number=phone))
        await connection.execute(
            insert(Call).values(
                id=call, citizen_id=citizen, started_at=now, ended_at=now, agent=agent, case_number=number
            )
        )
        await connection.execute(
            insert(Case).values(
                number=number,
                key=KEY,
                type="complaint",
                state=state,
                language="es",
                citizen_id=citizen,
                call_id=call,
                agent=agent if state == "new" else None,
                institution="idaan",
                subject="Sin agua en Calidonia",
                description="Desde el lunes.",
                opened_at=now,
                promised_on=(now + timedelta(days=5)).date(),
            )
        )
        await connection.execute(insert(CallCase).values(call_id=call, case_number=number, how="opened", at=now))


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


async def somebody_waits(house: House) -> bool:
    waits = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    async with house.database.connect() as connection:
        return bool((await connection.execute(waits)).scalar_one())


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


async def link(house: House, name: str, call: api.CallView, existing: str, draft: str = DRAFT) -> str:
    """What the page is told where a draft of this call is to be linked."""
    sent = {"call": call.id, "draft": draft, "existing": existing}
    async with house.client(name) as client, client.post("/desk/link", data=sent) as answer:
        return await answer.text()


def links(house: House, name: str) -> list[api.LinkCase]:
    return [one for one in house.line.heard if isinstance(one, api.LinkCase) and one.agent == name]


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


async def test_a_draft_is_completed_after_its_call_on_its_own_page(desktop: House, screens: Screens) -> None:
    number = "2600000051"
    await file_case(desktop, number, phone="+50760000056", state="draft")
    name = await desktop.add()
    page = await screens.at(desktop, name)
    await page.goto(f"{desktop.address}/cases/{number}")
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


@pytest.mark.parametrize(
    ("number", "state", "why"),
    [
        ("2600000189", "new", "este caso es de otro agente"),
        ("2600000190", "void", "este borrador se anuló"),
        ("2600000206", None, "Ese número de caso no existe"),
    ],
)
async def test_a_case_that_shows_no_form_cannot_be_saved_all_the_same(
    desktop: House, number: str, state: str | None, why: str
) -> None:
    if state is not None:
        await file_case(desktop, number, phone=f"+5076{number[-7:]}", state=state)
    luis = await desktop.add()
    async with desktop.client(luis) as client:
        assert why in await save(client, number)
    assert saves(desktop, luis) == []


async def test_a_save_names_the_call_on_the_agents_desk_and_no_other(desktop: House, screens: Screens) -> None:
    elsewhere = "2600000211"
    await file_case(desktop, elsewhere, phone="+50760000211", state="draft")
    name, _, call = await talking(desktop, screens)
    async with desktop.client(name) as client:
        for number in (DRAFT, elsewhere):
            assert "Confirmado" in await save(client, number, call="n1-no-such-call")
    assert [(one.number, one.call) for one in saves(desktop, name)] == [(DRAFT, call.id), (elsewhere, None)]


async def test_a_case_linked_to_the_call_on_the_desk_is_no_ones_to_write_by_that(
    desktop: House, screens: Screens
) -> None:
    existing = "2600000222"
    await file_case(desktop, existing, phone="+50760000222")
    name, _, call = await talking(desktop, screens)
    await link(desktop, name, call, existing)
    assert len(links(desktop, name)) == 1
    async with desktop.client(name) as client:
        assert "este caso es de otro agente" in await save(client, existing, call=call.id)
    assert saves(desktop, name) == []


@pytest.mark.parametrize(
    ("number", "state", "why"),
    [("2600000303", "new", "este caso es de otro agente"), ("2600000316", "void", "este borrador se anuló")],
)
async def test_once_the_call_is_over_the_database_tells_what_became_of_its_case(
    desktop: House, number: str, state: str, why: str
) -> None:
    await file_case(desktop, number, phone=f"+5076{number[-7:]}", state=state)
    name = await desktop.add()
    call = await desktop.line.offer(name, number=number)
    await desktop.line.talk(name)
    await desktop.line.hang_up(name)
    async with desktop.client(name) as client:
        assert why in await save(client, number)
    assert "ya no se puede vincular" in await link(desktop, name, call, EARLIER, draft=number)
    assert saves(desktop, name) == []
    assert links(desktop, name) == []


async def test_whoever_lost_a_call_does_not_write_over_the_agent_who_has_it(desktop: House, screens: Screens) -> None:
    lost, _, _ = await talking(desktop, screens)
    has_it = await desktop.add()
    await desktop.line.lose(lost, to=has_it)
    async with desktop.client(lost) as client:
        assert "este caso es de otro agente" in await save(client, DRAFT)
    async with desktop.client(has_it) as client:
        assert "Confirmado" in await save(client, DRAFT)
    assert saves(desktop, lost) == []
    assert len(saves(desktop, has_it)) == 1


async def test_with_the_database_away_only_the_cases_of_the_call_on_the_desk_are_saved(
    breakable: House, screens: Screens
) -> None:
    name, _, _ = await talking(breakable, screens)
    async with breakable.client(name) as client:
        breakable.stop_database()
        assert "La base de datos no responde" in await save(client, EARLIER)
        assert saves(breakable, name) == []
        assert "Confirmado" in await save(client, DRAFT)


async def save(client: aiohttp.ClientSession, number: str, call: str = "", confirm: str = "1") -> str:
    """What whoever is logged in is told where they confirm a case."""
    form = {"type": "idea", "subject": "Un parque", "confirm": confirm}
    sent = {"number": number, "call": call, "press": str(uuid.uuid4())} | form
    async with client.post("/desk/save", data=sent) as answer:
        return await answer.text()


@pytest.mark.parametrize(("number", "saves"), [("2600000279", True), ("2600000287", False)], ids=["saved", "typed"])
async def test_what_a_browser_kept_is_not_put_over_what_a_colleague_saved_later(
    desktop: House, screens: Screens, number: str, saves: bool
) -> None:
    await file_case(desktop, number, phone=f"+5076{number[-7:]}", state="draft")
    page = await screens.at(desktop, await desktop.add())
    await page.goto(f"{desktop.address}/cases/{number}")
    await page.get_by_label("Lugar").fill("Calidonia")
    await page.reload()
    await expect(page.get_by_label("Lugar")).to_have_value("Calidonia")
    if saves:
        await page.get_by_role("button", name="Guardar borrador").click()
        await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")
    async with desktop.database.begin() as connection:  # as the journal's worker does with a colleague's save
        await connection.execute(update(Case).where(Case.number == number).values(place="Ancón"))
    await page.reload()
    await expect(page.get_by_label("Lugar")).to_have_value("Ancón")
    beside = page.locator(".beside")
    if saves:
        await expect(beside).to_be_hidden()
        return
    await expect(beside).to_contain_text("Usted también había escrito")
    await expect(beside).to_contain_text("Calidonia")
    await page.get_by_label("Asunto").fill("Sin agua")
    await page.reload()
    await expect(page.get_by_label("Asunto")).to_have_value("Sin agua")
    await expect(page.get_by_label("Lugar")).to_have_value("Ancón")
    await expect(beside).to_contain_text("Calidonia")
    await page.get_by_role("button", name="Guardar borrador").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")
    await page.reload()
    await expect(beside).to_be_hidden()


async def test_what_a_browser_kept_before_versions_were_told_is_put_back(desktop: House, screens: Screens) -> None:
    number = "2600000350"
    await file_case(desktop, number, phone="+50760000350", state="draft")
    page = await screens.at(desktop, await desktop.add())
    await page.goto(f"{desktop.address}/cases/{number}")
    await page.get_by_label("Lugar").fill("Calidonia")
    await page.evaluate(
        """() => {
            const [name] = Object.keys(localStorage).filter((name) => name.startsWith("c311-draft-"));
            const { version, ...kept } = JSON.parse(localStorage.getItem(name));
            localStorage.setItem(name, JSON.stringify(kept));
        }"""
    )
    await page.reload()
    await expect(page.get_by_label("Lugar")).to_have_value("Calidonia")


async def test_what_is_typed_while_a_save_is_under_way_is_kept(desktop: House, screens: Screens) -> None:
    _, page, _ = await talking(desktop, screens)
    await fill(page)
    pressed, goes_on = asyncio.Event(), asyncio.Event()

    async def held(route: Route) -> None:
        pressed.set()
        await goes_on.wait()
        await route.continue_()

    await page.route("**/desk/save", held)
    await page.get_by_role("button", name="Guardar borrador").click()
    await pressed.wait()
    await page.get_by_label("Lugar").fill("Calidonia")
    goes_on.set()
    await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")
    await page.reload()
    await expect(page.get_by_label("Asunto")).to_have_value("Fuga de agua")
    await expect(page.get_by_label("Lugar")).to_have_value("Calidonia")


async def test_an_agent_finds_and_completes_the_drafts_of_their_calls(desktop: House, screens: Screens) -> None:
    number, other = "2600000067", "2600000080"
    assert is_well_formed(number)
    assert is_well_formed(other)
    name = await desktop.add()
    await file_case(desktop, number, phone="+50760000067", state="draft", agent=name)
    await file_case(desktop, other, phone="+50760000080", state="draft")
    desk = await screens.at(desktop, name)
    drafts = desk.get_by_role("region", name="Casos por completar")
    await expect(drafts.get_by_role("link")).to_have_count(1)
    await expect(drafts.get_by_role("link")).to_contain_text("Español · teléfono terminado en 0067")
    listed = await screens.page(desk.context)
    await listed.goto(f"{desktop.address}/cases")
    await expect(listed.get_by_role("region", name="Casos por completar").get_by_role("link")).to_have_count(1)
    async with desk.context.expect_page() as opened:
        await drafts.get_by_role("link", name="26 0000 0067").click()
    form = await opened.value
    await form.get_by_label("Lugar").fill("Calidonia")
    await form.get_by_role("button", name="Confirmar caso").click()
    await expect(form.locator(".card .outcome")).to_contain_text("Confirmado")
    (saved,) = saves(desktop, name)
    assert (saved.number, saved.form["confirm"]) == (number, True)
    await expect(drafts).to_have_count(0)
    await listed.evaluate("dispatchEvent(new Event('focus'))")
    await expect(listed.get_by_role("region", name="Casos por completar")).to_have_count(0)
    await form.goto(f"{desktop.address}/cases")
    await expect(form.get_by_role("region", name="Casos por completar")).to_have_count(0)
    async with desktop.database.begin() as connection:  # as the journal's worker does
        await connection.execute(update(Case).where(Case.number == number).values(state="new"))
    await form.reload()
    await expect(form.get_by_role("region", name="Casos por completar")).to_have_count(0)
    await form.close()
    await desk.reload()
    await expect(desk.locator(".call.idle")).to_be_visible()
    await expect(drafts).to_have_count(0)


async def test_the_drafts_of_the_call_on_the_desk_are_not_among_those_to_complete(
    desktop: House, screens: Screens
) -> None:
    number = "2600000095"
    assert is_well_formed(number)
    name = await desktop.add()
    await file_case(desktop, number, phone="+50760000095", state="draft", agent=name)
    async with desktop.client(name) as client:
        async with client.get("/cases/drafts") as answer:
            assert "26 0000 0095" in await answer.text()
        await screens.at(desktop, name)
        await desktop.line.offer(name, number=number)

        async def gone() -> bool:
            async with client.get("/cases/drafts") as answer:
                return "26 0000 0095" not in await answer.text()

        await until(gone)


@pytest.mark.parametrize("secret", [False, True], ids=["complaint", "anonymous denunciation"])
async def test_an_agent_finds_hears_and_completes_a_message(desktop: House, screens: Screens, secret: bool) -> None:
    number = "2600000233" if secret else "2600000240"
    await file_case(desktop, number, phone=f"+5076{number[-7:]}", agent=None)
    if secret:
        await make_anonymous_denunciation(desktop, number)
    sound = await file_sound(desktop, number)
    name = await desktop.add()
    desk = await screens.at(desktop, name)
    listed = desk.get_by_role("region", name="Casos por completar").get_by_role("link", name=case_number(number))
    await expect(listed).to_contain_text("Mensaje")
    async with desktop.client(await desktop.add("supervisor")) as client:
        async with client.get("/cases/drafts") as answer:
            assert case_number(number) not in await answer.text()
        async with client.get(sound) as answer:
            assert answer.status == 200
    async with desk.context.expect_page() as opened:
        await listed.click()
    page = await opened.value
    await expect(page.locator("audio")).to_have_count(1)
    async with desktop.client(name) as client, client.get(sound) as answer:
        assert answer.status == 200
    await expect(page.get_by_role("region", name="Completar este caso")).to_be_visible()
    await page.get_by_label("Lugar").fill("Calidonia")
    await page.get_by_role("button", name="Guardar cambios").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Cambios guardados")
    assert [one.number for one in saves(desktop, name)] == [number]
    await expect(listed).to_have_count(0)
    async with desktop.database.begin() as connection:  # as the journal's worker does
        await connection.execute(update(Case).where(Case.number == number).values(agent=name))
    async with desktop.client(await desktop.add()) as client, client.get(sound) as answer:
        assert answer.status == 403


async def test_a_message_that_a_colleague_completed_goes_from_an_idle_desk(desktop: House, screens: Screens) -> None:
    number = "2600000342"
    await file_case(desktop, number, phone="+50760000342", agent=None)
    desk = await screens.at(desktop, await desktop.add())
    listed = desk.get_by_role("region", name="Casos por completar").get_by_role("link", name=case_number(number))
    await expect(listed).to_be_visible()
    async with desktop.client(await desktop.add()) as client:
        assert "Cambios guardados" in await save(client, number, confirm="change")
    await expect(listed).to_have_count(0)


async def test_a_conversation_about_an_anonymous_denunciation_is_heard_by_nobody(desktop: House) -> None:
    number, linked = "2600000327", "2600000334"
    name = await desktop.add()
    await file_case(desktop, number, phone="+50760000327", agent=name)
    await file_case(desktop, linked, phone="+50760000334", agent=name)
    await make_anonymous_denunciation(desktop, number)
    async with desktop.database.begin() as connection:
        told = {"call_id": f"n1-{linked}", "case_number": number, "how": "linked", "at": datetime.now(UTC)}
        await connection.execute(insert(CallCase).values(**told))
    sounds = [await file_sound(desktop, one, "conversation") for one in (number, linked)]
    for user in (name, await desktop.add("supervisor"), await desktop.add("administrator")):
        async with desktop.client(user) as client:
            for sound in sounds:
                async with client.get(sound) as answer:
                    assert answer.status == 403
                for listed in ("/recordings", f"/cases/{number}"):
                    async with client.get(listed) as answer:
                        assert sound not in await answer.text()


async def make_anonymous_denunciation(house: House, number: str) -> None:
    async with house.database.begin() as connection:
        kept = {"type": "denunciation", "anonymous": True, "citizen_id": None}
        await connection.execute(update(Case).where(Case.number == number).values(**kept))


async def file_sound(house: House, number: str, what: str = "message") -> str:
    """A caller's message or conversation, with its sound; the address that it is heard at."""
    folder = house.settings.recordings
    folder.mkdir(exist_ok=True)
    (folder / f"{number}.wav").write_bytes(wav(np.ones(800, np.int16)))
    row = {"call_id": f"n1-{number}", "case_number": number, "what": what, "seconds": 0.1}
    row |= {
        "started_at": datetime.now(UTC),
        "files": {"message" if what == "message" else "caller": f"{number}.wav"},
        "sha256": {},
    }
    async with house.database.begin() as connection:
        id = (await connection.execute(insert(Recording).values(**row).returning(Recording.id))).scalar_one()
    return f"/recordings/{id}/sound"


@pytest.mark.parametrize(
    ("asked", "status"), [("bytes=1-", 206), ("bytes=-300", 206), ("bytes=abc", 200), ("bytes=0-1,5-9", 200)]
)
async def test_whatever_part_of_a_recording_is_heard_is_noted(desktop: House, asked: str, status: int) -> None:
    supervisor = await desktop.add("supervisor")
    call, now = f"n1-{supervisor}", datetime.now(UTC)
    desktop.settings.recordings.mkdir(exist_ok=True)
    (desktop.settings.recordings / "heard.wav").write_bytes(wav(np.ones(800, np.int16)))
    row = {"call_id": call, "what": "message", "started_at": now, "seconds": 0.1}
    async with desktop.database.begin() as connection:
        await connection.execute(insert(Call).values(id=call, started_at=now))
        added = insert(Recording).values(**row, files={"caller": "heard.wav"}, sha256={}).returning(Recording.id)
        id = (await connection.execute(added)).scalar_one()
    async with desktop.client(supervisor) as client:
        for _ in range(2):
            async with client.get(f"/recordings/{id}/sound", headers={"Range": asked}) as answer:
                assert answer.status == status
                assert await answer.read()
    assert [one.agent for one in await trail(desktop.database, f"recording:{id}")] == [supervisor]


async def test_a_recording_plays_in_two_channels_and_in_pieces_and_each_listen_is_noted(desktop: House) -> None:
    number = "2600000072"
    agent = await desktop.add()
    await file_case(desktop, number, phone="+50760000078", agent=agent)
    seconds = 2.0
    tone = (8000 * np.sin(np.arange(int(seconds * 8000)) / 3)).astype(np.int16)
    folder = desktop.settings.recordings
    folder.mkdir(exist_ok=True)
    (folder / "caller.wav").write_bytes(wav(tone))
    (folder / "agent.wav").write_bytes(wav(tone // 2))
    async with desktop.database.begin() as connection:
        added = await connection.execute(
            insert(Recording)
            .values(
                call_id=f"n1-{number}",
                case_number=number,
                what="conversation",
                started_at=datetime.now(UTC),
                seconds=seconds,
                files={"caller": "caller.wav", "agent": "agent.wav"},
                sha256={},
            )
            .returning(Recording.id)
        )
        id = added.scalar_one()
    address = f"/recordings/{id}/sound"
    async with desktop.client(agent) as client:
        async with client.get(f"/cases/{number}") as answer:
            assert address in await answer.text()
        async with client.get(address) as answer:
            whole = await answer.read()
        with wave.open(io.BytesIO(whole)) as sound:
            assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (2, 8000, 16000)
        async with client.get(address, headers={"Range": "bytes=100-199"}) as answer:
            assert answer.status == 206
            assert answer.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
            assert await answer.read() == whole[100:200]
        async with client.get(address, headers={"Range": "bytes=-10"}) as answer:
            assert await answer.read() == whole[-10:]
        async with client.get(address, headers={"Range": "bytes=999999-"}) as answer:
            assert answer.status == 416
    async with desktop.client(await desktop.add()) as client:
        async with client.get(address) as answer:
            assert answer.status == 403
        async with client.get("/recordings") as answer:
            assert address not in await answer.text()
    supervisor = await desktop.add("supervisor")
    async with desktop.client(supervisor) as client, client.get(address) as answer:
        assert answer.status == 200
    listened = [(one.agent, one.action) for one in await trail(desktop.database, f"recording:{id}")]
    assert listened == [(supervisor, "listened"), (agent, "listened")]


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
