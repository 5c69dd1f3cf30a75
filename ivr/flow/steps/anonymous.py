"""Ask whether the caller wishes to stay unknown, before anything about them is written.

Until they answer, and where they give no answer, they are taken as unknown, also by the dialplan's fallback and where
this step raises: a number can be asked for later, but not forgotten everywhere.
"""

from __future__ import annotations

from ivr.flow.steps.base import TRIES, Step, missed
from ivr.flow.visit import Visit


class Anonymous(Step, tag="anonymous"):
    say: str
    type: str
    """The type of case that the caller has chosen."""
    next: str

    def leads_to(self) -> list[str]:
        return [self.next]

    async def take(self, visit: Visit) -> str | None:
        call = visit.call
        await call.keep(anonymous=True, choice=self.type)
        while call.state.tries < TRIES:
            key = await call.ask(self.say)
            if key == "1":
                await call.say("anonymous.confirmed")
                return self.next
            if key == "2":
                await call.keep(anonymous=False)
                return self.next
            if key != "*":
                await missed(call)
                await call.say("error.invalid" if key else "error.timeout")
        return self.next
