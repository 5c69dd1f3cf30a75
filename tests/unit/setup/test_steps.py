"""Steps of a set-up: skipped when done, side by side, and the first failure ends it."""

from __future__ import annotations

import io
import threading

import pytest

from centre.errors import Trouble
from centre.setup import own, steps
from centre.setup.show import Board, Say
from centre.setup.steps import Step


def board() -> Board:
    return Board(io.StringIO())


def test_what_is_done_is_not_run_again() -> None:
    ran: list[str] = []
    steps.run(
        [
            Step("one", lambda: True, lambda say: ran.append("one")),
            Step("two", lambda: False, lambda say: ran.append("two")),
        ],
        board(),
    )
    assert ran == ["two"]


def test_steps_that_do_not_wait_for_each_other_run_side_by_side() -> None:
    both = threading.Barrier(2, timeout=10)

    def meet(say: Say) -> None:
        both.wait()

    steps.run([Step("one", lambda: False, meet), Step("two", lambda: False, meet)], board())


def test_a_step_waits_for_those_before_it() -> None:
    ran: list[str] = []
    steps.run(
        [
            Step("second", lambda: False, lambda say: ran.append("second"), after=("first",)),
            Step("first", lambda: False, lambda say: ran.append("first")),
        ],
        board(),
    )
    assert ran == ["first", "second"]


def test_after_a_failure_nothing_new_begins() -> None:
    ran: list[str] = []

    def fail(say: Say) -> None:
        raise Trouble("no network")

    with pytest.raises(Trouble, match="no network"):
        steps.run(
            [
                Step("first", lambda: False, fail),
                Step("second", lambda: False, lambda say: ran.append("second"), after=("first",)),
            ],
            board(),
        )
    assert ran == []


def test_a_missing_right_is_a_sentence() -> None:
    def fail(say: Say) -> None:
        raise PermissionError(13, "Permission denied", "/srv/centre")

    with pytest.raises(Trouble, match=r"a right that this user has not \(/srv/centre\)"):
        steps.run([Step("unpacking", lambda: False, fail)], board())


def test_a_file_gets_plain_lines() -> None:
    out = io.StringIO()
    steps.run([Step("Certificates", lambda: False, lambda say: say("half"))], Board(out))
    began, ended = out.getvalue().splitlines()
    assert began == "  … Certificates"
    assert ended.startswith("  ✓ Certificates")


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ("Asterisk 22.10.1~dfsg+~cs6.17.60671434-1", (22, 10, 1)),
        ("postgres (PostgreSQL) 18.6 (Debian 18.6-3)", (18, 6)),
        ("nats-server: v2.15.1", (2, 15, 1)),
        ("eSpeak NG text-to-speech: 1.52.0  Data at: /usr/lib", (1, 52, 0)),
        ("nothing", None),
    ],
)
def test_a_program_s_version_is_read_from_its_own_words(told: str, version: tuple[int, ...] | None) -> None:
    assert own.numbers(told) == version
