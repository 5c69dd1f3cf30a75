"""Sessions that are over, remembered until the moment at which their cookie would end anyway.

The database knows it too; while it is away, and after a restart of this process meanwhile, this file is the only one
who does.
"""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import msgspec
import structlog

from config.files import write_private

log = structlog.get_logger()


class Over(msgspec.Struct):
    until: float
    """Epoch seconds of the cookie's absolute end."""
    told: bool
    """The database knows."""


class Ended:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._over: dict[str, Over] = {}
        self._writing = threading.Lock()
        try:
            self._over = msgspec.json.decode(file.read_bytes(), type=dict[str, Over])
        except FileNotFoundError:
            pass
        except (OSError, msgspec.DecodeError) as error:
            log.error("ended sessions cannot be read", file=str(file), error=str(error))

    def __contains__(self, token: str) -> bool:
        return token in self._over

    def untold(self) -> list[str]:
        return [token for token, over in self._over.items() if not over.told]

    async def note(self, token: str, until: float, *, told: bool) -> None:
        """The session of this token is over; written down where that is news."""
        over = Over(until, told)
        if self._over.get(token) == over:
            return
        now = time.time()
        self._over = {each: kept for each, kept in self._over.items() if kept.until > now} | {token: over}
        await self._write()

    async def told(self, token: str) -> None:
        if (over := self._over.get(token)) is not None:
            await self.note(token, over.until, told=True)

    async def _write(self) -> None:
        try:
            await asyncio.to_thread(self._write_file)
        except OSError as error:
            log.error("ended sessions cannot be written", file=str(self._file), error=str(error))

    def _write_file(self) -> None:
        with self._writing:  # whoever writes last writes what is known by then
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._file, msgspec.json.encode(self._over))
