"""Who may write in a case, and hear the message that it is."""

from __future__ import annotations

from agent_desktop.desk.replies import AT_DESK
from agent_desktop.logins import User
from config.settings import Settings
from crm_core.domain.case import CaseState, CaseType
from crm_core.services.cases import CaseStanding

OPEN_TO_ALL = frozenset({CaseState.DRAFT, CaseState.ABANDONED})


def may_write(case: CaseStanding, user: User) -> bool:
    """A draft is open to whoever has a desk, a confirmed case to its agent, or to all while it has none."""
    confirmed = case.state == CaseState.NEW and case.holder in (user.name, None)
    return user.role in AT_DESK and (confirmed or case.state in OPEN_TO_ALL)


def may_hear_message(case: CaseStanding, user: User, settings: Settings) -> bool:
    """Whoever may complete it; an anonymous denunciation only where the setting lets it be heard."""
    secret = case.anonymous and case.type == CaseType.DENUNCIATION
    return may_write(case, user) and (settings.record_anonymous_denunciations or not secret)
