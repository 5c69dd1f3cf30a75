"""A case's form between page and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import create_async_engine

from agent_desktop.catalogue import Catalogue
from agent_desktop.desk.forms import LONGEST, TYPES, Unfinished, entry_of, new_press, read
from crm_core.entries import CaseForm
from crm_core.services.catalogue import InstitutionView, ServiceView

WATER = InstitutionView(
    code="idaan",
    name={"es": "Instituto de Acueductos, IDAAN", "en": "Water Institute, IDAAN"},
    services=[ServiceView(code="leak", name={"es": "Fuga", "en": "Leak"}, days=5)],
)
SCHOOLS = InstitutionView(
    code="meduca", name={"es": "Ministerio de Educación", "en": "Ministry of Education"}, services=[]
)
HEALTH = InstitutionView(code="minsa", name={"es": "Ministerio de Salud", "en": "Ministry of Health"}, services=[])
TEXT = st.text(max_size=40)
FORMS = st.builds(CaseForm, type=st.sampled_from(TYPES), subject=TEXT, description=TEXT, confirm=st.booleans())


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    made = Catalogue(create_async_engine("postgresql://nobody@/nowhere"), tmp_path / "catalogue.json")
    made.take([WATER, SCHOOLS, HEALTH])
    return made


@pytest.mark.parametrize(
    "written", ["idaan", "IDAAN", " instituto de acueductos, idaan ", "Water Institute, IDAAN", "acueductos"]
)
def test_an_institution_is_known_by_code_name_or_a_part_of_one_name(catalogue: Catalogue, written: str) -> None:
    assert catalogue.code_of(written) == "idaan"


def test_accents_and_case_do_not_matter(catalogue: Catalogue) -> None:
    assert catalogue.code_of("MINISTERIO DE EDUCACION") == "meduca"


def test_what_two_institutions_share_is_neither_yet_but_may_become_one(catalogue: Catalogue) -> None:
    assert catalogue.code_of("ministerio de") is None
    assert catalogue.may_become("ministerio de")
    assert not catalogue.may_become("ministerio de la magia")


def test_a_service_of_another_institution_is_left_out(catalogue: Catalogue) -> None:
    form = read({"type": "complaint", "institution": "minsa", "service": "leak"}, catalogue)
    assert (form.institution, form.service) == ("minsa", None)


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({}, "card.no_type"),
        ({"type": "rumour"}, "card.no_type"),
        ({"type": "idea", "institution": "magia"}, "card.unknown_institution"),
        ({"type": "idea", "confirm": "1", "subject": "  "}, "card.no_subject"),
    ],
)
def test_what_is_missing_is_named(catalogue: Catalogue, sent: dict[str, str], why: str) -> None:
    with pytest.raises(Unfinished, match=why):
        read(sent, catalogue)


@given(length=st.integers(0, 20_000))
def test_no_field_is_longer_than_its_limit(length: int) -> None:
    empty = Catalogue(create_async_engine("postgresql://nobody@/nowhere"), Path("unused"))
    form = read({"type": "idea", **dict.fromkeys(LONGEST, "x" * length)}, empty)
    assert all(len(getattr(form, name)) <= longest for name, longest in LONGEST.items())


@given(FORMS, FORMS)
def test_a_press_with_the_same_content_is_one_entry_and_no_other(one: CaseForm, other: CaseForm) -> None:
    press, number = new_press(), "2640713351"
    assert entry_of(press, number, one) == entry_of(press, number, one)
    assert (entry_of(press, number, one) == entry_of(press, number, other)) == (one == other)
    assert entry_of(press, number, one) != entry_of(new_press(), number, one)
    assert entry_of(press, number, one) != entry_of(press, "2600000014", one)
