"""What entries do to agents."""

from __future__ import annotations

from crm_core import entries
from crm_core.effects.sheet import Sheet


def changed_state(sheet: Sheet, entry: entries.AgentStateChanged) -> None:
    sheet.agent_events.append({"agent": entry.agent, "at": entry.at, "state": entry.state, "reason": entry.reason})
