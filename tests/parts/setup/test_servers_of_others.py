"""Servers that an administrator names by a URL: each way to write it is understood, and its signs of life are heard."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from centre.errors import Trouble
from centre.parts import parts
from centre.setup import node
from centre.setup.node import try_database
from config.settings import Settings
from crm_core.services.presence import Presence
from crm_core.storage.engine import engine
from tests.parts.crm.conftest import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="c311-pg-"))
    made = Server(folder)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
async def test_a_server_on_a_socket_is_heard_however_its_url_begins(
    server: Server, scheme: str, tmp_path: Path
) -> None:
    url = f"{scheme}://centro311@/postgres?host={server.folder}"
    settings = Settings(data=tmp_path, database_url=url)
    try_database(settings.database)
    with psycopg.connect(settings.database) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    postgres = parts(settings)["postgres"]
    assert postgres.command is None
    assert await postgres.sign(2) == {}


def test_a_database_that_another_centre_works_on_is_refused_before_anything_is_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url("postgres")
    monkeypatch.setenv("DATABASE_URL", url)
    given = node.settings(tmp_path / "second")

    async def beside_another() -> None:
        async with contextlib.aclosing(Presence(engine(url), given.node, "c311-first")) as first:
            assert await first.is_alone()
            with pytest.raises(Trouble, match="Another centre works on the database that DATABASE_URL names"):
                await asyncio.to_thread(node.keep, given)
        assert not given.data.exists()

    asyncio.run(beside_another())
    node.keep(given)
    assert Settings.load(given.data).database_url == url


async def test_one_that_is_away_gives_no_sign(tmp_path: Path) -> None:
    for url in ("postgresql://me@127.0.0.1:1/x", f"postgresql:///x?host={tmp_path}"):
        assert await parts(Settings(data=tmp_path, database_url=url))["postgres"].sign(1) is None
