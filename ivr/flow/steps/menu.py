"""A question with one key for each way on."""

from __future__ import annotations

from ivr.flow.steps.base import Step, choose
from ivr.flow.visit import Visit


class Menu(Step, tag="menu"):
    say: str
    keys: dict[str, str]
    """Key to the next step's id."""
    otherwise: str | None = None

    def leads_to(self) -> list[str]:
        return [*self.keys.values(), *([self.otherwise] if self.otherwise else [])]

    async def take(self, visit: Visit) -> str | None:
        key = await choose(visit.call, self.say, keys=self.keys)
        return self.keys[key] if key else self.otherwise
