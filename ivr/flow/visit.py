"""What a step may use: the call, the queue's floor, and the case file's look-ups."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.acd.floor import Floor
from ivr.calls.call import Call
from ivr.flow.lookup import Lookup


@dataclass(frozen=True, slots=True)
class Visit:
    call: Call
    floor: Floor
    lookup: Lookup
