"""The drafts and messages that an agent has still to complete."""

from __future__ import annotations

import asyncio
import signal

import pytest
from playwright.async_api import expect
from sqlalchemy import update

from agent_desktop.formats import case_number
from crm_core.domain.numbers import is_well_formed
from crm_core.storage.tables import Case
from ivr.api import SaveCase
from tests.parts.desktop.filing import (
    file_case,
    file_sound,
    make_anonymous_denunciation,
    save,
)
from tests.parts.desktop.house import House, until
from tests.parts.desktop.screen import Screens
from tests.parts.desktop.test_desk import saves


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


async def test_of_two_who_complete_a_message_at_once_the_second_is_told_so(desktop: House) -> None:
    number = "2600000369"
    assert is_well_formed(number)
    await file_case(desktop, number, phone="+50760000369", agent=None)
    first, second = await desktop.add(), await desktop.add()
    async with desktop.client(first) as one, desktop.client(second) as other:
        assert "Cambios guardados" in await save(one, number, confirm="change")
        assert "es de otro agente" in await save(other, number, confirm="change")
        assert "Cambios guardados" in await save(one, number, confirm="change")
    assert saves(desktop, second) == []


async def test_of_two_who_complete_a_message_in_the_same_moment_one_is_told_that_it_is_the_other_s(
    breakable: House,
) -> None:
    number = "2600000391"
    assert is_well_formed(number)
    await file_case(breakable, number, phone="+50760000391", agent=None)
    first, second = await breakable.add(), await breakable.add()
    async with breakable.client(first) as one, breakable.client(second) as other:
        # Both have been let in before the database answers either.
        breakable.server.signal(signal.SIGSTOP)
        try:
            both = asyncio.gather(*(save(client, number, confirm="change") for client in (one, other)))
            await asyncio.sleep(0.5)
        finally:
            breakable.server.signal(signal.SIGCONT)
        answers = await both
    assert sum("Cambios guardados" in answer for answer in answers) == 1
    assert sum("es de otro agente" in answer for answer in answers) == 1
    assert len(saves(breakable, first)) + len(saves(breakable, second)) == 1


async def test_a_message_whose_save_was_refused_is_the_next_one_s_to_complete(desktop: House) -> None:
    number = "2600000375"
    assert is_well_formed(number)
    await file_case(desktop, number, phone="+50760000375", agent=None)
    first, second = await desktop.add(), await desktop.add()
    desktop.line.refuse_for(first, SaveCase, "not-yours")
    async with desktop.client(first) as one, desktop.client(second) as other:
        assert "es de otro agente" in await save(one, number, confirm="change")
        assert "Cambios guardados" in await save(other, number, confirm="change")


async def test_a_message_that_a_colleague_completed_goes_from_an_idle_desk(desktop: House, screens: Screens) -> None:
    number = "2600000342"
    await file_case(desktop, number, phone="+50760000342", agent=None)
    desk = await screens.at(desktop, await desktop.add())
    listed = desk.get_by_role("region", name="Casos por completar").get_by_role("link", name=case_number(number))
    await expect(listed).to_be_visible()
    async with desktop.client(await desktop.add()) as client:
        assert "Cambios guardados" in await save(client, number, confirm="change")
    await expect(listed).to_have_count(0)
