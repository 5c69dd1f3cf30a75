"""One question to `line`, from a command that ends right after."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from centre.errors import Trouble
from centre.hints import hint
from config.settings import Settings
from ivr.api import Command, Reply
from ivr.bus import Away, Bus, OtherAnswer

Answer = TypeVar("Answer", bound=msgspec.Struct)


async def ask(settings: Settings, command: Command, kind: type[Answer]) -> Answer:
    """`line`'s answer. Trouble where nobody answers, or where the answer is an error."""
    bus = Bus(settings.nats, settings.bus)
    try:
        async with bus.once():
            answer = await bus.ask(command, kind)
    except Away as error:
        status = hint("status", settings.data)
        raise Trouble(f"The line does not answer: `{status}` shows whether the centre runs.") from error
    except OtherAnswer as error:
        raise _refused(settings, error.args[0]) from error
    if isinstance(answer, Reply) and not answer.ok:
        raise _refused(settings, answer.error)
    return answer


def _refused(settings: Settings, reason: str | None) -> Trouble:
    sentence = _SENTENCES.get(reason or "", f"The line refuses: {reason}.")
    return Trouble(sentence.format(agents=hint("agent list", settings.data)))


_SENTENCES = {
    "unknown-agent": "There is no such agent: `{agents}` shows who there is.",
}
