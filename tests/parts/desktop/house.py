"""A desktop with real parts around it: PostgreSQL, NATS, the process `web`; and in `line`'s place, what a test says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp

from centre.setup import bundle
from config.settings import CHECKOUT, Secrets, Settings
from config.signs import ask_sign
from crm_core.services import catalogue
from crm_core.services.agents import add_agent
from crm_core.storage.engine import engine
from crm_core.storage.migrate import upgrade
from tests.locks import locked
from tests.native import free_ports, program
from tests.parts.crm.conftest import Server
from tests.parts.desktop.line import Line
from tests.parts.dialplans.node import certificate

PASSWORD = "una-clave-larga"


class House:
    def __init__(self, folder: Path, settings: Settings, server: Server) -> None:
        self.folder = folder
        self.settings = settings
        self.server = server
        self.line = Line(settings.nats, settings.bus)
        self.database = engine(settings.database)
        self._nats: subprocess.Popen[bytes] | None = None
        self._web: subprocess.Popen[bytes] | None = None
        self._database_up = True
        self._people = 0

    @property
    def address(self) -> str:
        return f"http://localhost:{self.settings.http_port}"

    async def start(self) -> None:
        upgrade(self.settings.database)
        await catalogue.seed(self.database)
        self.start_nats()
        await until(self._nats_answers)
        await self.line.start()
        await self.start_web()

    async def stop(self) -> None:
        self.stop_web()
        await self.line.stop()
        self.stop_nats()
        await self.database.dispose()

    def start_nats(self) -> None:
        words = [str(program("nats-server")), "-a", "127.0.0.1", "-p", str(self.settings.nats_port)]
        self._nats = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def _nats_answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.settings.nats_port)
        except OSError:
            return False
        writer.close()
        return True

    def stop_nats(self) -> None:
        if self._nats is not None:
            self._nats.terminate()
            self._nats.wait()
            self._nats = None

    async def start_web(self) -> None:
        started = self._web = self._begin_web()

        async def lives() -> bool:
            assert started.poll() is None, (self.folder / "web.out").read_text()
            said = await ask_sign(self.settings.run / "web.sock")
            return bool(said and said["pid"] == started.pid)

        await until(lives, 20)

    def _begin_web(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "agent_desktop", "--data", str(self.settings.data)]
        with (self.folder / "web.out").open("ab") as out:
            return subprocess.Popen(words, cwd=CHECKOUT, stdout=out, stderr=out)

    def kill_web(self) -> None:
        assert self._web is not None
        self._web.kill()
        self._web.wait()
        self._web = None

    def stop_web(self) -> float:
        """By SIGTERM; how many seconds it took."""
        if self._web is None:
            return 0.0
        began = time.monotonic()
        self._web.terminate()
        self._web.wait(15)
        self._web = None
        return time.monotonic() - began

    async def repair(self) -> None:
        """Start again whatever was stopped."""
        if not self._database_up:
            self.start_database()
        if self._nats is None:
            self.start_nats()
        if self._web is None:
            await self.start_web()
        await self.line.stop()
        await until(self._nats_answers)
        await self.line.start()

    def stop_database(self) -> None:
        self.server.stop()
        self._database_up = False

    def start_database(self) -> None:
        self.server.start()
        self._database_up = True

    async def add(self, role: str = "agent", phone: str = "browser") -> str:
        """A new member of the staff, with the password `PASSWORD`; their login."""
        self._people += 1
        name = f"{role}-{self._people}"
        await add_agent(self.database, name, phone=phone, role=role, password=PASSWORD)
        self.line.agent(name)
        return name

    @contextlib.asynccontextmanager
    async def client(self, name: str | None = None) -> AsyncIterator[aiohttp.ClientSession]:
        """A browser without a screen, logged in where a name is given."""
        headers = {"Origin": self.address, "Accept": "text/html"}
        async with aiohttp.ClientSession(self.address, headers=headers) as client:
            if name is not None:
                async with client.post("/login", data={"name": name, "password": PASSWORD}) as answer:
                    assert answer.status == 200
                    assert answer.url.path != "/login", await answer.text()
            yield client


async def until(right: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait until it is so. TimeoutError where it is not in time."""
    deadline = time.monotonic() + seconds
    while not await right():
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.03)


def parts_folder(otherwise: Path) -> Path:
    named = os.environ.get("CENTRO311_PARTS")
    return Path(named) if named else otherwise


@contextlib.asynccontextmanager
async def house(server: Server, parts: Path, http_port: int | None = None) -> AsyncIterator[House]:
    """A house of a test's own on a database of its own; the browser's bundle is built where it is missing."""
    with tempfile.TemporaryDirectory(prefix="c311-web-") as name:
        folder = Path(name)
        first = http_port or free_ports(5)
        database = f"web{first}"
        server.sql(f"create database {database}")
        settings = Settings(
            data=folder, bind="127.0.0.1", http_port=first, database_url=server.url(database), parts=parts
        )
        settings.save()
        certificate(settings.tls)
        shutil.copyfile(settings.tls / "server.pem", settings.tls / "ca.pem")
        Secrets(ari_password="unused", web_secret=os.urandom(32).hex()).save(folder)
        async with locked(parts / "bundle.lock"):
            if not bundle.current(settings):
                await asyncio.to_thread(bundle.build, settings, lambda *_: None)
        made = House(folder, settings, server)
        await made.start()
        try:
            yield made
        finally:
            await made.stop()
