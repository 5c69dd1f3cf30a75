"""What the generated groups of commands stand on: how one is handed over, how its parts are written.

A command is a method of a group (`client.channels.answer("id")`). It hands over an HTTP method, a path below
`/ari`, its parameters and perhaps a JSON body; the client sends that over the WebSocket or over HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

Value = str | int | float | bool | Sequence[str] | None
"""A parameter's value. None is left out; a sequence is sent as one comma-separated value."""


class Send(Protocol):
    """Carries one command to Asterisk and returns the body of its answer. Raises `AriError`."""

    async def __call__(
        self,
        method: str,
        path: str,
        query: Mapping[str, Value],
        body: Any = None,
        *,
        slow: bool = False,
        within: float | None = None,
    ) -> bytes | str: ...


class Group:
    """The commands of one resource of ARI."""

    __slots__ = ("_send",)

    def __init__(self, send: Send) -> None:
        self._send = send


def part(identifier: str) -> str:
    """An id as one part of a path. Endpoint names hold slashes, Local channels' ids semicolons."""
    return quote(identifier, safe="")


def body_of(**members: Any) -> dict[str, Any] | None:
    """A JSON body of those members that were given; None where none was."""
    given = {name: value for name, value in members.items() if value is not None}
    return given or None


def pairs(query: Mapping[str, Value]) -> list[tuple[str, str]]:
    """The parameters as they are sent: names and text, without those that were not given."""
    return [(name, _text(value)) for name, value in query.items() if value is not None]


def _text(value: str | int | float | bool | Sequence[str]) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    for item in value:
        if "," in item:
            raise ValueError(f"Asterisk separates the values of a list by commas: {item!r} cannot be one")
    return ",".join(value)
