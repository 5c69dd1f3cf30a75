"""An agent at the desk: the pop, the form, and what happens to it when parts are away."""

from __future__ import annotations

import re

import msgspec
import pytest
from playwright.async_api import expect

from crm_core.domain.numbers import is_well_formed
from ivr import api
from tests.parts.desktop.desk import DRAFT, IDAAN, SHOWN, fill, offered, talking
from tests.parts.desktop.house import House, until
from tests.parts.desktop.screen import Screens


def saves(desktop: House, name: str) -> list[api.SaveCase]:
    return [one for one in desktop.line.heard if isinstance(one, api.SaveCase) and one.agent == name]


def ends(desktop: House, name: str) -> list[str]:
    return [one.call for one in desktop.line.heard if isinstance(one, api.EndPart) and one.agent == name]


async def test_the_pop_shows_who_calls_before_the_line_hears_that_it_is_painted(
    desktop: House, screens: Screens
) -> None:
    name, page, call = await offered(desktop, screens)
    caller = page.locator(".caller")
    await expect(caller).to_contain_text("6123-4567")
    await expect(caller).to_contain_text("Español")
    await expect(caller).to_contain_text("Queja")
    await expect(caller).to_contain_text("0:42")
    await expect(caller).to_contain_text("Es la primera vez que llama")
    await expect(page.locator(".card")).to_contain_text(SHOWN)
    await expect(page.get_by_role("radio", name="Queja")).to_be_checked()
    painted = api.Painted(agent=name, offer=call.offer)

    async def told() -> bool:
        return painted in desktop.line.heard

    await until(told)
    assert desktop.line.heard.count(painted) == 1


async def test_the_same_caller_offered_again_is_painted_again(desktop: House, screens: Screens) -> None:
    name, page, first = await offered(desktop, screens)
    await desktop.line.become(name, api.AgentState.PAUSED, call=None, reason="ring no answer")
    await expect(page.locator(".bar")).to_contain_text("no contestó")
    await expect(page.locator(".call.idle")).to_be_visible()
    second = await desktop.line.offer(name, number=DRAFT, id=first.id)

    async def told() -> bool:
        return api.Painted(agent=name, offer=second.offer) in desktop.line.heard

    await until(told)


@pytest.mark.parametrize(
    ("given", "words"), [({"anonymous": True}, "Anónimo"), ({}, "Número oculto")], ids=["anonymous", "withheld"]
)
async def test_a_caller_without_a_number_is_named_so(
    desktop: House, screens: Screens, given: dict[str, bool], words: str
) -> None:
    name = await desktop.add()
    page = await screens.at(desktop, name)
    await desktop.line.offer(name, number=DRAFT, phone=None, **given)
    await expect(page.locator(".caller-number")).to_have_text(words)
    await expect(page.locator(".earlier")).to_contain_text("Sin número no hay casos anteriores")


async def test_what_is_being_typed_survives_every_event(desktop: House, screens: Screens) -> None:
    name, page, _ = await offered(desktop, screens)
    await fill(page)
    await page.get_by_label("Lugar").focus()
    await page.keyboard.type("Calle 34")
    await desktop.line.talk(name)
    await page.wait_for_selector("[data-phase=talking]")
    await page.keyboard.type(" Este,")
    await desktop.line.wrap_up(name)
    await page.wait_for_selector("[data-phase=closing]")
    await page.keyboard.type(" Calidonia")
    assert await page.get_by_label("Lugar").input_value() == "Calle 34 Este, Calidonia"
    assert await page.get_by_label("Asunto").input_value() == "Fuga de agua"
    assert await page.get_by_label("Servicio").input_value() == "leak"


@pytest.mark.parametrize(
    ("phase", "words"),
    [(api.Phase.HUNG_UP, "Colgó sin oír su número"), (api.Phase.TOLD, "Llamada terminada: oyó su número")],
    ids=["before", "after"],
)
async def test_the_desk_says_whether_the_caller_heard_the_number_when_the_call_ends(
    desktop: House, screens: Screens, phase: api.Phase, words: str
) -> None:
    name, page, _ = await talking(desktop, screens)
    await desktop.line.wrap_up(name)
    await expect(page.locator(".phase-word")).to_have_text("La persona escucha su número")
    await desktop.line.hang_up(name, phase)
    await expect(page.locator(".phase-word")).to_have_text(words)


async def test_saved_is_said_once_the_line_answered_and_the_form_arrives_whole(
    desktop: House, screens: Screens
) -> None:
    name, page, call = await talking(desktop, screens)
    await fill(page)
    await page.get_by_role("button", name="Guardar borrador").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")
    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(page.locator(".card .outcome")).to_have_text(re.compile(r"^\s*Confirmado, \d\d:\d\d:\d\d\s*$"))
    kept, confirmed = saves(desktop, name)
    assert (kept.call, kept.number) == (call.id, DRAFT)
    assert kept.form == {
        "type": "complaint",
        "institution": "idaan",
        "service": "leak",
        "subject": "Fuga de agua",
        "description": "Desde el sábado, frente a la escuela.",
    }
    assert confirmed.form == kept.form | {"confirm": True}
    assert kept.entry != confirmed.entry


async def test_a_confirmed_case_looks_done_and_its_changes_are_saved_as_such(desktop: House, screens: Screens) -> None:
    name, page, _ = await talking(desktop, screens)
    mark = page.locator(".card [data-mark]")
    await expect(mark).to_have_text("Borrador")
    await fill(page)
    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(mark).to_have_text("Confirmado")
    await expect(page.get_by_role("button", name="Confirmar caso")).to_be_hidden()
    await expect(page.get_by_role("button", name="Guardar borrador")).to_be_hidden()
    await page.get_by_label("Lugar").fill("Calidonia")
    await page.get_by_role("button", name="Guardar cambios").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Cambios guardados")
    await page.reload()
    await expect(mark).to_have_text("Confirmado")
    await expect(page.get_by_label("Lugar")).to_have_value("Calidonia")
    assert [one.form["confirm"] for one in saves(desktop, name)] == [True, True]


async def test_a_refused_save_is_said_and_tried_again_as_the_same_entry(desktop: House, screens: Screens) -> None:
    name, page, _ = await talking(desktop, screens)
    await fill(page)
    desktop.line.refuse_for(name, api.SaveCase, "not-written")
    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(page.locator(".card .outcome")).to_contain_text("No se pudo guardar en el disco")
    await page.get_by_role("button", name="Confirmar caso").click()
    await until(lambda: _so(len(saves(desktop, name)) == 2))
    desktop.line.refuse_for(name, api.SaveCase, None)
    await page.get_by_label("Lugar").fill("Calidonia")
    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Confirmado")
    first, again, changed = saves(desktop, name)
    assert first.entry == again.entry
    assert changed.entry != first.entry


async def _so(it: bool) -> bool:
    return it


async def test_a_case_is_not_confirmed_without_a_subject_or_with_an_unknown_institution(
    desktop: House, screens: Screens
) -> None:
    name, page, _ = await talking(desktop, screens)
    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(page.locator(".card .outcome")).to_have_text("Escriba el asunto antes de confirmar.")
    await page.get_by_label("Institución").fill("Ministerio de la Magia")
    await expect(page.locator(".service-pick")).to_contain_text("No hay ninguna institución con ese nombre")
    await page.get_by_role("button", name="Guardar borrador").click()
    await expect(page.locator(".card .outcome")).to_contain_text("No hay ninguna institución con ese nombre")
    assert saves(desktop, name) == []


async def test_a_reload_finds_what_was_typed_and_what_was_saved(desktop: House, screens: Screens) -> None:
    _, page, _ = await talking(desktop, screens)
    await fill(page)
    await page.get_by_role("button", name="Guardar borrador").click()
    await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")
    await page.get_by_label("Asunto").fill("Fuga de agua potable")
    await page.reload()
    await page.wait_for_selector("[data-phase=talking]")
    await expect(page.get_by_label("Asunto")).to_have_value("Fuga de agua potable")
    await expect(page.get_by_label("Institución")).to_have_value(IDAAN)
    await expect(page.get_by_label("Servicio")).to_have_value("leak")
    await expect(page.locator(".card .outcome")).to_contain_text("Borrador guardado")


def question(button: str, numbers: str = SHOWN) -> str:
    return f"Falta confirmar: {numbers}. Presione otra vez «{button}» para terminar; podrá completarlo después."


async def test_finishing_with_an_unconfirmed_case_asks_first(desktop: House, screens: Screens) -> None:
    name, page, _ = await talking(desktop, screens)
    await desktop.line.wrap_up(name)
    await expect(page.locator(".bar strong")).to_have_text("Completando el caso")
    await page.get_by_role("button", name="Fuera de servicio").click()
    await expect(page.locator("#message")).to_have_text(question("Fuera de servicio"))
    await page.get_by_label("Asunto").fill("Fuga de agua")
    await page.get_by_role("button", name="Guardar borrador").click()
    await expect(page.locator("#message")).to_be_empty()
    await page.get_by_role("button", name="Terminar", exact=True).click()
    await expect(page.locator("#message")).to_have_text(question("Terminar"))
    assert desktop.line.agent(name).state is api.AgentState.WRAP_UP
    await page.get_by_role("button", name="Terminar", exact=True).click()
    await expect(page.locator(".bar strong")).to_have_text("Disponible")


async def test_typing_keeps_a_wrap_up_that_runs_out(desktop: House, screens: Screens) -> None:
    name, page, _ = await talking(desktop, screens)
    await desktop.line.wrap_up(name)
    await desktop.line.runs_out(name, 300)
    tick = page.locator(".state time[data-until]")
    await expect(tick).to_have_text(re.compile(r"^[45]:"))
    await page.get_by_label("Lugar").fill("Calle 34")
    await desktop.line.runs_out(name, 12)
    await expect(tick).to_have_text(re.compile(r"^0:1"))
    more = api.SetState(agent=name, state=api.AgentState.WRAP_UP)
    assert more not in desktop.line.heard
    await page.get_by_label("Descripción").focus()
    await page.keyboard.type("Frente a la escuela")
    await until(lambda: _so(more in desktop.line.heard))
    await desktop.line.become(name, api.AgentState.READY, call=None)
    await page.keyboard.type(", y al parque")
    await expect(page.get_by_label("Descripción")).to_have_value("Frente a la escuela, y al parque")


async def test_an_unconfirmed_case_stays_on_the_desk_until_it_is_cleared(desktop: House, screens: Screens) -> None:
    name, page, _ = await talking(desktop, screens)
    await page.get_by_label("Asunto").fill("Fuga")
    await desktop.line.become(name, api.AgentState.READY, call=None)
    await expect(page.locator(".phase")).to_contain_text("Llamada terminada")
    await expect(page.get_by_label("Asunto")).to_have_value("Fuga")
    await page.get_by_role("button", name="Despejar el puesto").click()
    await expect(page.locator(".call.idle")).to_be_visible()


async def test_ending_with_an_unconfirmed_case_asks_once_and_the_second_press_does_it(
    desktop: House, screens: Screens
) -> None:
    name, page, call = await talking(desktop, screens)
    asked = page.locator("#message")
    await expect(asked).to_be_empty()
    await page.get_by_role("button", name="Dar el número y terminar").click()
    await expect(asked).to_have_text(question("Dar el número y terminar"))
    await desktop.line.show(name, msgspec.structs.replace(call, phase=api.Phase.TALKING, waited=60.0))
    await expect(page.locator(".facts")).to_contain_text("1:00")
    await expect(asked).to_have_text(question("Dar el número y terminar"))
    await page.get_by_role("button", name="Añadir caso").click()
    await expect(page.locator(".card")).to_have_count(2)
    await expect(asked).to_be_empty()
    await page.keyboard.press("F9")
    await expect(asked).to_have_text(question("Dar el número y terminar", f"{SHOWN}, 26 0000 0014"))
    assert ends(desktop, name) == []
    await page.keyboard.press("F9")
    await until(lambda: _so(ends(desktop, name) == [call.id]))


async def test_ending_with_every_case_confirmed_does_not_ask(desktop: House, screens: Screens) -> None:
    name, page, call = await talking(desktop, screens)
    await page.get_by_role("button", name="Dar el número y terminar").click()
    await expect(page.locator("#message")).to_have_text(question("Dar el número y terminar"))
    await fill(page)
    await page.get_by_role("button", name="Confirmar caso").click()
    await expect(page.locator("#message")).to_be_empty()
    await page.reload()
    await page.wait_for_selector("[data-phase=talking]")
    await page.get_by_role("button", name="Dar el número y terminar").click()
    await until(lambda: _so(ends(desktop, name) == [call.id]))


async def test_the_agent_gives_the_number_by_a_key_wherever_the_cursor_is(desktop: House, screens: Screens) -> None:
    name, page, call = await talking(desktop, screens)
    await page.get_by_label("Descripción").focus()
    await page.keyboard.press("F9")
    await page.keyboard.press("F9")

    async def told() -> bool:
        return api.EndPart(agent=name, call=call.id) in desktop.line.heard

    await until(told)


async def test_a_call_becomes_anonymous_only_after_a_second_press(desktop: House, screens: Screens) -> None:
    name, page, call = await talking(desktop, screens)
    await page.get_by_text("Hacer anónima la llamada").click()
    assert not any(isinstance(one, api.MakeAnonymous) and one.agent == name for one in desktop.line.heard)
    await page.get_by_role("button", name="Sí, hacerla anónima").click()
    await expect(page.locator(".caller-number")).to_have_text("Anónimo")
    (asked,) = [one for one in desktop.line.heard if isinstance(one, api.MakeAnonymous) and one.agent == name]
    assert asked.call == call.id


async def test_another_matter_gets_one_card_of_its_own(desktop: House, screens: Screens) -> None:
    _, page, _ = await talking(desktop, screens)
    await page.get_by_label("Asunto").fill("Fuga")
    await page.locator("#add-type").select_option("idea")
    await page.get_by_role("button", name="Añadir caso").click()
    await expect(page.locator(".card")).to_have_count(2)
    second = page.locator(f"#card-{desktop.line.added}")
    await expect(second.get_by_role("radio", name="Idea")).to_be_checked()
    await expect(page.locator(f"#card-{DRAFT}").get_by_label("Asunto")).to_have_value("Fuga")
    await page.reload()
    await expect(page.locator(".card")).to_have_count(2)


async def test_a_mistyped_number_is_not_linked(desktop: House, screens: Screens) -> None:
    name, page, _ = await talking(desktop, screens)
    assert not is_well_formed("2640713352")
    await page.get_by_label("Número", exact=True).fill("26 4071 3352")
    await page.get_by_role("button", name=f"Anular {SHOWN} y vincular").click()
    await expect(page.locator(".link .told")).to_have_text("Ese número no es válido. Revise los diez dígitos.")
    assert not any(isinstance(one, api.LinkCase) and one.agent == name for one in desktop.line.heard)
