"""The case form between page, process and `line`: what was sent, what is shown, and the id of one press."""

from __future__ import annotations

import dataclasses
import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from agent_desktop import formats
from agent_desktop.catalogue import Catalogue
from agent_desktop.workplaces import Saved, Workplace
from crm_core.domain.case import CaseState, CaseType
from crm_core.entries import CaseForm
from crm_core.services.cases import CaseDetail
from crm_core.services.catalogue import ServiceView
from ivr.api import CaseView

TYPES = tuple(kind.value for kind in CaseType)
LONGEST = {"subject": 200, "description": 8000, "place": 300, "reporter_name": 120}
"""Characters of each field; more is cut, as the page's own fields do."""
CONFIRMS, CHANGES = "1", "change"
"""What the buttons send as `confirm`, beside the one that keeps a draft."""


class Unfinished(Exception):
    """The form cannot be sent as it is; the text is a catalogue key."""


def read(sent: Mapping[str, Any], catalogue: Catalogue) -> CaseForm:
    """The form as it was sent by a page. Raises `Unfinished`."""
    kind = str(sent.get("type", ""))
    if kind not in TYPES:
        raise Unfinished("card.no_type")
    written = str(sent.get("institution", "")).strip()
    institution = catalogue.code_of(written)
    if written and institution is None:
        raise Unfinished("card.unknown_institution")
    service = str(sent.get("service", "")) or None
    if service not in {known.code for known in catalogue.services(institution)}:
        service = None
    texts = {name: str(sent.get(name, "")).strip()[:longest] for name, longest in LONGEST.items()}
    confirm = sent.get("confirm") in (CONFIRMS, CHANGES)
    if confirm and not texts["subject"]:
        raise Unfinished("card.no_subject")
    return CaseForm(type=kind, institution=institution, service=service, confirm=confirm, **texts)


def form_of(case: CaseDetail) -> CaseForm:
    """The form as the database has it."""
    return CaseForm(
        type=case.type or "",
        institution=case.institution,
        service=case.service,
        subject=case.subject,
        description=case.description,
        place=case.place,
        reporter_name=case.reporter_name,
        confirm=case.state == CaseState.NEW,
    )


def saved_of(case: CaseDetail) -> Saved | None:
    """What an agent last saved of the case; None where the database has not heard of it yet."""
    saves = [line.at for line in case.history if line.agent and line.what in ("saved", "confirmed")]
    return Saved(form_of(case), clock(saves[-1])) if saves else None


def entry_of(press: str, number: str, form: CaseForm) -> str:
    """The entry's id: the same press with the same content is one entry, however often it is sent.

    `press` is a UUID that the page renews once it was told "saved"; what was changed after a failure is another entry.
    ValueError where it is no UUID.
    """
    content = number.encode() + b" " + msgspec.json.encode(form, order="sorted")
    return str(uuid.uuid5(uuid.UUID(press), content.hex()))


def version(form: CaseForm) -> str:
    """Marks what a page was given: text kept in a browser is put back only over what it was typed on."""
    return hashlib.sha256(msgspec.json.encode(form, order="sorted")).hexdigest()[:16]


def new_press() -> str:
    return str(uuid.uuid4())


@dataclasses.dataclass(frozen=True, kw_only=True)
class Card:
    """One case on the desk."""

    number: str
    call: str | None
    form: CaseForm
    institution_name: str
    services: list[ServiceView]
    linked: bool = False
    state: str = CaseState.DRAFT
    unread: bool = False
    """Something was saved, and the database has not told what: nothing may be saved over it."""
    outcome: str | None = None
    saved_at: str = ""
    press: str = dataclasses.field(default_factory=new_press)

    @property
    def version(self) -> str:
        return version(self.form)


def card(case: CaseView, call: str | None, workplace: Workplace, catalogue: Catalogue, language: str) -> Card:
    """The card of a case of a call, with what was last saved of it."""
    saved = workplace.saved.get(case.number)
    form = saved.form if saved else CaseForm(type=case.type or "")
    return Card(
        number=case.number,
        call=call,
        form=form,
        institution_name=catalogue.name(form.institution, language),
        services=catalogue.services(form.institution),
        linked=case.linked,
        unread=case.number in workplace.unread,
        state=CaseState.NEW if form.confirm else CaseState.DRAFT,
        outcome=("confirmed" if form.confirm else "kept") if saved else None,
        saved_at=saved.clock if saved else "",
    )


def clock(moment: datetime) -> str:
    return f"{moment.astimezone(formats.HERE):%H:%M:%S}"
