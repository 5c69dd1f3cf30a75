"""A call as its agent's page shows it."""

from __future__ import annotations

from ivr.api import CallView, CaseView, Phase
from ivr.calls.call import Call


def phase_at_end(call: Call) -> Phase:
    if call.state.told:
        return Phase.TOLD
    return Phase.HUNG_UP if call.hung_up else Phase.OVER


def call_view(call: Call, *, phase: Phase, offer: str, waited: float) -> CallView:
    state = call.state
    return CallView(
        id=call.id,
        offer=offer,
        phase=phase,
        phone=None if state.anonymous else call.phone,
        anonymous=state.anonymous,
        language=state.language,
        choice=state.choice,
        queue=state.queue or "",
        waited=waited,
        started_at=call.started,
        cases=[
            CaseView(number=case.number, type=case.type, saved=case.saved, linked=case.linked) for case in state.cases
        ],
    )
