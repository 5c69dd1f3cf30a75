"""Calls that ended while nobody listened, found in Asterisk's event log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ivr.calls.accounts import ended_at


def test_the_end_of_a_call_is_its_own_channels_end(tmp_path: Path) -> None:
    log = tmp_path / "cel.csv"
    log.write_text(
        "CHAN_START,1795535132.100000,n1-1.1,n1-1.1\n"
        "CHAN_END,1795535140.250000,n1-1.1-agent-1,n1-1.1\n"
        "CHAN_END,1795535150.500000,n1-1.1,n1-1.1\n"
        "CHAN_START,1795535151.000000,n1-1.2,n1-1.2\n"
    )
    assert ended_at(log, ["n1-1.1", "n1-1.2"]) == {"n1-1.1": datetime.fromtimestamp(1795535150.5, UTC)}


def test_an_older_log_is_read_too_and_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "cel.csv.1").write_text("CHAN_END,1795535150.500000,n1-1.1,n1-1.1\n")
    (tmp_path / "cel.csv").write_text("CHAN_END,17955351\n")
    assert set(ended_at(tmp_path / "cel.csv", ["n1-1.1"])) == {"n1-1.1"}


def test_without_a_log_nothing_is_known(tmp_path: Path) -> None:
    assert ended_at(tmp_path / "cel.csv", ["n1-1.1"]) == {}
