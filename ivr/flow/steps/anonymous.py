"""Ask whether the caller wishes to stay unknown, before anything about them is written.

Who gives no answer is taken as unknown: a number can be asked for later, but not forgotten everywhere.
"""

from __future__ import annotations

from ivr.flow.steps.base import TRIES, Step, missed
from ivr.flow.visit import Visit


class Anonymous(Step, tag="anonymous"):
    say: str
    next: str

    def leads_to(self) -> list[str]:
        return [self.next]

    async def take(self, visit: Visit) -> str | None:
        call = visit.call
        while call.state.tries < TRIES:
            key = await call.ask(self.say)
            if key in ("1", "2"):
                await call.keep(anonymous=key == "1")
                if key == "1":
                    await call.say("anonymous.confirmed")
                return self.next
            if key != "*":
                await missed(call)
                await call.say("error.invalid" if key else "error.timeout")
        await call.keep(anonymous=True)
        return self.next
