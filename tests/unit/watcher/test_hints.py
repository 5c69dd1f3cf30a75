"""Commands that sentences recommend reach the centre that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from centre.hints import USUAL, hint
from config.settings import CHECKOUT


def test_the_folder_is_named_unless_a_command_finds_it_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(USUAL, raising=False)
    assert hint("up", CHECKOUT / "data") == "./centro311 up"
    assert hint("logs watcher", Path("/srv/a centre")) == "./centro311 logs watcher --data '/srv/a centre'"


def test_the_folder_of_the_person_s_environment_needs_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USUAL, "/srv/centre")
    assert hint("status", Path("/srv/centre")) == "./centro311 status"
    assert hint("status", CHECKOUT / "data") == f"./centro311 status --data {CHECKOUT / 'data'}"
