"""Leave a message, which becomes a case."""

from __future__ import annotations

from ivr.calls.casework import open_first_case
from ivr.calls.message import Kept, take_message
from ivr.calls.numbers import tell_numbers
from ivr.flow.steps.base import Step
from ivr.flow.visit import Visit


class Message(Step, tag="message"):
    next: str

    def leads_to(self) -> list[str]:
        return [self.next]

    async def take(self, visit: Visit) -> str | None:
        call = visit.call
        await open_first_case(call, call.state.choice)
        if not call.state.left_message:
            kept = await take_message(call)
            if kept is Kept.NOTHING:
                await call.say_whole("message.too_short")
                kept = await take_message(call)
            if kept is Kept.NOTHING:
                return self.next
            await call.keep(left_message=True)
            await call.say_whole("message.thanks")
        await tell_numbers(call)
        return self.next
