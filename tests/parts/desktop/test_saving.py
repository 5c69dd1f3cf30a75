"""Who may save which case, as of which call."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from crm_core.domain.numbers import is_well_formed
from crm_core.storage.tables import Case
from ivr.api import AgentState
from tests.parts.desktop.desk import DRAFT, talking
from tests.parts.desktop.filing import (
    EARLIER,
    file_case,
    link,
    links,
    save,
)
from tests.parts.desktop.house import House
from tests.parts.desktop.screen import Screens
from tests.parts.desktop.test_desk import saves


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


async def test_whoever_lost_a_call_is_told_so_also_once_the_other_has_written_it_up(desktop: House) -> None:
    number = "2600000388"
    assert is_well_formed(number)
    lost, has_it = await desktop.add(), await desktop.add()
    await file_case(desktop, number, phone="+50760000388", state="draft", agent=has_it)
    await desktop.line.offer(lost, number=number)
    await desktop.line.talk(lost)
    async with desktop.client(lost) as client:
        assert "Borrador guardado" in await save(client, number, confirm="")
        await desktop.line.lose(lost, to=has_it)
        await desktop.line.become(has_it, AgentState.READY, call=None)
        async with desktop.database.begin() as connection:  # as the journal's worker does
            await connection.execute(update(Case).where(Case.number == number).values(agent=has_it))
        assert "este caso es de otro agente" in await save(client, number)
    assert [one.number for one in saves(desktop, lost)] == [number]


async def test_with_the_database_away_only_the_cases_of_the_call_on_the_desk_are_saved(
    breakable: House, screens: Screens
) -> None:
    name, _, _ = await talking(breakable, screens)
    async with breakable.client(name) as client:
        breakable.stop_database()
        assert "La base de datos no responde" in await save(client, EARLIER)
        assert saves(breakable, name) == []
        assert "Confirmado" in await save(client, DRAFT)
