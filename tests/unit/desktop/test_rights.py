"""Who may hear a recording."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent_desktop.logins import User
from agent_desktop.rights import may_hear
from config.settings import Settings
from crm_core.domain.case import CaseState
from crm_core.domain.staff import Role
from crm_core.services.cases import RecordingOfCase

AT = datetime(2026, 11, 24, tzinfo=UTC)


def heard(what: str, role: Role, *, secret: bool = True, recorded: bool = False, completes: bool = False) -> bool:
    """Whether ana, in this role, hears a recording of a call that she took."""
    one = RecordingOfCase(
        id=1,
        call_id="n1-1",
        case_number="2600000005",
        case_state=CaseState.NEW,
        case_holder=None if completes else "luis",
        what=what,
        started_at=AT,
        seconds=1.0,
        agent="luis" if completes else "ana",
        secret=secret,
    )
    ana = User("ana", role, "browser", "", 0.0)
    settings = Settings(data=Path("/nowhere"), record_anonymous_denunciations=recorded)
    return may_hear(one, ana, settings)


@pytest.mark.parametrize("role", list(Role))
def test_a_conversation_about_an_anonymous_denunciation_is_heard_only_where_the_setting_says_so(role: Role) -> None:
    assert not heard("conversation", role)
    assert heard("conversation", role, recorded=True)
    assert heard("conversation", role, secret=False)


@pytest.mark.parametrize("role", list(Role))
def test_the_message_of_an_anonymous_denunciation_is_heard_whatever_the_setting_says(role: Role) -> None:
    assert heard("message", role)


def test_whoever_completes_a_case_hears_its_message_and_no_conversation() -> None:
    assert heard("message", Role.AGENT, completes=True)
    assert not heard("conversation", Role.AGENT, secret=False, completes=True)
