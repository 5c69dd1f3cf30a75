"""How many callers a node carries, by its processor cores and its limit of open files.

Measured with Asterisk 22.10.1: a recorded conversation takes 7.5 to 8.5 ms of a core a second, a prompt or music
2.15 ms.
"""

from __future__ import annotations

import os
import resource

import msgspec

CALLERS_A_CORE = 300
"""Callers let in at once for each core: prompts and music for as many take two thirds of it."""

DESCRIPTORS_A_CALLER = 24
"""Caller, agent, two recorded snoops: sockets of RTP, RTCP and ICE, event descriptors, timers, files."""

DESCRIPTORS_OF_THE_HOUSE = 200
"""What Asterisk holds open with no call at all, telephones' connections included."""


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    maxfiles: int
    """Open files for Asterisk; the hard limit."""
    admitted: int
    """Callers in the centre at once."""
    told_busy: int
    """Callers beyond those who hear the busy message at once; the rest are refused without a word."""
    maxcalls: int
    """Where Asterisk itself refuses (SIP 503) before the dialplan is asked."""


def capacity(cores: int | None = None, descriptors: int | None = None) -> Capacity:
    """What this machine carries. Not given: the cores this process may use, the hard limit of open files."""
    cores = cores or len(os.sched_getaffinity(0))
    if descriptors is None:
        descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if descriptors == resource.RLIM_INFINITY:
            descriptors = 1_048_576
    carried = max(1, (descriptors - DESCRIPTORS_OF_THE_HOUSE) // DESCRIPTORS_A_CALLER)
    admitted = min(cores * CALLERS_A_CORE, carried)
    told_busy = max(1, admitted // 5)
    return Capacity(maxfiles=descriptors, admitted=admitted, told_busy=told_busy, maxcalls=admitted + 2 * told_busy)
