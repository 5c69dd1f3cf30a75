"""Wait for an agent, talk with them, hear the case number.

Or, where nobody is at work, leave a message.
"""

from __future__ import annotations

from ivr.acd.conversation import After, converse, end_conversation
from ivr.acd.queue import wait_for_agent
from ivr.calls.numbers import tell_numbers
from ivr.calls.state import Stage
from ivr.flow.steps.base import Step
from ivr.flow.visit import Visit


class Queue(Step, tag="queue"):
    queue: str
    next: str
    message: str
    """Where a caller goes who would rather leave a message."""

    def leads_to(self) -> list[str]:
        return [self.next, self.message]

    async def take(self, visit: Visit) -> str | None:
        call, floor = visit.call, visit.floor
        while call.state.stage is not Stage.CLOSING:
            if call.state.stage is Stage.TALK and call.state.agent:
                agent, leg = call.state.agent, call.legs.get(call.state.leg or "")
            else:
                found = await wait_for_agent(call, floor, self.queue)
                if found is None:
                    return self.message
                agent, leg = found.agent, found
            if leg is not None and leg.end.done():
                leg = None
            if await converse(call, floor, agent, leg) is After.TOLD:
                await end_conversation(call, floor, agent)
            else:
                await call.keep(stage=Stage.QUEUE, agent=None, leg=None)
        await tell_numbers(call)
        return self.next
