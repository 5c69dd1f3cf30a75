"""The catalogues: the same keys in each, and every key that code and templates ask for."""

from __future__ import annotations

import re
import string
from pathlib import Path

import agent_desktop
from agent_desktop.desk.replies import FAILURES
from agent_desktop.desk.routes import TROUBLES
from agent_desktop.desk.view import PAUSES
from agent_desktop.install.routes import SYSTEMS
from agent_desktop.texts import LANGUAGES, catalogue
from crm_core.domain.case import CaseState, CaseType
from crm_core.domain.staff import Role
from crm_core.services.agents import PHONES
from ivr.api import AgentState, Phase

HOME = Path(agent_desktop.__file__).parent
ES = catalogue("es")


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_each_language_has_the_same_keys_with_the_same_values_to_fill_in() -> None:
    for language in LANGUAGES:
        other = catalogue(language)
        assert other.keys() == ES.keys()
        assert {key: names(text) for key, text in other.items()} == {key: names(text) for key, text in ES.items()}


def test_no_text_is_empty_or_left_in_the_other_language() -> None:
    assert all(text.strip() for language in LANGUAGES for text in catalogue(language).values())


def test_every_key_of_a_template_is_in_the_catalogue() -> None:
    asked = {
        key
        for template in HOME.rglob("templates/*.html")
        for key in re.findall(r"""\bt\(['"]([a-z0-9_.-]+)['"][,)]""", template.read_text())
    }
    assert len(asked) > 100
    assert asked - ES.keys() == set()


def test_every_key_of_the_code_is_in_the_catalogue() -> None:
    groups = {key.split(".")[0] for key in ES}
    asked = {
        key
        for module in HOME.rglob("*.py")
        for key in re.findall(r'"([a-z]+(?:\.[a-z_-]+)+)"', module.read_text())
        if key.split(".")[0] in groups and not key.startswith("event.")
    }
    assert len(asked) > 15
    assert asked - ES.keys() == set()


def test_every_value_that_a_page_names_has_a_word() -> None:
    wanted = {
        *(f"state.{one}" for one in AgentState),
        "state.no-telephone",
        *(f"phase.{one}" for one in Phase),
        *(f"type.{one}" for one in CaseType),
        *(f"case_state.{one}" for one in CaseState),
        *(f"role.{one}" for one in Role),
        *(f"floor.{one}" for one in PHONES),
        *(f"reason.{one}" for one in PAUSES),
        *(f"install.{one}" for one in SYSTEMS),
        *(f"install.{one}_steps" for one in SYSTEMS),
        *(f"desk.failed.{one}" for one in FAILURES),
        *(f"telephone.{one}" for one in TROUBLES),
    }
    assert wanted - ES.keys() == set()
