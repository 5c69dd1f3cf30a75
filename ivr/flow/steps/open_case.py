"""Open the case, as a draft with its number, at the moment the call is handed to the queue."""

from __future__ import annotations

from ivr.calls.casework import open_first_case
from ivr.flow.steps.base import Step
from ivr.flow.visit import Visit


class OpenCase(Step, tag="open_case"):
    next: str
    type: str | None = None
    """None where the caller asked for an agent without saying what for, or was led to one."""

    def leads_to(self) -> list[str]:
        return [self.next]

    async def take(self, visit: Visit) -> str | None:
        await open_first_case(visit.call, self.type or visit.call.state.choice)
        return self.next
