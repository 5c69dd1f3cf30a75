"""A caller who asks how a case stands, and the numbers that they key."""

from __future__ import annotations

import random

from crm_core.domain.numbers import is_well_formed
from tests.centre import Centre
from tests.telephone import Telephone


def well_formed(year: int = 26) -> str:
    """A number that nobody has been given, most likely."""
    chance = random.SystemRandom()
    return next(number for _ in range(1000) if is_well_formed(number := f"{year}{chance.randrange(10**8):08d}"))


def mistyped(number: str) -> str:
    """The same number with one digit wrong."""
    return number[:5] + str((int(number[5]) + 1) % 10) + number[6:]


async def ask_for(phone: Telephone, number: str, *, language: str = "es") -> None:
    """Dial, choose the language and key the number."""
    await phone.dial("311")
    await phone.hear("greeting", language="es")
    await phone.press("1" if language == "es" else "2")
    await phone.hear("menu.main", language=language)
    await phone.press("2")
    await phone.hear("ask.case_number", language=language)
    await phone.press(number)


async def at_the_tape(centre: Centre, phone: Telephone, number: str, *, keys: str = "113") -> str:
    """Dial while nobody is at work, with an idea or what the keys choose, and go as far as the tone. The call's id."""
    await phone.dial("311")
    call = await centre.call_id(number)
    await phone.press(keys)
    await phone.hear("queue.no_agents", within=25)
    await phone.press("1")
    await phone.hear("message.leave", whole=True)
    return call
