"""What a call needs to go on after a restart: one channel variable, written before each side effect.

The caller's channel carries it as `C311` (JSON). It never holds a telephone number: that stays in the channel itself.
"""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

VARIABLE = "C311"
ROLE_VARIABLE = "C311_ROLE"
LANGUAGE_VARIABLE = "C311_LANG"
"""Read by the dialplan's fallback, which speaks the caller's language."""
CASE_VARIABLE = "C311_CASE"
"""Read by the dialplan's fallback, whose message belongs to this call's draft (`CallState.draft`)."""


class Stage(enum.StrEnum):
    """Where a call stands. A restart of the service goes on from here."""

    FLOW = "flow"  # walking the menu
    QUEUE = "queue"  # waiting for an agent
    TALK = "talk"  # in a conversation, or its agent is lost and rung again
    CLOSING = "closing"  # the agent's part is over; the caller hears the numbers


class OpenCase(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """A case of this call: opened here as a draft, or an earlier one that the call is linked to."""

    number: str
    key: str | None = None
    """None where it must not be spoken: an earlier case whose reporter did not call."""
    type: str | None = None
    entry: str | None = None
    """The agent's request that it was added by."""
    saved: bool = False
    linked: bool = False
    instead_of: str | None = None
    """The draft that became void when the call was linked to this case."""


class CallState(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    flow: str = ""
    """The version of the flow that the step is of."""
    step: str = ""
    tries: int = 0
    """Wrong or missing answers in this step."""
    stage: Stage = Stage.FLOW
    language: str = "es"
    choice: str | None = None
    """The type of case chosen in the menu."""
    anonymous: bool = False
    """Also while they are asked whether they wish to be."""
    cases: tuple[OpenCase, ...] = ()
    queue: str | None = None
    queued_at: datetime | None = None
    agent: str | None = None
    offers: int = 0
    """How many agents were rung so far: the next leg's and offer's number."""
    leg: str | None = None
    """The channel of the agent in conversation."""
    offered_after: float = 0.0
    """Seconds from entering the queue to the offer that was answered."""
    was_answered: bool = False
    served: bool = False
    """The caller heard how their case stands."""
    message_begun: bool = False
    left_message: bool = False
    told: int = 0
    """How often the numbers were spoken."""

    @property
    def to_complete(self) -> OpenCase | None:
        """The case that a message of this call would complete: its draft, where no agent has made more of it."""
        first = self.cases[0] if self.cases else None
        return None if first is None or first.saved or first.linked else first

    @property
    def draft(self) -> str:
        """`a` (anonymous) or `n`, then number, key and type of the case to complete, or the type alone that the caller
        chose: for the dialplan's fallback."""
        case = self.to_complete or OpenCase(number="", type=self.choice)
        return ":".join(("a" if self.anonymous else "n", case.number, case.key or "", case.type or ""))

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def decode(cls, text: str) -> CallState:
        """The state in a channel's variable. An empty or unreadable one is a call at its beginning."""
        try:
            return msgspec.json.decode(text.encode(), type=cls)
        except msgspec.DecodeError:
            return cls()
