"""What an agent's desk has on it: kept in this process, so that a reload of the page finds it as it was."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import msgspec

from crm_core.entries import CaseForm
from crm_core.services.cases import CaseLine
from ivr.api import AgentState, AgentView, CallView, CaseView, Phase

IN_CALL = frozenset({AgentState.OFFERED, AgentState.TALKING})
KEEPS_CALL = frozenset({AgentState.TALKING, AgentState.WRAP_UP})

MOST_TAKEN = 200


@dataclasses.dataclass(frozen=True)
class Saved:
    form: CaseForm
    clock: str
    """When, as the page shows it."""


@dataclasses.dataclass
class Workplace:
    call: CallView | None = None
    """The call on the desk: the present one, or the one whose cases are still being completed."""
    talked: bool = False
    """The agent has spoken with this caller: an offer that came to nothing leaves nothing on the desk."""
    over: bool = False
    held: bool = False
    """The agent is with the caller: what is known of the call is of now. Later its cases may be others' as well."""
    shown: set[str] = dataclasses.field(default_factory=set)
    """Numbers of the cases whose cards the page has."""
    saved: dict[str, Saved] = dataclasses.field(default_factory=dict)
    """What was last saved of each case of this call."""
    unread: set[str] = dataclasses.field(default_factory=set)
    """Numbers of the cases that were saved before this process had the call, until the database told what."""
    read: set[str] = dataclasses.field(default_factory=set)
    """Numbers of the cases of which it has told."""
    done: set[str] = dataclasses.field(default_factory=set)
    """Numbers of the cases that were confirmed here: the database may hear of it a moment later."""
    links: dict[str, str] = dataclasses.field(default_factory=dict)
    """The cases of this call that were linked here, by their void drafts: once the call is over nobody else tells."""
    earlier: Sequence[CaseLine] | None = None
    """The caller's earlier cases; None until the database told them."""

    def follow(self, view: AgentView | None) -> None:
        """Take over what the telephone side says. A call stays while one of its cases is not confirmed."""
        if view is None:
            return
        if view.call is None:
            self.held = False
            if self.talked and self.unconfirmed():
                self.over = True
            elif view.state not in KEEPS_CALL:
                self.clear()
            return
        if self.call is None or self.call.id != view.call.id:
            self.clear()
            self.unread = {case.number for case in view.call.cases if case.saved and not case.linked}
        self.call = self._with_links(view.call)
        self.held = view.state in IN_CALL
        self.over = view.state not in IN_CALL and view.call.phase is not Phase.CLOSING
        self.talked = self.talked or view.state in KEEPS_CALL

    def clear(self) -> None:
        self.call = None
        self.talked = self.over = self.held = False
        self.earlier = None
        self.shown.clear()
        self.saved.clear()
        self.unread.clear()
        self.read.clear()
        self.links.clear()

    def link(self, draft: str, existing: str) -> None:
        """The agent linked the call: this draft is void."""
        self.links[draft] = existing
        if self.call is not None:
            self.call = self._with_links(self.call)

    def _with_links(self, call: CallView) -> CallView:
        cases = [
            CaseView(number=self.links[case.number], type=None, saved=True, linked=True)
            if case.number in self.links
            else case
            for case in call.cases
        ]
        return msgspec.structs.replace(call, cases=cases)

    def keep(self, number: str, saved: Saved) -> None:
        """The agent saved this."""
        self.saved[number] = saved
        self.unread.discard(number)

    def read_back(self, number: str, saved: Saved) -> None:
        """The database told this, unless the agent has saved something newer."""
        if number in self.unread:
            self.keep(number, saved)
            self.read.add(number)

    def own(self) -> set[str]:
        """Numbers of the cases that the call on the desk opened."""
        return {case.number for case in self.call.cases if not case.linked} if self.call else set()

    def unconfirmed(self) -> list[str]:
        """Cases of the call that nobody has confirmed or linked yet, as far as is known."""
        if self.call is None:
            return []
        return [
            case.number
            for case in self.call.cases
            if not case.linked and not (case.number in self.saved and self.saved[case.number].form.confirm)
        ]


class Workplaces:
    def __init__(self) -> None:
        self._of: dict[str, Workplace] = {}
        self.taken: dict[str, str] = {}
        """The latest cases that anybody confirmed, and who: they are no longer for others."""

    def take(self, number: str, agent: str) -> None:
        self.taken[number] = agent
        if len(self.taken) > MOST_TAKEN:
            del self.taken[next(iter(self.taken))]

    def give_back(self, number: str, before: str | None) -> None:
        """It was not confirmed after all."""
        self.taken.pop(number, None)
        if before is not None:
            self.taken[number] = before

    def of(self, agent: str) -> Workplace:
        return self._of.setdefault(agent, Workplace())
