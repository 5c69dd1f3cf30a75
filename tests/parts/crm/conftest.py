"""A PostgreSQL of the tests' own, and a fresh database with our schema for each test that asks."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.storage.engine import engine as make_engine
from crm_core.storage.migrate import upgrade
from tests.native import roots
from tests.parts.crm import filed
from tests.parts.crm.draining import House


def server_program(name: str) -> Path:
    """A program of the PostgreSQL server, which distributions keep off the PATH."""
    places = [path for base in (*roots(), Path("/")) for path in base.glob("usr/lib/postgresql/*/bin")]
    if on_path := shutil.which(name):
        places.append(Path(on_path).parent)
    for place in places:
        if (found := place / name).exists():
            return found
    raise FileNotFoundError(f"{name} is missing: run the tests by `./centro311 test`, which brings it.")


def unprivileged() -> dict[str, int]:
    """PostgreSQL refuses to run as root: then it runs as nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


class Server:
    """A private PostgreSQL on a socket of its own, that tests may kill and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._as = unprivileged()
        if self._as:
            os.chown(folder, self._as["user"], self._as["group"])
        self._process: subprocess.Popen[bytes] | None = None
        program = server_program("initdb")
        share = program.parents[4] / "share" / "postgresql" / program.parents[1].name
        where = ["-L", str(share)] if share.exists() else []
        self._run(program, *where, "-D", f"{folder}/data", "-U", "centro311", "-A", "trust", "-N", "-E", "UTF8")

    def _run(self, program: Path, *arguments: str) -> None:
        subprocess.run(
            [program, *arguments],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            extra_groups=[] if self._as else None,
            **self._as,
        )

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *(server_program("postgres"), "-D", f"{self.folder}/data", "-k", self.folder, "-h", ""),
                *("-c", "fsync=off", "-c", "max_connections=60", "-c", "shared_buffers=16MB"),
            ],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            extra_groups=[] if self._as else None,
            **self._as,
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """To the server and each of its backends: a frozen server freezes whole."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            os.kill(pid, number)

    def url(self, database: str) -> str:
        return f"postgresql://centro311@/{database}?host={self.folder}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="c311-pg-"))
    server = Server(folder)
    server.start()
    try:
        server.sql("create database template311")
        upgrade(server.url("template311"))
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def counter() -> Iterator[int]:
    return iter(range(1_000_000))


@pytest.fixture
def database(server: Server, counter: Iterator[int]) -> Iterator[str]:
    """The URL of a database with our schema and nothing in it."""
    name = f"test{next(counter)}"
    server.sql(f"create database {name} template template311")
    yield server.url(name)
    server.sql(f"drop database if exists {name} with (force)")


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
async def centre(engine: AsyncEngine) -> AsyncEngine:
    """A database with the cases of `filed`."""
    await filed.file(engine)
    return engine


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may stop, with a database `template311`."""
    folder = Path(tempfile.mkdtemp(prefix="c311-pg-"))
    server = Server(folder)
    server.start()
    try:
        server.sql("create database template311")
        upgrade(server.url("template311"))
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def house(tmp_path: Path, engine: AsyncEngine) -> AsyncIterator[House]:
    house = House(tmp_path / "journal", engine)
    yield house
    house.journal.close()
