"""Institutions and the services they answer for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import yaml
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from config.settings import SHIPPED
from crm_core.domain.case import CaseType
from crm_core.errors import Unfit
from crm_core.services.reach import transaction
from crm_core.storage.tables import Institution, Service

SAMPLE = SHIPPED / "institutions.yaml"


class ServiceView(msgspec.Struct, kw_only=True):
    code: str
    name: dict[str, str]
    """By language."""
    type: CaseType | None = None
    days: int
    """Business days promised."""


class InstitutionView(msgspec.Struct, kw_only=True):
    code: str
    name: dict[str, str]
    """By language."""
    services: list[ServiceView] = []


class _File(msgspec.Struct, kw_only=True):
    institutions: list[InstitutionView]


def read(path: Path = SAMPLE) -> list[InstitutionView]:
    """The institutions of a file. Unfit, with the place in it, where it is not what it should be."""
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), _File).institutions
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise Unfit(f"{path.name}: {error}") from error
    for institution in found:
        things: list[InstitutionView | ServiceView] = [institution, *institution.services]
        for thing in things:
            if not {"es", "en"} <= thing.name.keys():
                raise Unfit(f"{path.name}: {thing.code} needs a name in es and en.")
        for service in institution.services:
            if service.days < 0:
                raise Unfit(f"{path.name}: {institution.code}/{service.code} has days that cannot be.")
    return found


async def seed(engine: AsyncEngine, institutions: Sequence[InstitutionView] | None = None) -> bool:
    """Give a new centre its institutions (the sample's by default). False where it has some: they are never touched."""
    given = read() if institutions is None else institutions
    async with transaction(engine) as connection:
        if (await connection.execute(select(Institution.code).limit(1))).first() is not None:
            return False
        rows = [{"code": each.code, "name": each.name} for each in given]
        if rows:
            await connection.execute(insert(Institution).on_conflict_do_nothing(), rows)
        services = [
            {"institution": each.code, "code": one.code, "name": one.name, "type": one.type, "days": one.days}
            for each in given
            for one in each.services
        ]
        if services:
            await connection.execute(insert(Service).on_conflict_do_nothing(), services)
        return bool(rows)


async def institutions(engine: AsyncEngine) -> list[InstitutionView]:
    """Those in use, by code, each with its services in use."""
    async with transaction(engine) as connection:
        services: dict[str, list[ServiceView]] = {}
        rows = await connection.execute(
            select(Service.institution, Service.code, Service.name, Service.type, Service.days)
            .where(Service.active)
            .order_by(Service.institution, Service.code)
        )
        for row in rows:
            view = ServiceView(code=row.code, name=row.name, type=row.type, days=row.days)
            services.setdefault(row.institution, []).append(view)
        found = await connection.execute(
            select(Institution.code, Institution.name).where(Institution.active).order_by(Institution.code)
        )
        return [InstitutionView(code=row.code, name=row.name, services=services.get(row.code, [])) for row in found]
