"""A call's story in words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from centre import story

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
        "10:00:09  +   7.0 s  End of the call: abandoned.",
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
    assert story.sentence(line(0, "new thing", agent="ana", waited=1.25), "es") == "new thing agent=ana waited=1.2"


def test_a_script_that_raised_is_told_by_the_last_line_of_its_error() -> None:
    told = story.sentence(line(0, "script", exception="Traceback …\nValueError: no such step"), "en")
    assert told == "An error in the script: ValueError: no such step"


def test_both_languages_tell_the_same_events() -> None:
    with (Path(story.__file__).parent / "texts" / "story.yaml").open() as file:
        texts = yaml.safe_load(file)
    assert set(texts["es"]) == set(texts["en"])


def test_a_call_that_nobody_logged_has_no_story() -> None:
    assert story.story([line(0, "queued")], "n1-other", "es") == []
