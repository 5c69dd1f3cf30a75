"""Sessions that are over, remembered until the moment at which their cookie would end anyway.

The database knows it too; while it is away, and after a restart of this process meanwhile, this file is the only one
who does. It names those that live as well, so that the database can be asked which of them it ended.
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


class Known(msgspec.Struct):
    until: float
    """Epoch seconds of the session's absolute end."""
    told: bool
    """The database knows of it as we do."""
    over: bool = True


class Ended:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, Known] = {}
        self._writing = threading.Lock()
        try:
            self._known = msgspec.json.decode(file.read_bytes(), type=dict[str, Known])
        except FileNotFoundError:
            pass
        except (OSError, msgspec.DecodeError) as error:
            log.error("ended sessions cannot be read", file=str(file), error=str(error))

    def __contains__(self, token: str) -> bool:
        return (known := self._known.get(token)) is not None and known.over

    def untold(self) -> list[str]:
        return [token for token, known in self._known.items() if not known.told]

    def living(self) -> list[str]:
        return [token for token, known in self._known.items() if not known.over]

    async def note(self, token: str, until: float, *, told: bool) -> None:
        """The session of this token is over; written down where that is news."""
        await self._take(token, Known(until, told))

    async def note_living(self, token: str, until: float) -> None:
        """The database knows the session of this token; what is over stays over."""
        if token not in self:
            await self._take(token, Known(until, told=True, over=False))

    async def told(self, token: str) -> None:
        """The database knows that it is over."""
        if (known := self._known.get(token)) is not None:
            await self.note(token, known.until, told=True)

    async def _take(self, token: str, known: Known) -> None:
        if self._known.get(token) == known:
            return
        now = time.time()
        self._known = {each: kept for each, kept in self._known.items() if kept.until > now} | {token: known}
        await self._write()

    async def _write(self) -> None:
        try:
            await asyncio.to_thread(self._write_file)
        except OSError as error:
            log.error("ended sessions cannot be written", file=str(self._file), error=str(error))

    def _write_file(self) -> None:
        with self._writing:  # whoever writes last writes what is known by then
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._file, msgspec.json.encode(self._known))
