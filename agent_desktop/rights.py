"""Who may write in a case, and who may hear a recording."""

from __future__ import annotations

from agent_desktop.desk.replies import AT_DESK
from agent_desktop.logins import User
from config.settings import Settings
from crm_core.domain.case import CaseState
from crm_core.services.cases import CaseStanding, RecordingOfCase
from recordings import may_listen

OPEN_TO_ALL = frozenset({CaseState.DRAFT, CaseState.ABANDONED})


def may_write(case: CaseStanding, user: User) -> bool:
    """A draft is open to whoever has a desk, a confirmed case to its agent, or to all while it has none."""
    confirmed = case.state == CaseState.NEW and case.holder in (user.name, None)
    return user.role in AT_DESK and (confirmed or case.state in OPEN_TO_ALL)


def may_hear(one: RecordingOfCase, user: User, settings: Settings) -> bool:
    """A message: also whoever completes its own case, whose text it is, but no other case of the call. A conversation
    about an anonymous denunciation: only where the setting says so.
    """
    listens = may_listen(user.role, own_call=one.agent == user.name)
    if one.what == "message":
        return listens or (one.standing is not None and may_write(one.standing, user))
    return listens and (settings.record_anonymous_denunciations or not one.secret)
