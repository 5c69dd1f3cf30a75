"""Say something, and go on."""

from __future__ import annotations

from ivr.flow.steps.base import Step
from ivr.flow.visit import Visit


class Say(Step, tag="say"):
    say: list[str]
    next: str

    def leads_to(self) -> list[str]:
        return [self.next]

    async def take(self, visit: Visit) -> str | None:
        await visit.call.say(*self.say)
        return self.next
