"""How commands are written, and what refusals become."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ari import (
    AriError,
    BadRequest,
    Closed,
    Conflict,
    Failed,
    Forbidden,
    InvalidState,
    Lost,
    NotConnected,
    NotFound,
    NotInStasis,
    Replaced,
    ServerFailed,
    Timeout,
    Unprocessable,
)
from ivr.ari.backoff import Backoff
from ivr.ari.commands import Value, pairs, part
from ivr.ari.errors import failure, message_in
from ivr.ari.generated import Commands
from ivr.ari.hearing import happens


class Written(Commands):
    """Commands that are written down instead of sent."""

    def __init__(self) -> None:
        super().__init__(self._write)
        self.sent: list[tuple[str, str, list[tuple[str, str]], Any, bool]] = []

    async def _write(
        self,
        method: str,
        path: str,
        query: Mapping[str, Value],
        body: Any = None,
        *,
        slow: bool = False,
        within: float | None = None,
    ) -> bytes | str:
        self.sent.append((method, path, pairs(query), body, slow))
        return "{}"


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "Missing parameter", BadRequest),
        (401, "Unauthorized", Forbidden),
        (403, "Forbidden", Forbidden),
        (404, "Channel not found", NotFound),
        (409, "Channel not in a Stasis application", NotInStasis),
        (409, "Bridge with the same bridgeId already exists", Conflict),
        (412, "Channel in invalid state", InvalidState),
        (422, "Channel not in Stasis application", NotInStasis),
        (422, "Unknown technology", Unprocessable),
        (500, "Allocation failed", ServerFailed),
        (503, "Asterisk not booted", ServerFailed),
        (418, "I'm a teapot", Failed),
    ],
)
def test_a_refusal_is_told_by_its_status_and_words(status: int, reason: str, kind: type[Failed]) -> None:
    error = failure(status, reason, "POST channels/x/answer")
    assert type(error) is kind
    assert (error.status, error.reason) == (status, reason)
    assert str(error) == f"POST channels/x/answer: {status} {reason}"


def test_whoever_catches_lost_catches_every_way_of_having_no_connection() -> None:
    assert all(issubclass(kind, Lost) for kind in (NotConnected, Replaced, Closed))
    assert issubclass(Timeout, TimeoutError)
    assert all(issubclass(kind, AriError) for kind in (Failed, Lost, Timeout))


@given(st.text(min_size=1))
def test_an_id_of_any_characters_is_one_part_of_the_path(identifier: str) -> None:
    try:
        written = part(identifier)
    except UnicodeEncodeError:
        return
    assert not set(written) & set("/?#; ")
    assert unquote(written) == identifier


def test_parameters_are_written_as_asterisk_reads_them() -> None:
    query: dict[str, Value] = {"a": True, "b": False, "c": None, "d": 0, "e": ["x", "y"], "f": "p,q", "g": ""}
    assert pairs(query) == [("a", "true"), ("b", "false"), ("d", "0"), ("e", "x,y"), ("f", "p,q"), ("g", "")]
    with pytest.raises(ValueError, match="commas"):
        pairs({"media": ["sound:a,b", "sound:c"]})


async def test_small_commands_are_quick_and_large_ones_slow() -> None:
    client = Written()
    await client.channels.answer("n1-1")
    await client.playbacks.stop("p")
    await client.bridges.add_channel("b", channel=["x", "y"], mute=True)
    assert not any(slow for *_, slow in client.sent)
    assert client.sent[2][:3] == ("POST", "bridges/b/addChannel", [("channel", "x,y"), ("mute", "true")])
    client.sent.clear()
    await client.endpoints.send_message(to="pjsip:a", from_="pjsip:b", variables={"X": "1"})
    await client.recordings.get_stored_file("r")
    await client.asterisk.reload_module("res_pjsip.so")
    assert all(slow for *_, slow in client.sent)
    assert client.sent[0][3] == {"variables": {"X": "1"}}
    assert client.sent[0][2] == [("to", "pjsip:a"), ("from", "pjsip:b")]


def test_the_reason_of_a_refusal_is_asterisks_own() -> None:
    assert message_in('{"message": "Channel not found"}') == "Channel not found"
    assert message_in(b"<html>") == message_in("") == message_in("[]") == ""


def test_waits_double_up_to_the_longest_with_jitter() -> None:
    backoff = Backoff(0.1, 3.0)
    waits = [backoff.wait() for _ in range(20)]
    assert 0.05 <= waits[0] <= 0.1
    assert all(1.5 <= wait <= 3.0 for wait in waits[6:])
    assert len(set(waits)) == 20
    backoff.reset()
    assert backoff.wait() <= 0.1


async def test_the_loops_own_standstill_is_nobodys_silence() -> None:
    answered = asyncio.Event()

    async def stand_still() -> None:
        time.sleep(1.5)  # noqa: ASYNC251
        asyncio.get_running_loop().call_later(0.1, answered.set)

    still = asyncio.create_task(stand_still())
    assert await happens(answered.is_set, 1.0)
    await still
