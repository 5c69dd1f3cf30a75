"""What `./centro311` does before the command itself: who runs it, where it writes, and with which packages."""

from __future__ import annotations

import json
import os
import pwd
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from centre.errors import Trouble, explain
from centre.hints import USUAL
from centre.setup import person, venv
from centre.setup.show import Board


def main(launcher: Path, arguments: Sequence[str]) -> NoReturn:
    """Run the command in its environment. Ends the process, with one sentence where a person must help."""
    try:
        launch(launcher, arguments)
    except Trouble as trouble:
        sys.exit(f"centro311: {trouble}")
    except KeyboardInterrupt:
        sys.exit("\ncentro311: stopped; repeat the command to go on.")


def launch(launcher: Path, arguments: Sequence[str]) -> NoReturn:
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        print((launcher.parent / "centre" / "help.txt").read_text(), end="")
        sys.exit(0)
    usual = os.path.abspath(os.environ.get("CENTRO311_DATA") or launcher.parent / "data")
    # Stays as the person's own shell has it, also where root's start is repeated as another user.
    os.environ.setdefault(USUAL, usual)
    data, rest = data_folder(arguments, Path(usual))
    parts = Path(os.path.abspath(os.environ.get("CENTRO311_PARTS") or parts_of(data)))
    if os.geteuid() == 0:
        os.environ |= {"CENTRO311_DATA": str(data), "CENTRO311_PARTS": str(parts)}
        person.become_ordinary(data, parts, launcher, rest)
    refuse_foreign(data)
    os.umask(0o077)
    try:
        python = venv.ready(parts, Board(), tests="test" in rest[:1])
    except OSError as error:
        raise explain(error, f"setting up the centre in {data}") from error
    os.environ |= {
        "CENTRO311_DATA": str(data),
        "CENTRO311_PARTS": str(parts),
        "PYTHONPATH": str(launcher.parent),
        # The checkout may belong to somebody else; what Python keeps goes where everything is written.
        "PYTHONPYCACHEPREFIX": str(parts / "pycache"),
    }
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.execv(python, [str(python), "-m", "centre", *rest])


def parts_of(data: Path) -> Path:
    """The folder of parts that this centre was set up with; its own where it is a new one."""
    try:
        return Path(json.loads((data / "settings.json").read_text()).get("parts") or data / "parts")
    except (OSError, ValueError, AttributeError, TypeError):
        return data / "parts"


def refuse_foreign(data: Path) -> None:
    """Trouble where the data folder is somebody else's."""
    try:
        owner = data.stat().st_uid
    except OSError:
        return
    if owner != os.geteuid() and not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = f"user {owner}"
        raise Trouble(
            f"{data} belongs to {name}: run the command as that user or as root, or give --data another folder."
        )


def data_folder(arguments: Sequence[str], default: Path) -> tuple[Path, list[str]]:
    """The folder of `--data`, wherever it stands, and the other arguments."""
    rest = list(arguments)
    chosen = default
    for at, argument in enumerate(rest):
        if argument == "--":
            break
        if argument == "--data" and at + 1 < len(rest):
            chosen = Path(rest[at + 1])
            del rest[at : at + 2]
            break
        if argument == "--data":
            raise Trouble("--data needs a folder.")
        if argument.startswith("--data="):
            chosen = Path(argument.partition("=")[2])
            del rest[at]
            break
    return Path(os.path.abspath(chosen.expanduser())), rest
