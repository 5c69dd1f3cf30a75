"""Started by root, the centre becomes somebody else before it does anything. Standard library alone.

Whoever owns the data folder runs it; a new folder belongs to the user `centro311`, who is made where missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from centre.errors import Trouble

NAME = "centro311"
PROBE = "import sys, venv; print(sys.executable if sys.version_info >= (3, 11) else '')"


def become_ordinary(data: Path, parts: Path, launcher: Path, arguments: Sequence[str]) -> NoReturn:
    """Hand the folders to an unprivileged user and start the launcher again as that user."""
    person = owner_of(data) or system_user()
    if not can(person, "-r", launcher.with_name("requirements.lock")):
        raise Trouble(
            f"The centre does not run as root but as the user {person.pw_name}, who cannot read {launcher.parent}: "
            f"move the checkout to a folder that others may read, such as /opt/centro311, and start it there."
        )
    for folder in (data, parts):
        hand_over(folder, person)
    if not can(person, "-w", data):
        raise Trouble(
            f"The centre does not run as root but as the user {person.pw_name}, who cannot write in {data}: "
            "give --data a folder that this user can reach, such as /var/lib/centro311."
        )
    python = python_for(person)
    if not can(person, "-x", Path.cwd()):
        os.chdir(data)
    os.setgroups([])
    os.setgid(person.pw_gid)
    os.setuid(person.pw_uid)
    os.execve(python, [python, str(launcher), *arguments], environment(os.environ, person, data))


def owner_of(data: Path) -> pwd.struct_passwd | None:
    """The ordinary user whose data folder this is already; None for a new one or one of root's."""
    try:
        owner = data.stat().st_uid
        return pwd.getpwuid(owner) if owner else None
    except (OSError, KeyError):
        return None


def system_user() -> pwd.struct_passwd:
    """The user `centro311`, made where missing."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(NAME)
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    if useradd is None:
        raise Trouble(
            f"The centre does not run as root and this machine has no useradd: make a user named {NAME} and repeat."
        )
    made = subprocess.run(
        [
            *(useradd, "--system", "--user-group", "--no-create-home"),
            *("--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", NAME),
        ],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise Trouble(f"The user {NAME} could not be made ({made.stderr.strip()}): make it yourself and repeat.")
    print(f"  The centre does not run as root: made the system user {NAME} for it.", file=sys.stderr)
    return pwd.getpwnam(NAME)


def hand_over(folder: Path, person: pwd.struct_passwd) -> None:
    """Make the folder, or give the user one of root's that is empty or a centre's (a restored copy)."""
    if folder.is_symlink() or folder.exists():
        if folder.stat().st_uid:
            return
        if any(folder.iterdir()) and not is_centres(folder):
            raise Trouble(f"{folder} belongs to root and holds other things than a centre's: give --data a new folder.")
        # Links are given away themselves, never what they point at.
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, person.pw_uid, person.pw_gid, follow_symlinks=False)
        return
    for missing in reversed([folder, *folder.parents]):
        if not missing.exists():
            missing.mkdir(mode=0o755)
    os.chown(folder, person.pw_uid, person.pw_gid)
    folder.chmod(0o700)


def is_centres(folder: Path) -> bool:
    """Whether this is a data folder that was set up, or a folder of parts: a name alone proves nothing."""
    try:
        told = json.loads((folder / "settings.json").read_bytes())
        return isinstance(told, dict) and {"data", "sip_port", "http_port"} <= told.keys()
    except (OSError, ValueError):
        venv = folder / "venv"
        return venv.is_symlink() and re.fullmatch(r"venv-[0-9a-f]{12}", os.readlink(venv)) is not None


def can(person: pwd.struct_passwd, test: str, path: Path) -> bool:
    """Whether that user may read (`-r`) or write (`-w`) the path, folders above it included."""
    return as_user(person, ["/usr/bin/test", test, str(path)]) is not None


def python_for(person: pwd.struct_passwd) -> str:
    """A Python 3.11 or newer that this user can start; root's own may lie below /root."""
    for candidate in candidates():
        if found := (as_user(person, [candidate, "-c", PROBE]) or "").strip():
            return found
    raise Trouble(
        f"The user {person.pw_name}, as whom the centre runs, finds no Python 3.11 or newer (with its venv module): "
        "install one for all users (on Debian 12 or 13: apt install python3) and repeat."
    )


def candidates() -> Iterator[str]:
    yield os.path.realpath(sys.executable)
    for folder in [*os.environ.get("PATH", "").split(os.pathsep), "/usr/local/bin", "/usr/bin"]:
        for name in ("python3", "python3.13", "python3.12", "python3.11"):
            path = os.path.join(folder, name)
            if folder.startswith("/") and os.path.exists(path):
                yield path


def as_user(person: pwd.struct_passwd, command: Sequence[str]) -> str | None:
    """What the command prints when that user runs it; None where it cannot or fails."""
    try:
        ran = subprocess.run(
            command,
            user=person.pw_uid,
            group=person.pw_gid,
            extra_groups=[],
            cwd="/",
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"},
            capture_output=True,
            text=True,
        )
    except OSError:
        return None
    return ran.stdout if ran.returncode == 0 else None


def environment(given: Mapping[str, str], person: pwd.struct_passwd, data: Path) -> dict[str, str]:
    """Root's environment for the other user: proxies and certificates stay, root's own places go."""
    own = {"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "PYTHONPATH", "PYTHONHOME"}
    kept = {name: value for name, value in given.items() if name not in own}
    return {**kept, "HOME": str(data), "USER": person.pw_name, "LOGNAME": person.pw_name}
