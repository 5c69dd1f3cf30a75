"""Reading what Asterisk sends: known, unknown, incomplete, and not even JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ari import UnknownEvent, Unreadable, moment
from ivr.ari.generated.events import EVENTS, ChannelDtmfReceived, ChannelHold, Event, StasisStart
from ivr.ari.generated.models import Channel, Playback
from ivr.ari.messages import RESTResponse, decode_message
from ivr.ari.reading import Reader

CHANNEL = {
    "id": "n1-1",
    "name": "PJSIP/x-1",
    "state": "Up",
    "caller": {"name": "", "number": "60000000"},
    "connected": {"name": "", "number": ""},
    "dialplan": {"context": "c", "exten": "311", "priority": 2, "app_name": "Stasis", "app_data": "a"},
    "creationtime": "2026-11-24T16:48:59.052+0000",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NEW_NAMES = st.text(min_size=1, max_size=5).map(lambda name: f"new {name}")


def start(**more: Any) -> dict[str, Any]:
    return {"type": "StasisStart", "application": "a", "timestamp": "t", "args": ["caller"], "channel": CHANNEL, **more}


def test_a_known_event_is_its_struct() -> None:
    event = decode_message(json.dumps(start()))
    assert isinstance(event, StasisStart)
    assert event.args == ("caller",)
    assert event.channel.caller.number == "60000000"


def test_an_unknown_event_keeps_its_name_and_all_that_it_held() -> None:
    sent = {"type": "ChannelTeleported", "application": "a", "timestamp": "t", "where": {"to": ["x"]}}
    event = decode_message(json.dumps(sent))
    assert isinstance(event, UnknownEvent)
    assert (event.name, event.application, event.timestamp) == ("ChannelTeleported", "a", "t")
    assert event.raw == sent


@given(
    st.dictionaries(st.text(min_size=1).filter(lambda name: not hasattr(StasisStart, name) and name != "type"), JSON)
)
def test_unknown_fields_are_passed_over(more: dict[str, Any]) -> None:
    assert decode_message(json.dumps(start(channel=CHANNEL | {"new": more}, **more))) == decode_message(
        json.dumps(start())
    )


def test_a_field_that_is_missing_or_null_is_empty() -> None:
    bare = {"id": "n1-1", **{name: CHANNEL[name] for name in ("caller", "connected", "dialplan")}}
    event = decode_message(json.dumps(start(channel=bare | {"language": None, "accountcode": None})))
    assert isinstance(event, StasisStart)
    assert (event.channel.language, event.channel.protocol_id, event.channel.channelvars) == ("", "", {})


def test_a_known_event_of_another_shape_is_unknown_and_not_lost() -> None:
    event = decode_message(json.dumps(start(channel="n1-1")))
    assert isinstance(event, UnknownEvent)
    assert event.raw["channel"] == "n1-1"


@given(st.binary() | st.text() | JSON.map(json.dumps))
def test_nothing_that_arrives_raises(data: bytes | str) -> None:
    assert isinstance(decode_message(data), Event)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_goes_by_its_own_name(kind: type[Event]) -> None:
    assert kind.__struct_config__.tag == kind.__name__


def test_an_answer_is_told_from_an_event() -> None:
    answer = decode_message('{"type":"RESTResponse","request_id":"7","status_code":204,"reason_phrase":"No Content"}')
    assert isinstance(answer, RESTResponse)
    assert (answer.request_id, answer.status_code, answer.message_body) == ("7", 204, None)


def test_an_answer_of_another_shape_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        Reader(Playback).read(b'["no playback"]')
    with pytest.raises(Unreadable):
        Reader(Playback).read(b"<html>")


def test_what_is_read_is_written_back_the_same() -> None:
    channel = Reader(Channel).read(json.dumps(CHANNEL))
    assert msgspec.json.decode(msgspec.json.encode(channel), type=Channel) == channel


def test_times_are_aware() -> None:
    read = moment("2026-11-24T11:48:59.052-0500")
    assert read == datetime(2026, 11, 24, 16, 48, 59, 52000, UTC)
    assert read.utcoffset() == timedelta(hours=-5)


def test_digits_and_holds_have_their_fields() -> None:
    digit = decode_message(
        json.dumps({"type": "ChannelDtmfReceived", "digit": "#", "duration_ms": 90, "channel": CHANNEL})
    )
    assert isinstance(digit, ChannelDtmfReceived)
    assert (digit.digit, digit.duration_ms) == ("#", 90)
    hold = decode_message(json.dumps({"type": "ChannelHold", "channel": CHANNEL, "musicclass": None}))
    assert isinstance(hold, ChannelHold)
    assert hold.musicclass is None
