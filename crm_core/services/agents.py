"""Everybody who logs in: agents, supervisors, administrators."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec
from argon2 import PasswordHasher
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.domain.staff import Role
from crm_core.errors import NotFound, Unfit
from crm_core.services import audit
from crm_core.services.reach import transaction
from crm_core.storage.tables import Agent, LoginAttempt, Session

PHONES = ("browser", "sip")
SHORTEST_PASSWORD = 8

HASHER = PasswordHasher()
_NAME = re.compile(r"[a-z0-9-]{1,32}")


class AgentAccount(msgspec.Struct, kw_only=True):
    """`sip_password` is what the telephone registers with; keep it out of logs and pages."""

    name: str
    role: Role
    phone: str
    active: bool
    created_at: datetime
    sip_password: str

    def __repr__(self) -> str:
        return f"AgentAccount(name={self.name!r}, role={self.role.value!r}, phone={self.phone!r}, active={self.active})"


_COLUMNS = (Agent.name, Agent.role, Agent.phone, Agent.active, Agent.created_at, Agent.sip_password)


async def list_agents(engine: AsyncEngine) -> Sequence[AgentAccount]:
    """All of them by name, those put out of use too."""
    async with transaction(engine) as connection:
        rows = await connection.execute(select(*_COLUMNS).order_by(Agent.name))
        return [AgentAccount(**row._mapping) for row in rows]


async def agent(engine: AsyncEngine, name: str) -> AgentAccount | None:
    async with transaction(engine) as connection:
        row = (await connection.execute(select(*_COLUMNS).where(Agent.name == name))).one_or_none()
    return None if row is None else AgentAccount(**row._mapping)


async def add_agent(
    engine: AsyncEngine, name: str, *, phone: str, role: Role = Role.AGENT, password: str, by: str = "centre"
) -> AgentAccount:
    """A new login, with a telephone password of its own. Unfit says what is wrong with what was given."""
    _check(name=name, phone=phone, role=role, password=password)
    hashed = await hash_password(password)
    async with transaction(engine) as connection:
        row = (
            await connection.execute(
                insert(Agent)
                .values(
                    name=name, role=role, phone=phone, password_hash=hashed, sip_password=_telephone_password(phone)
                )
                .on_conflict_do_nothing()
                .returning(*_COLUMNS)
            )
        ).one_or_none()
        if row is None:
            raise Unfit(f"There is already somebody called {name}: choose another name.")
        await audit.note(connection, by, "added", f"agent:{name}", role=role, phone=phone)
        return AgentAccount(**row._mapping)


async def change_agent(
    engine: AsyncEngine,
    name: str,
    *,
    by: str,
    role: Role | None = None,
    phone: str | None = None,
    password: str | None = None,
    active: bool | None = None,
) -> AgentAccount:
    """Change what is given. A new password, another role, and being put out of use end all of their sessions.

    With a new password, another kind of telephone, and with being put out of use or to use again, their telephone gets
    a new one too. With a new password the wrong ones before it no longer count.

    NotFound where there is no such login; Unfit where a value does not fit or the last administrator would go.
    """
    _check(role=role, phone=phone, password=password)
    changes: dict[str, object] = {
        column: value for column, value in (("role", role), ("phone", phone), ("active", active)) if value is not None
    }
    noted = dict(changes)
    if password is not None:
        changes["password_hash"] = await hash_password(password)
        noted["password"] = "changed"
    async with transaction(engine) as connection:
        # Locked together, so that two administrators cannot put each other out of use at once.
        administrators = await connection.execute(
            select(Agent.name).where(Agent.role == Role.ADMINISTRATOR, Agent.active).with_for_update()
        )
        left = set(administrators.scalars().all()) - {name}
        row = (await connection.execute(select(*_COLUMNS).where(Agent.name == name).with_for_update())).one_or_none()
        if row is None:
            raise NotFound(f"There is nobody called {name}.")
        ends_sessions = password is not None or active is False or role not in (None, row.role)
        if password is not None or active not in (None, row.active) or phone not in (None, row.phone):
            changes["sip_password"] = _telephone_password(phone or row.phone)
        if changes:
            changed = update(Agent).where(Agent.name == name).values(**changes).returning(*_COLUMNS)
            was_administrator = row.active and row.role == Role.ADMINISTRATOR
            row = (await connection.execute(changed)).one()
            if was_administrator and not left and not (row.active and row.role == Role.ADMINISTRATOR):
                raise Unfit("This is the last administrator: make somebody else one first.")
        if ends_sessions:
            await connection.execute(delete(Session).where(Session.agent == name))
        if password is not None:
            await connection.execute(delete(LoginAttempt).where(LoginAttempt.name == name))
        await audit.note(connection, by, "changed", f"agent:{name}", **noted)
        return AgentAccount(**row._mapping)


async def hash_password(password: str) -> str:
    """argon2id takes some 100 ms of a core: in a thread."""
    return await asyncio.to_thread(HASHER.hash, password)


def _telephone_password(phone: str) -> str:
    """Digits for a SIP telephone, whose number pad has nothing else; a browser keys nothing."""
    if phone == "sip":
        return "".join(secrets.choice("0123456789") for _ in range(20))
    return secrets.token_urlsafe(18)


def _check(
    *, name: str | None = None, phone: str | None = None, role: str | None = None, password: str | None = None
) -> None:
    if name is not None and not _NAME.fullmatch(name):
        raise Unfit("A login name has 1 to 32 of these: a to z, 0 to 9 and the hyphen.")
    if phone is not None and phone not in PHONES:
        raise Unfit(f"A telephone is one of: {', '.join(PHONES)}.")
    if role is not None and role not in list(Role):
        raise Unfit(f"A role is one of: {', '.join(Role)}.")
    if password is not None and len(password) < SHORTEST_PASSWORD:
        raise Unfit(f"A password has at least {SHORTEST_PASSWORD} characters.")
