"""Say goodbye and end the call."""

from __future__ import annotations

from typing import ClassVar

from ivr.flow.steps.base import Step
from ivr.flow.visit import Visit


class HangUp(Step, tag="hangup"):
    ends: ClassVar[bool] = True
    say: str

    def leads_to(self) -> list[str]:
        return []

    async def take(self, visit: Visit) -> str | None:
        await visit.call.say(self.say)
        return None
