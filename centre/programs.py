"""Where the native programs are: the centre's own folder first, then the machine's."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from centre.errors import Trouble
from centre.hints import hint
from config.settings import Settings


def find(settings: Settings, name: str) -> Path | None:
    """The program `name`, or None where neither the private folder nor the machine has it."""
    for folder in ("usr/sbin", "usr/bin"):
        if (program := settings.native / folder / name).is_file():
            return program
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/local/bin")
    return Path(found) if found else None


def find_postgres(settings: Settings) -> Path | None:
    """The folder with `postgres` and `initdb`, the newest where there are several."""
    for root in (settings.native, Path("/")):
        folders = [f for f in root.glob("usr/lib/postgresql/*/bin") if (f / "postgres").is_file()]
        if folders:
            return max(folders, key=lambda f: int(re.sub(r"\D", "", f.parent.name) or 0))
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


def need(settings: Settings, name: str) -> Path:
    """The program `name`; Trouble where it is missing."""
    found = find_postgres(settings) if name == "postgres" else find(settings, name)
    if found is None:
        up, doctor = hint("up", settings.data), hint("doctor", settings.data)
        raise Trouble(f"{name} is not installed here yet; `{up}` fetches it, `{doctor}` says more.")
    return found / name if name == "postgres" else found
