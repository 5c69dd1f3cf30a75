"""What every kind of step has, and a question with one key for an answer."""

from __future__ import annotations

from collections.abc import Container
from typing import ClassVar

import msgspec

from ivr.calls.call import Call
from ivr.flow.visit import Visit

TRIES = 3


class Step(msgspec.Struct, kw_only=True, tag_field="kind"):
    ends: ClassVar[bool] = False
    """True where the call may end after this step."""

    def leads_to(self) -> list[str]:
        """The steps that this one can go to."""
        raise NotImplementedError

    async def take(self, visit: Visit) -> str | None:
        """Do the step, from its beginning or again after a restart. The next step's id; None for the flow's default."""
        raise NotImplementedError


async def choose(call: Call, *pieces: str, keys: Container[str]) -> str | None:
    """Ask for one of these keys. `*` repeats; wrong or missing answers get two more tries, then None."""
    while call.state.tries < TRIES:
        key = await call.ask(*pieces)
        if key == "*":
            continue
        if key and key in keys:
            return key
        await missed(call)
        if call.state.tries < TRIES:
            await call.say("error.invalid" if key else "error.timeout")
    await call.say("error.to_agent")
    return None


async def missed(call: Call) -> None:
    """Count a wrong or missing answer. What was keyed behind it was meant for other questions."""
    call.sound.forget_keys()
    await call.keep(tries=call.state.tries + 1)
