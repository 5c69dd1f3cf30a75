"""The catalogue of institutions and services."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.errors import Unfit
from crm_core.services import catalogue


async def test_the_sample_is_seeded_once_and_an_administrators_changes_stay(engine: AsyncEngine) -> None:
    assert await catalogue.seed(engine)
    found = {each.code: each for each in await catalogue.institutions(engine)}
    leak = next(service for service in found["idaan"].services if service.code == "leak")
    assert leak.days == 5
    assert leak.name["en"] == "Leak or broken pipe in the street"
    async with engine.begin() as connection:
        await connection.execute(text("update service set days = 7 where code = 'leak'"))
        await connection.execute(text("update institution set active = false where code = 'mop'"))
    assert not await catalogue.seed(engine)
    again = {each.code: each for each in await catalogue.institutions(engine)}
    assert next(service for service in again["idaan"].services if service.code == "leak").days == 7
    assert "mop" not in again


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("institutions: [{code: a, name: {es: A}}]", "needs a name"),
        (
            "institutions: [{code: a, name: {es: A, en: A}, services: [{code: b, name: {es: B, en: B}, days: -1}]}]",
            "b has",
        ),
        ("institutions: [{name: {es: A, en: A}}]", "code"),
        ("institutions: [", "x.yaml"),
    ],
)
def test_a_catalogue_that_is_wrong_says_where(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(content)
    with pytest.raises(Unfit, match=why):
        catalogue.read(path)
