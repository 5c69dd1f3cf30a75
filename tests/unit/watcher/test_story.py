"""A call's story in words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from centre import story
from config.settings import CHECKOUT

CALL = "n1-1764000000.1"


def line(second: float, event: str, **fields: object) -> dict[str, object]:
    return {"at": f"2026-11-24T15:00:{second:09.6f}Z", "event": event, "level": "info", "call": CALL, **fields}


def test_a_call_is_told_in_order_with_the_time_of_day_in_panama() -> None:
    told = story.story(
        [
            line(7.5, "choice", choice="complaint", case="2640713351"),
            line(2.0, "language", language="en"),
            line(9.0, "ended", outcome="abandoned"),
            {**line(3.0, "queued", queue="general"), "call": "n1-another"},
        ],
        CALL,
        "en",
    )
    assert told == [
        "10:00:02  +   0.0 s  Chooses the language: en.",
        "10:00:07  +   5.5 s  Asks for 'complaint'; case 2640713351 is opened.",
        "10:00:09  +   7.0 s  End of the call: the caller waited no longer.",
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"found": True, "case": "2640713351"}, "Looks up case 2640713351."),
        ({"found": False}, "Looks up a case that does not exist."),
        ({"available": False}, "The case could not be looked up: the database does not answer."),
    ],
)
def test_one_event_is_told_by_what_came_of_it(fields: dict[str, object], told: str) -> None:
    assert story.sentence(line(0, "looked-up", **fields), "en") == told


def test_an_event_without_a_sentence_is_told_as_it_is() -> None:
    fields = {"agent": "ana", "waited": 1.25, "reason": None, "from": "line"}
    assert story.sentence(line(0, "new thing", **fields), "es") == "new thing agent=ana waited=1.2"


def test_a_script_that_raised_is_told_by_the_last_line_of_its_error() -> None:
    told = story.sentence(line(0, "script", exception="Traceback …\nValueError: no such step"), "en")
    assert told == "An error in the script: ValueError: no such step"


def test_a_call_that_fell_with_the_exchange_is_told_so() -> None:
    fell = {"at": "2026-11-24T15:00:04Z", "event": "ended", "part": "asterisk", "code": -9}
    lines = [line(1, "let go"), fell, line(6, "ended", outcome="answered"), {**fell, "at": "2026-11-24T15:01:00Z"}]
    told = [row.partition(" s  ")[2] for row in story.story(lines, CALL, "en")]
    assert told == [
        "The line lets go of the call without touching it.",
        "The exchange (Asterisk) falls: the calls that it held are cut off.",
        "End of the call: an agent answered it.",
    ]
    closed = story.sentence(line(9, "closed from the log", outcome="answered", recorded=False), "en")
    assert closed == "Cut off when the exchange (Asterisk) fell, which left no record of its end."


OF_A_CALLS_TASK = {
    *("agent", "prompt missing", "clean-up", "asked line", "asked line in vain"),
    *("journal refuses", "journal stands still"),
}
"""Logged with a call that is bound elsewhere, or by another command."""


def events_of_a_call() -> set[str]:
    """Every event that `ivr`, or the watcher for it, notes of a call or logs with its id."""
    found = set(OF_A_CALLS_TASK)
    for file in [CHECKOUT / "centre/stranded.py", *(CHECKOUT / "ivr").rglob("*.py")]:
        for each in ast.walk(ast.parse(file.read_text())):
            if not isinstance(each, ast.Call) or not isinstance(each.func, ast.Attribute) or not each.args:
                continue
            kind, of = each.func.attr, each.func.value
            logged = kind in ("debug", "info", "warning", "error", "exception")
            of_call = isinstance(of, ast.Attribute) and of.attr in ("log", "_log")
            if kind == "note" or (logged and (of_call or any(word.arg == "call" for word in each.keywords))):
                found |= {
                    part.value
                    for part in ast.walk(each.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return found


@pytest.mark.parametrize("language", story.LANGUAGES)
def test_every_event_of_a_call_has_a_sentence(language: str) -> None:
    told = yaml.safe_load((Path(story.__file__).parent / "texts" / "story.yaml").read_text())[language]
    events = events_of_a_call()
    assert {"queued", "requeued", "telephone vanished", "closed from the log"} <= events
    assert events - set(told) == set()


def test_every_sentence_is_of_an_event() -> None:
    told = yaml.safe_load((Path(story.__file__).parent / "texts" / "story.yaml").read_text())["en"]
    of_parts = {f"ended part={part}" for part in story.FALLING}
    assert {one for one in told if not one.startswith(tuple(events_of_a_call()))} - of_parts == set()


def test_both_languages_tell_the_same_events() -> None:
    with (Path(story.__file__).parent / "texts" / "story.yaml").open() as file:
        texts = yaml.safe_load(file)
    assert set(texts["es"]) == set(texts["en"])


def test_a_call_that_nobody_logged_has_no_story() -> None:
    assert story.story([line(0, "queued")], "n1-other", "es") == []
