"""Calls that ended while nobody listened, found in Asterisk's event log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ivr.calls.cel import EventLog


def test_the_end_of_a_call_is_its_own_channels_end(tmp_path: Path) -> None:
    file = tmp_path / "cel.csv"
    file.write_text(
        "CHAN_START,1795535132.100000,n1-1.1,n1-1.1\n"
        "CHAN_END,1795535140.250000,n1-1.1-agent-1,n1-1.1\n"
        "CHAN_END,1795535150.500000,n1-1.1,n1-1.1\n"
        "CHAN_START,1795535151.000000,n1-1.2,n1-1.2\n"
    )
    log = EventLog(file)
    log.read_on()
    assert log.ended == {"n1-1.1": datetime.fromtimestamp(1795535150.5, UTC)}


def test_the_log_is_read_on_and_a_line_half_written_waits(tmp_path: Path) -> None:
    file = tmp_path / "cel.csv"
    file.write_text("CHAN_END,1795535150.5,n1-1.1,n1-1.1\nCHAN_END,17955351")
    log = EventLog(file)
    log.read_on()
    log.forget(["n1-1.1"])
    with file.open("a") as more:
        more.write("51.5,n1-1.2,n1-1.2\n")
    log.read_on()
    assert set(log.ended) == {"n1-1.2"}


def test_a_rotation_is_followed_and_the_one_before_is_read_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "cel.csv"
    (tmp_path / "cel.csv.1").write_text("CHAN_END,1795535150.5,n1-1.1,n1-1.1\n")
    file.write_text("CHAN_END,1795535151.5,n1-1.2,n1-1.2\n")
    log = EventLog(file)
    log.read_on()
    file.rename(tmp_path / "cel.csv.2")
    file.write_text("CHAN_END,1795535152.5,n1-1.3,n1-1.3\n")
    log.read_on()
    assert set(log.ended) == {"n1-1.1", "n1-1.2", "n1-1.3"}


def test_what_was_written_between_the_last_look_and_the_rotation_is_read(tmp_path: Path) -> None:
    file = tmp_path / "cel.csv"
    file.write_text("CHAN_END,1795535150.5,n1-1.1,n1-1.1\n")
    log = EventLog(file)
    log.read_on()
    with file.open("a") as more:
        more.write("CHAN_END,1795535151.5,n1-1.2,n1-1.2\n")
    file.rename(tmp_path / "cel.csv.1")
    file.write_text("CHAN_END,1795535152.5,n1-1.3,n1-1.3\n")
    log.read_on()
    assert set(log.ended) == {"n1-1.1", "n1-1.2", "n1-1.3"}


def test_a_line_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "cel.csv"
    file.write_bytes(b"CHAN_END,soon,n1-1.1,n1-1.1\n\xff\x00\nCHAN_END,1795535151.5,n1-1.2,n1-1.2\n")
    log = EventLog(file)
    log.read_on()
    assert set(log.ended) == {"n1-1.2"}


def test_without_a_log_nothing_is_known(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "cel.csv")
    log.read_on()
    assert log.ended == {}
