"""What the agents' browsers register with: from the database, kept in a private file through its outages.

A page that is opened again in an outage takes up its conversation again, also after a restart of this process.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from config.files import write_private
from crm_core.errors import Unavailable
from crm_core.services.agents import agent
from crm_core.services.reach import within

log = structlog.get_logger()
PATIENCE_SECONDS = 1.5


class Telephones:
    def __init__(self, engine: AsyncEngine, file: Path) -> None:
        self._engine = engine
        self._file = file
        self._passwords: dict[str, str] = {}
        self._writing = threading.Lock()
        try:
            self._passwords = msgspec.json.decode(file.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            pass
        except (OSError, msgspec.DecodeError) as error:
            log.error("telephones cannot be read", file=str(file), error=str(error))

    async def password(self, name: str) -> str | None:
        """What this agent's telephone registers with; None where there is no such agent.

        While the database is away, what it was last; Unavailable where that is not known.
        """
        try:
            account = await within(PATIENCE_SECONDS, lambda: agent(self._engine, name))
        except Unavailable:
            if name in self._passwords:
                return self._passwords[name]
            raise
        if account is None:
            return None
        if self._passwords.get(name) != account.sip_password:
            self._passwords[name] = account.sip_password
            await self._write()
        return account.sip_password

    async def _write(self) -> None:
        try:
            await asyncio.to_thread(self._write_file)
        except OSError as error:
            log.error("telephones cannot be kept", file=str(self._file), error=str(error))

    def _write_file(self) -> None:
        with self._writing:  # whoever writes last writes what is known by then
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._file, msgspec.json.encode(self._passwords))
