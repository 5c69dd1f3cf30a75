"""The names of what a call has in Asterisk: by them whoever comes after a restart knows what is whose.

A call's id is its caller's channel id, `<node>-<epoch>.<serial>`; what we create in it is `<call>-<what>`.
"""

from __future__ import annotations

LEG = "-agent-"


def call_of(thing: str) -> str | None:
    """The call that a channel, bridge, playback or recording belongs to, by its id; None for what is not ours."""
    head, dot, rest = thing.partition(".")
    serial, _, _ = rest.partition("-")
    return f"{head}.{serial}" if dot and serial.isdigit() else None


def is_made_by_us(thing: str) -> bool:
    """Whether its id is a call's with something behind it."""
    call = call_of(thing)
    return call is not None and call != thing


def leg(call: str, number: int) -> str:
    """The channel of the agent who is rung as the call's `number`th."""
    return f"{call}{LEG}{number}"


def leg_number(channel: str) -> int | None:
    """Which leg of its call this channel is; None where it is no leg."""
    _, found, number = channel.rpartition(LEG)
    return int(number) if found and number.isdigit() else None


def offer(call: str, number: int) -> str:
    """The offer that this leg is rung for, as the agent's page knows it."""
    return f"{call}-{number}"


def bridge(call: str) -> str:
    return f"{call}-talk"


def playback(call: str, serial: int) -> str:
    return f"{call}-play-{serial}"


def side(call: str, listens: str) -> str:
    """The snoop channel on the caller's, and its recording. `in` is what the caller says, `out` what they hear."""
    return f"{call}-{listens}"


MESSAGE = "-message"


def message(call: str) -> str:
    """The recording of the caller's message."""
    return f"{call}{MESSAGE}"
