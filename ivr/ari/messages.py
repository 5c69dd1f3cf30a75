"""Every message that may come from Asterisk, and how one is read.

Besides the generated events: `UnknownEvent` stands for those of a newer Asterisk, `RESTResponse` is the
answer to a request over the WebSocket (the client keeps it to itself). `moment` reads Asterisk's times.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, Union

import msgspec

from .errors import Unreadable
from .generated.events import EVENTS, Event
from .reading import Reader

log = logging.getLogger(__name__)


class UnknownEvent(Event, frozen=True, gc=False, kw_only=True):
    """An event that this client has no struct for, or one that does not fit its struct."""

    name: str = ""
    """Its `type`."""
    raw: dict[str, Any] = msgspec.field(default_factory=dict)
    """All that it held, as it came."""


class RESTResponse(Event, frozen=True, gc=False, kw_only=True):
    """The answer to one request over the WebSocket."""

    request_id: str = ""
    status_code: int = 0
    reason_phrase: str = ""
    message_body: str | None = None


_MESSAGE: Reader[Event] = Reader(Union[(*EVENTS, RESTResponse)])


def decode_message(data: bytes | str) -> Event:
    """One message of the WebSocket. Never raises: what cannot be read comes as `UnknownEvent`."""
    try:
        return _MESSAGE.read(data)
    except Unreadable as error:
        log.debug("an event without a struct: %s", error)
    try:
        raw = msgspec.json.decode(data)
    except msgspec.MsgspecError:
        raw = {"unreadable": data if isinstance(data, str) else data.decode(errors="replace")}
    if not isinstance(raw, dict):
        raw = {"unreadable": raw}
    return UnknownEvent(
        name=str(raw.get("type", "")),
        application=str(raw.get("application", "")),
        timestamp=str(raw.get("timestamp", "")),
        raw=raw,
    )


def moment(timestamp: str) -> datetime:
    """Asterisk's time, such as `2026-11-24T16:12:00.000+0000`, as an aware datetime, or ValueError."""
    return datetime.fromisoformat(timestamp)
