"""Who may listen to a recording. Every listen leaves an audit entry, written by whoever serves it."""

from __future__ import annotations


def may_listen(role: str, *, own_call: bool) -> bool:
    """Supervisors and administrators to all; an agent to the calls that they took themselves."""
    return role in ("supervisor", "administrator") or (role == "agent" and own_call)
