"""Who may write in a case."""

from __future__ import annotations

from agent_desktop.desk.replies import AT_DESK
from agent_desktop.logins import User
from crm_core.domain.case import CaseState
from crm_core.services.cases import CaseStanding

OPEN_TO_ALL = frozenset({CaseState.DRAFT, CaseState.ABANDONED})


def may_write(case: CaseStanding, user: User) -> bool:
    """A draft is open to whoever has a desk, a confirmed case to the agent who wrote it."""
    own = case.state == CaseState.NEW and case.agent == user.name
    return user.role in AT_DESK and (own or case.state in OPEN_TO_ALL)
