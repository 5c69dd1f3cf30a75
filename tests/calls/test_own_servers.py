"""A centre on a database and a bus that somebody else runs: `DATABASE_URL` and `NATS_URL`."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from crm_core.services.presence import has_another
from ivr.prompts import CaseNumber
from tests.agents import VOICE, add_agent, at_work
from tests.centre import Centre, eventually
from tests.native import free_port, program
from tests.parts.crm.conftest import server_program, unprivileged

PASSWORD = "la clave de la base/311"
TOKEN = "la-palabra-del-bus"


@contextlib.contextmanager
def running(*command: str | Path, **wishes: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **wishes)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="c311-own-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def database_url(folder: Path) -> Iterator[str]:
    """A PostgreSQL with passwords, and a database whose owner is no superuser."""
    person, port, home = unprivileged(), free_port(), folder / "pg"
    home.mkdir()
    (home / "word").write_text(PASSWORD)
    if person:
        for path in (home, home / "word"):
            shutil.chown(path, person["user"], person["group"])
    initdb = server_program("initdb")
    share = initdb.parents[4] / "share" / "postgresql" / initdb.parents[1].name
    where = ["-L", str(share)] if share.exists() else []
    made = [*where, "-D", f"{home}/data", "-U", "root311", "-A", "scram-sha-256", "--pwfile", f"{home}/word", "-N"]
    subprocess.run([initdb, *made, "-E", "UTF8"], check=True, stdout=subprocess.DEVNULL, cwd="/", **person)  # type: ignore[call-overload]
    listen = ["-h", "127.0.0.1", "-p", str(port), "-k", str(home)]
    with running(server_program("postgres"), "-D", f"{home}/data", *listen, **person):
        root = psycopg.conninfo.make_conninfo(
            host="127.0.0.1", port=port, user="root311", password=PASSWORD, dbname="postgres"
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                connection = psycopg.connect(root, autocommit=True, connect_timeout=2)
                break
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        with connection:
            connection.execute(f"create role oficina login password '{PASSWORD}'")
            connection.execute("create database casos owner oficina")
        yield f"postgres://oficina:la%20clave%20de%20la%20base%2F311@127.0.0.1:{port}/casos"


@pytest.fixture
def nats_url() -> Iterator[str]:
    port = free_port()
    with running(program("nats-server"), "-a", "127.0.0.1", "-p", str(port), "--auth", TOKEN):
        yield f"nats://{TOKEN}@127.0.0.1:{port}"


@pytest.mark.long
async def test_a_centre_on_servers_of_somebody_else_takes_a_call_to_a_case_and_leaves_them_alone(
    folder: Path, database_url: str, nats_url: str, number: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NATS_URL", nats_url)
    centre = await Centre.start(folder / "centre")
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("NATS_URL")
    try:
        status = await centre.status()
        assert status["ready"]
        assert {name for name, pid in status["pids"].items() if pid is None} == {"postgres", "nats"}
        told = await centre.run("status")
        assert told.count("a server of yours") == 2
        assert "no sign of life" not in told
        assert not (centre.data / "postgres").exists()
        assert not (centre.data / "run" / "nats.conf").exists()

        word = await add_agent(centre, "rosa")
        async with at_work(centre, "rosa", word) as rosa, centre.phone(number) as phone:
            await phone.dial("311")
            await phone.press("111")
            await rosa.phone.in_call(15)
            await phone.hear_tone(VOICE)
            view = await rosa.view()
            assert view.call is not None
            [case] = view.call.cases
            assert (await rosa.save(view.call)).ok
            await rosa.phone.hang_up()
            await phone.hear_number(CaseNumber(case.number))
            await phone.hang_up()
        await centre.ended_call(view.call.id)
        with psycopg.connect(database_url) as connection:
            [row] = connection.execute('select state from "case" where number = %s', [case.number]).fetchall()
        assert row == ("new",)

        await eventually(lambda: has_another(centre.database, centre.settings.node, "another"), within=30)
        monkeypatch.setenv("DATABASE_URL", database_url)
        with pytest.raises(AssertionError, match="Another centre works on the database that DATABASE_URL names"):
            await Centre.start(folder / "second")
        monkeypatch.delenv("DATABASE_URL")
        assert list((folder / "second").glob("*.json")) == []
    finally:
        await centre.database.dispose()
        await centre.stop()
    # Both run on, and the centre comes up again without being told anew.
    with psycopg.connect(database_url) as connection:
        connection.execute("select 1")
    assert not any((await centre.status())["pids"].values())
    await asyncio.to_thread(up_again, centre)
    try:
        await eventually(centre.status, lambda now: now["ready"], 30)
        assert (await centre.case(case.number))["state"] == "new"
    finally:
        await centre.database.dispose()
        await centre.stop()


def up_again(centre: Centre) -> None:
    subprocess.run(["./centro311", "up", "--detach", "--data", str(centre.data)], check=True, capture_output=True)
