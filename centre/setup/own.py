"""The machine's own programs: which of them are new enough to be used, so that only the others are fetched."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
from pathlib import Path

from centre.errors import Trouble
from centre.setup.native import Recipe
from config.settings import Settings

PLACES = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/sbin:/bin"


@dataclasses.dataclass(frozen=True)
class Need:
    """One native program that the centre stands on."""

    title: str
    program: str
    oldest: tuple[int, ...]
    """The oldest version that will do. Sources: Asterisk 22.10.1 is the first whose ARI takes requests over the event
    WebSocket without the faults that the tests know; NATS below 2.10.4 is open to CVE-2023-47090."""
    packages: tuple[str, ...]
    starts: tuple[str, ...]
    """Globs of the programs in the private root."""
    version: str = "--version"


ASTERISK = Need(
    "Asterisk",
    "asterisk",
    (22, 10, 1),
    ("asterisk", "asterisk-moh-opsound-wav"),
    ("usr/sbin/asterisk",),
    "-V",
)
POSTGRES = Need("PostgreSQL", "postgres", (16,), ("postgresql-NN",), ("usr/lib/postgresql/*/bin/*",))
NATS = Need("NATS", "nats-server", (2, 10, 4), ("nats-server",), ("usr/sbin/nats-server",))
ESPEAK = Need("espeak-ng", "espeak-ng", (1, 50), ("espeak-ng",), ("usr/bin/espeak-ng",))

TESTS = Recipe(
    ("baresip-core", "sip-tester", "chromium", "fonts-dejavu-core"),
    ("usr/bin/baresip", "usr/bin/sipp", "usr/lib/chromium/*"),
)
"""What the tests need beside the centre: a telephone, a load of calls, a browser with a font."""


def needs(settings: Settings) -> list[Need]:
    """What this node must have; a server given by URL is somebody else's."""
    found = [ASTERISK, ESPEAK]
    if not settings.database_url:
        found.append(POSTGRES)
    if not settings.nats_url:
        found.append(NATS)
    return found


def recipe(settings: Settings) -> Recipe:
    """What to fetch for this node: each need that the machine's own program does not meet."""
    missing = [need for need in needs(settings) if not good_enough(need)]
    return Recipe(
        tuple(package for need in missing for package in need.packages),
        tuple(glob for need in missing for glob in need.starts),
    )


def refuse_impossible(settings: Settings) -> None:
    """Trouble where something is missing or too old here and this machine cannot fetch Debian's archives."""
    for need in needs(settings):
        version = version_of(need)
        if not good_enough(need):
            oldest = ".".join(map(str, need.oldest))
            state = f"{need.title} {'.'.join(map(str, version))} is too old" if version else f"{need.title} is missing"
            url = {"PostgreSQL": ", or name a server in DATABASE_URL", "NATS": ", or name a server in NATS_URL"}
            raise Trouble(
                f"{state} here, and only Debian 12 and 13 can fetch it: install {need.title} {oldest} or newer"
                f"{url.get(need.title, '')}."
            )


def good_enough(need: Need) -> bool:
    version = version_of(need)
    return version is not None and version >= need.oldest


def version_of(need: Need) -> tuple[int, ...] | None:
    """The version of the machine's own program; None where there is none that this user can start."""
    program = where(need.program)
    if program is None:
        return None
    try:
        told = subprocess.run([program, need.version], capture_output=True, text=True, timeout=10, env=plain()).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    return numbers(told)


def numbers(told: str) -> tuple[int, ...] | None:
    """`Asterisk 22.10.1~dfsg` → (22, 10, 1); `postgres (PostgreSQL) 18.6 (Debian …)` → (18, 6)."""
    found = re.search(r"\d+(?:\.\d+)+", told)
    return tuple(map(int, found[0].split("."))) if found else None


def where(program: str) -> Path | None:
    """The machine's own program, PostgreSQL's in its versioned folder too."""
    if program == "postgres":
        folders = list(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        if folders:
            return max(folders, key=lambda file: int(re.sub(r"\D", "", file.parts[-3]) or 0))
    found = shutil.which(program) or shutil.which(program, path=PLACES)
    return Path(found) if found else None


def plain() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8"}
