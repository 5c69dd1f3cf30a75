"""Where Asterisk itself is: the centre's own folder of native programs first, then the machine's."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from config.settings import Settings

PLACES = "/usr/sbin:/usr/local/sbin:/usr/local/bin"
"""Where the machine's own is looked for beside the PATH, which comes first."""


class AsteriskError(Exception):
    """Asterisk is missing, cannot be asked, or did not do what it was told; the message is for people."""


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    program: Path
    modules: Path
    """The folder of `chan_pjsip.so` and the others."""
    data: Path
    """The folder of `moh` and `rest-api`."""


def find(settings: Settings) -> Installation:
    """The Asterisk that this node uses. AsteriskError where there is none, or a part of it is missing."""
    for root in (settings.native, Path("/")):
        program = _program(root)
        if program is None:
            continue
        modules = [*sorted((root / "usr/lib").glob("*/asterisk/modules")), root / "usr/lib/asterisk/modules"]
        data = [root / "usr/share/asterisk", root / "var/lib/asterisk"]
        return Installation(
            program=program,
            modules=_first(modules, "chan_pjsip.so", program),
            data=_first(data, "rest-api", program),
        )
    raise AsteriskError("Asterisk is not installed here yet: `./centro311 up` fetches it.")


def _program(root: Path) -> Path | None:
    if root == Path("/"):
        found = shutil.which("asterisk") or shutil.which("asterisk", path=PLACES)
        return Path(found) if found else None
    return program if (program := root / "usr/sbin/asterisk").is_file() else None


def _first(folders: list[Path], holding: str, program: Path) -> Path:
    for folder in folders:
        if (folder / holding).exists():
            return folder
    raise AsteriskError(f"{program} is there, but not its {holding}: looked in {', '.join(map(str, folders))}.")
