"""A case's types and states, which state may follow which, and what the end of its call means for it."""

from __future__ import annotations

import enum


class CaseType(enum.StrEnum):
    COMPLAINT = "complaint"  # queja
    DENUNCIATION = "denunciation"  # denuncia; may be anonymous, read only with its key
    IDEA = "idea"
    SUGGESTION = "suggestion"  # sugerencia
    INFORMATION = "information"  # consulta


class CaseState(enum.StrEnum):
    DRAFT = "draft"  # numbered while the caller waits; no clock, in no statistics
    NEW = "new"  # confirmed; the promised time runs
    VOID = "void"  # the call turned out to be about an existing case
    ABANDONED = "abandoned"  # the caller gave up before an agent completed it


class Outcome(enum.StrEnum):
    """How a call ended."""

    ANSWERED = "answered"  # an agent spoke with the caller
    ABANDONED = "abandoned"  # the caller gave up
    SELF_SERVICE = "self_service"  # the caller heard what they asked for
    MESSAGE = "message"  # the caller left a message
    FAILED = "failed"


FOLLOWS: dict[CaseState, frozenset[CaseState]] = {
    CaseState.DRAFT: frozenset({CaseState.NEW, CaseState.VOID, CaseState.ABANDONED}),
    CaseState.NEW: frozenset(),
    CaseState.VOID: frozenset(),
    # An agent who still completes the form of a caller who hung up is believed: nothing that was written is
    # lost.
    CaseState.ABANDONED: frozenset({CaseState.NEW, CaseState.VOID}),
}


def may_become(state: CaseState, then: CaseState) -> bool:
    return then in FOLLOWS[state]


def needs_key(case_type: CaseType | None) -> bool:
    """Whether even reading this case's status asks for its key."""
    return case_type is CaseType.DENUNCIATION


def closed_by_call_end(state: CaseState, outcome: Outcome) -> bool:
    """Whether the end of its call abandons a case.

    After an answered call the agent may still be completing the draft: it is theirs until the sweep that closes drafts.
    """
    return state is CaseState.DRAFT and outcome != Outcome.ANSWERED
