"""Logins of the staff: made, changed, tried too often, and over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.errors import NotFound, Unfit
from crm_core.services import agents, audit, sessions, sweeps
from crm_core.services.logins import WRONG_FOR_NAME, WRONG_FROM_ADDRESS, WRONG_HERE, TooManyAttempts, authenticate
from crm_core.storage.tables import LoginAttempt, Session

PASSWORD = "correcta-311"
HERE, ELSEWHERE = "10.0.0.1", "10.0.0.2"


@pytest.fixture
async def staff(engine: AsyncEngine) -> AsyncEngine:
    await agents.add_agent(engine, "ana", phone="browser", password=PASSWORD)
    await agents.add_agent(engine, "jefa", phone="sip", role="administrator", password=PASSWORD)
    return engine


async def test_agents_are_listed_with_what_their_telephones_need(staff: AsyncEngine) -> None:
    ana, jefa = await agents.list_agents(staff)
    assert (ana.name, ana.role, ana.phone, ana.active) == ("ana", "agent", "browser", True)
    assert (jefa.name, jefa.role, jefa.phone) == ("jefa", "administrator", "sip")
    assert len(ana.sip_password) >= 20
    assert ana.sip_password != jefa.sip_password
    assert ana.sip_password not in repr(ana)
    assert len(jefa.sip_password) == 20
    assert jefa.sip_password.isdecimal()
    assert await agents.agent(staff, "ana") == ana
    assert await agents.agent(staff, "nadie") is None


async def test_passwords_are_kept_as_argon2_and_nothing_else(staff: AsyncEngine) -> None:
    async with staff.connect() as connection:
        [kept, *_] = (await connection.execute(text("select password_hash from agent"))).scalars().all()
        rows = (await connection.execute(text("select to_jsonb(t)::text from agent t"))).scalars().all()
    assert kept.startswith("$argon2id$")
    assert all(PASSWORD not in row for row in rows)


@pytest.mark.parametrize(
    ("name", "fields", "why"),
    [
        ("Ana", {}, "login name"),
        ("a" * 33, {}, "login name"),
        ("", {}, "login name"),
        ("ana", {}, "already"),
        ("luis", {"phone": "smoke"}, "telephone"),
        ("luis", {"role": "boss"}, "role"),
        ("luis", {"password": "short"}, "password"),
    ],
)
async def test_what_does_not_fit_is_refused_in_a_sentence(
    staff: AsyncEngine, name: str, fields: dict[str, str], why: str
) -> None:
    given = {"phone": "browser", "password": PASSWORD} | fields
    with pytest.raises(Unfit, match=why):
        await agents.add_agent(staff, name, **given)


async def test_changes_are_made_and_on_record(staff: AsyncEngine) -> None:
    changed = await agents.change_agent(staff, "ana", by="jefa", role="supervisor", phone="sip")
    assert (changed.role, changed.phone) == ("supervisor", "sip")
    trail = await audit.trail(staff, "agent:ana")
    assert (trail[0].agent, trail[0].action) == ("jefa", "changed")
    assert trail[0].detail == {"role": "supervisor", "phone": "sip"}
    with pytest.raises(NotFound):
        await agents.change_agent(staff, "nadie", by="jefa", active=False)


async def test_the_last_administrator_stays(staff: AsyncEngine) -> None:
    for change in ({"active": False}, {"role": "agent"}):
        with pytest.raises(Unfit, match="last administrator"):
            await agents.change_agent(staff, "jefa", by="jefa", **change)
    await agents.change_agent(staff, "ana", by="jefa", role="administrator")
    await agents.change_agent(staff, "jefa", by="ana", active=False)
    with pytest.raises(Unfit):
        await agents.change_agent(staff, "ana", by="ana", role="agent")


async def test_the_right_password_lets_in_and_a_wrong_one_does_not(staff: AsyncEngine) -> None:
    found = await authenticate(staff, "ana", PASSWORD, HERE)
    assert found is not None
    assert found.name == "ana"
    assert await authenticate(staff, "ana", "equivocada", HERE) is None
    assert await authenticate(staff, "nadie", PASSWORD, HERE) is None
    await agents.change_agent(staff, "ana", by="jefa", active=False)
    assert await authenticate(staff, "ana", PASSWORD, HERE) is None


async def test_wrong_passwords_lock_the_name_here_and_not_elsewhere(staff: AsyncEngine) -> None:
    for _ in range(WRONG_HERE):
        assert await authenticate(staff, "ana", "equivocada", HERE) is None
    with pytest.raises(TooManyAttempts) as locked:
        await authenticate(staff, "ana", PASSWORD, HERE)
    assert timedelta(minutes=14) < locked.value.until - datetime.now(UTC) <= timedelta(minutes=15)
    assert await authenticate(staff, "ana", PASSWORD, ELSEWHERE) is not None
    async with staff.begin() as connection:
        await connection.execute(update(LoginAttempt).values(at=LoginAttempt.at - timedelta(minutes=16)))
    assert await authenticate(staff, "ana", PASSWORD, HERE) is not None


async def test_a_right_password_forgives_the_slips_before_it(staff: AsyncEngine) -> None:
    for _ in range(2):
        for _ in range(WRONG_HERE - 1):
            await authenticate(staff, "ana", "equivocada", HERE)
        assert await authenticate(staff, "ana", PASSWORD, HERE) is not None


async def test_many_guesses_at_once_do_not_slip_through_together(staff: AsyncEngine) -> None:
    guesses = [authenticate(staff, "ana", f"prueba-{n}", HERE) for n in range(WRONG_HERE * 2)]
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == WRONG_HERE
    assert sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes) == WRONG_HERE


async def test_a_guess_from_many_addresses_locks_the_name(staff: AsyncEngine) -> None:
    rows = [
        {"name": "ana", "address": f"10.1.0.{n}", "at": datetime.now(UTC), "right": False}
        for n in range(WRONG_FOR_NAME)
    ]
    async with staff.begin() as connection:
        await connection.execute(LoginAttempt.__table__.insert(), rows)
    with pytest.raises(TooManyAttempts):
        await authenticate(staff, "ana", PASSWORD, HERE)


async def test_guesses_at_many_names_lock_the_address_and_nobody_elsewhere(staff: AsyncEngine) -> None:
    rows = [
        {"name": f"nombre-{n}", "address": HERE, "at": datetime.now(UTC), "right": False}
        for n in range(WRONG_FROM_ADDRESS)
    ]
    async with staff.begin() as connection:
        await connection.execute(LoginAttempt.__table__.insert(), rows[1:])
    assert await authenticate(staff, "ana", PASSWORD, HERE) is not None
    async with staff.begin() as connection:
        await connection.execute(LoginAttempt.__table__.insert(), rows[:1])
    with pytest.raises(TooManyAttempts):
        await authenticate(staff, "ana", PASSWORD, HERE)
    assert await authenticate(staff, "ana", PASSWORD, ELSEWHERE) is not None


async def test_the_sweep_forgets_no_attempt_that_counts(staff: AsyncEngine) -> None:
    for _ in range(WRONG_HERE):
        await authenticate(staff, "ana", "equivocada", HERE)
    await sweeps.forget_old(staff)
    with pytest.raises(TooManyAttempts):
        await authenticate(staff, "ana", PASSWORD, HERE)
    now = datetime.now(UTC)
    for at, kept in ((sweeps.ATTEMPTS_LIVE - timedelta(hours=1), WRONG_HERE), (sweeps.ATTEMPTS_LIVE, 0)):
        await sweeps.forget_old(staff, now + at + timedelta(minutes=1))
        async with staff.connect() as connection:
            count = (await connection.execute(select(func.count()).select_from(LoginAttempt))).scalar_one()
        assert count == kept


async def test_a_session_lives_until_it_is_ended(staff: AsyncEngine) -> None:
    token, ends_at = await sessions.begin_session(staff, "ana")
    view = await sessions.session(staff, token)
    assert view == sessions.SessionView(agent="ana", role="agent", phone="browser", ends_at=ends_at)
    assert await sessions.session(staff, token + "x") is None
    await sessions.end_session(staff, token)
    assert await sessions.session(staff, token) is None
    await sessions.end_session(staff, token)


async def test_the_database_does_not_hold_the_token(staff: AsyncEngine) -> None:
    token, _ = await sessions.begin_session(staff, "ana")
    async with staff.connect() as connection:
        assert token not in (await connection.execute(text("select to_jsonb(t)::text from session t"))).scalar_one()


@pytest.mark.parametrize("column", ["seen_at", "ends_at"])
async def test_an_idle_and_an_old_session_are_over(staff: AsyncEngine, column: str) -> None:
    token, _ = await sessions.begin_session(staff, "ana")
    past = datetime.now(UTC) - (sessions.IDLE if column == "seen_at" else timedelta(seconds=1))
    async with staff.begin() as connection:
        await connection.execute(update(Session).values({column: past}))
    assert await sessions.session(staff, token) is None
    await sweeps.forget_old(staff, datetime.now(UTC) + sessions.LONGEST)
    async with staff.connect() as connection:
        assert (await connection.execute(select(func.count()).select_from(Session))).scalar_one() == 0


async def test_being_asked_for_keeps_a_session_awake(staff: AsyncEngine) -> None:
    token, _ = await sessions.begin_session(staff, "ana")
    async with staff.begin() as connection:
        await connection.execute(update(Session).values(seen_at=datetime.now(UTC) - timedelta(hours=1)))
    assert await sessions.session(staff, token) is not None
    async with staff.connect() as connection:
        seen = (await connection.execute(select(Session.seen_at))).scalar_one()
    assert datetime.now(UTC) - seen < timedelta(minutes=1)


async def test_what_nobody_could_note_of_a_session_counts(staff: AsyncEngine) -> None:
    token, _ = await sessions.begin_session(staff, "ana")
    now = datetime.now(UTC)

    async def noted(at: datetime) -> None:
        async with staff.begin() as connection:
            await connection.execute(update(Session).values(seen_at=at))

    await noted(now - timedelta(hours=3))
    assert await sessions.session(staff, token, now - sessions.IDLE) is None
    await sweeps.forget_old(staff)
    assert await sessions.session(staff, token, now - timedelta(hours=1)) is not None
    assert await sessions.session(staff, token) is not None


@pytest.mark.parametrize("change", [{"password": "otra-clave-311"}, {"role": "supervisor"}, {"active": False}])
async def test_a_new_password_another_role_and_leaving_end_all_sessions(
    staff: AsyncEngine, change: dict[str, str]
) -> None:
    token, _ = await sessions.begin_session(staff, "ana")
    other, _ = await sessions.begin_session(staff, "jefa")
    await agents.change_agent(staff, "ana", by="jefa", **change)
    assert await sessions.session(staff, token) is None
    assert await sessions.session(staff, other) is not None


async def test_a_new_password_another_telephone_and_coming_and_going_renew_its_password(staff: AsyncEngine) -> None:
    before = await agents.agent(staff, "ana")
    assert before is not None
    seen = [before.sip_password]
    for change in ({"password": "otra-clave-311"}, {"active": False}, {"active": True}, {"phone": "sip"}):
        changed = await agents.change_agent(staff, "ana", by="jefa", **change)
        assert len(changed.sip_password) >= 20
        seen.append(changed.sip_password)
    assert len(set(seen)) == 5
    assert seen[-1].isdecimal()
    for same in ({"active": True}, {"phone": "sip"}, {"role": "supervisor"}):
        changed = await agents.change_agent(staff, "ana", by="jefa", **same)
        assert changed.sip_password == seen[-1]


@pytest.mark.parametrize("change", [{"role": "agent"}, {"phone": "sip"}, {"active": True}])
async def test_what_takes_nothing_away_ends_no_session(staff: AsyncEngine, change: dict[str, str]) -> None:
    token, _ = await sessions.begin_session(staff, "ana")
    await agents.change_agent(staff, "ana", by="jefa", **change)
    assert await sessions.session(staff, token) is not None
