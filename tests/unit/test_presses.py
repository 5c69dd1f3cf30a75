"""Reports of keys as Asterisk 22.10.1 gave them (milliseconds), and the keys that had been sent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ivr.ari import events, models
from ivr.calls.presses import OVERDUE_SECONDS, Presses

AT = datetime(2026, 11, 27, tzinfo=UTC)
CHANNEL = models.Channel(
    id="n1-1.1",
    name="PJSIP/anonymous-1",
    state="Up",
    protocol_id="",
    caller=models.CallerID(name="", number=""),
    connected=models.CallerID(name="", number=""),
    accountcode="",
    dialplan=models.DialplanCEP(context="", exten="", priority=1, app_name="", app_data=""),
    creationtime="",
    language="es",
)


def report(presses: Presses, lasts: int, *reports: tuple[str, int]) -> None:
    for digit, at in reports:
        presses.report(
            events.ChannelDtmfReceived(
                application="centro311",
                timestamp=(AT + timedelta(milliseconds=at)).isoformat(),
                digit=digit,
                duration_ms=lasts,
                channel=CHANNEL,
            )
        )


def counted(lasts: int, *reports: tuple[str, int]) -> str:
    keys: list[str] = []
    report(Presses(keys.append), lasts, *reports)
    return "".join(keys)


@pytest.mark.parametrize(
    ("sent", "lasts", "reports"),
    [
        ("12", 160, [("1", 0), ("2", 1), ("2", 125)]),
        ("123", 160, [("1", 0), ("2", 0), ("2", 125), ("3", 125), ("3", 330)]),
        ("1234", 160, [("1", 0), ("2", 0), ("2", 125), ("3", 125), ("3", 330), ("4", 330), ("4", 535)]),
        ("55", 160, [("5", 0), ("5", 0), ("5", 125)]),
        ("155", 160, [("1", 0), ("5", 0), ("5", 125), ("5", 125), ("5", 330)]),
        ("551", 160, [("5", 0), ("5", 0), ("5", 125), ("1", 125), ("1", 330)]),
        ("12747", 180, [("1", 0), ("2", 1), ("2", 119), ("7", 182), ("7", 345), ("4", 500), ("4", 572), ("7", 864)]),
        ("5598", 180, [("5", 0), ("5", 0), ("5", 122), ("9", 201), ("9", 358), ("8", 557), ("8", 583)]),
    ],
)
async def test_keys_that_come_in_one_moment_count_once_each(
    sent: str, lasts: int, reports: list[tuple[str, int]]
) -> None:
    assert counted(lasts, *reports) == sent


@pytest.mark.parametrize("apart", [130, 150, 170, 400])
async def test_the_same_key_time_after_time_counts_each_time(apart: int) -> None:
    assert counted(100, *(("5", number * apart) for number in range(10))) == "5" * 10


async def test_a_key_that_was_put_off_and_never_came_counts_in_the_end() -> None:
    keys: asyncio.Queue[str] = asyncio.Queue()
    report(Presses(keys.put_nowait), 160, ("1", 0), ("2", 1))
    async with asyncio.timeout(OVERDUE_SECONDS * 20):
        assert [await keys.get(), await keys.get()] == ["1", "2"]
