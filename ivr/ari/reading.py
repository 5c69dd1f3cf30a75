"""JSON from Asterisk into structs, tolerantly: no event is lost to a field or a type that we do not know.

The fast way is msgspec's typed decoder, which passes over unknown fields. Where it refuses, nulls are taken
out (other versions of Asterisk send null where the description promises text) and it is tried once more.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from .errors import Unreadable

T = TypeVar("T")


class Reader(Generic[T]):
    """Reads JSON of one known shape. Raises `Unreadable` where it is not of that shape."""

    __slots__ = ("_decoder",)

    def __init__(self, shape: Any) -> None:
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(shape)

    def read(self, data: bytes | str) -> T:
        try:
            return self._decoder.decode(data)
        except msgspec.MsgspecError as error:
            first = error
        try:
            return msgspec.convert(without_nulls(msgspec.json.decode(data)), self._decoder.type)
        except msgspec.MsgspecError:
            raise Unreadable(f"Asterisk sent something else than was expected: {first}") from first


def without_nulls(value: Any) -> Any:
    """The same JSON value without the members that are null."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(member) for member in value]
    return value
