"""Institutions and their services, as the form needs them: from the database, kept in a file through its outages."""

from __future__ import annotations

import asyncio
import unicodedata
from pathlib import Path

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from config.files import write_private
from crm_core.errors import Unavailable
from crm_core.services import catalogue as stored
from crm_core.services.catalogue import InstitutionView, ServiceView

log = structlog.get_logger()
REFRESH_SECONDS = 60.0
RETRY_SECONDS = 3.0


def plain(text: str) -> str:
    """Without case and accents: `Educación ` is `educacion`."""
    decomposed = unicodedata.normalize("NFD", text.casefold().strip())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


class Catalogue:
    def __init__(self, engine: AsyncEngine, file: Path) -> None:
        self._engine = engine
        self._file = file
        self.institutions: list[InstitutionView] = []
        self._by_code: dict[str, InstitutionView] = {}

    async def run(self) -> None:
        """Keep the catalogue fresh until cancelled."""
        kept: list[InstitutionView] = []
        try:
            kept = msgspec.json.decode(self._file.read_bytes(), type=list[InstitutionView])
            self.take(kept)
        except (OSError, msgspec.DecodeError) as error:
            log.info("no catalogue kept yet", error=str(error))
        while True:
            try:
                found = await stored.institutions(self._engine)
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self.take(found)
            if found != kept and await asyncio.to_thread(self._keep, found):
                kept = found
            await asyncio.sleep(REFRESH_SECONDS if found and found == kept else RETRY_SECONDS)

    def _keep(self, institutions: list[InstitutionView]) -> bool:
        """Write the file; False where the disk does not take it now."""
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._file, msgspec.json.encode(institutions))
        except OSError as error:
            log.error("the catalogue cannot be kept", file=str(self._file), error=str(error))
            return False
        return True

    def take(self, institutions: list[InstitutionView]) -> None:
        """These are the institutions from now on."""
        self.institutions = institutions
        self._by_code = {one.code: one for one in institutions}

    def name(self, code: str | None, language: str) -> str:
        """An institution's name; its code where the catalogue does not know it, nothing for None."""
        if code is None:
            return ""
        found = self._by_code.get(code)
        return found.name[language] if found else code

    def service_name(self, institution: str | None, code: str | None, language: str) -> str:
        for service in self.services(institution):
            if service.code == code:
                return service.name[language]
        return code or ""

    def services(self, code: str | None) -> list[ServiceView]:
        found = self._by_code.get(code or "")
        return found.services if found else []

    def code_of(self, written: str) -> str | None:
        """The institution that was written or chosen: its code, its name in either language, or a part of one name."""
        wanted = plain(written)
        if not wanted:
            return None
        for one in self.institutions:
            if wanted in (plain(one.code), *self._names(one)):
                return one.code
        found = self._holding(wanted)
        return found[0].code if len(found) == 1 else None

    def may_become(self, written: str) -> bool:
        """Whether what is written so far is an institution, may become one, or is nothing."""
        wanted = plain(written)
        return not wanted or self.code_of(written) is not None or bool(self._holding(wanted))

    def _holding(self, wanted: str) -> list[InstitutionView]:
        return [one for one in self.institutions if any(wanted in name for name in self._names(one))]

    @staticmethod
    def _names(one: InstitutionView) -> list[str]:
        return [plain(name) for name in one.name.values()]
