"""Walks a call through a flow: one step at a time, each restartable, the place kept in the call's own state."""

from __future__ import annotations

from ivr.calls.state import Stage
from ivr.flow.model import Flow
from ivr.flow.visit import Visit


async def walk(flow: Flow, visit: Visit) -> None:
    """Go on from the step that the call's state names (or the start) until a step leads nowhere."""
    call = visit.call
    name: str | None = call.state.step or flow.start
    while name is not None:
        if call.state.step != name:
            await call.keep(flow=flow.version, step=name, tries=0, stage=Stage.FLOW)
        call.log.info("step", step=name)
        step = flow.step(name)
        name = await step.take(visit) or (None if step.ends else flow.default)
