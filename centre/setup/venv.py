"""The virtual environment, made from the lock files. Standard library alone, since it runs before there is one.

`PARTS/venv-<hash>` is named after the lock and the Python it was made with, so a new lock never touches the
environment that a running centre imports from; `PARTS/venv` points at the newest.
"""

from __future__ import annotations

import collections
import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from centre.errors import Trouble
from centre.setup.apt import Apt, available, codename
from centre.setup.lock import alone, held
from centre.setup.show import Board, Say

CHECKOUT = Path(__file__).resolve().parents[2]
LOCK = CHECKOUT / "requirements.lock"
TEST_LOCK = CHECKOUT / "requirements-test.lock"

BUNDLED = (Path(os.__file__).parent / "ensurepip" / "_bundled", Path("/usr/share/python-wheels"))
"""Where pip's own wheel lies: Python's own, and Debian's."""


def ready(parts: Path, board: Board, *, tests: bool = False) -> Path:
    """The `python` of an environment that holds the lock, and the tests' lock where asked; made where missing."""
    python = Path(sys.executable).resolve()
    made_of = f"{python} {sys.version} {parts}".encode() + LOCK.read_bytes()
    home = parts / f"venv-{hashlib.sha256(made_of).hexdigest()[:12]}"
    if not is_whole(home, LOCK):
        with alone(parts, lambda: board.line(f"Another set-up runs in {parts}: waiting for it.")):
            if not is_whole(home, LOCK):
                with board.step("Python packages") as say:
                    make(home, python, parts, say)
                    link(parts, home)
    if tests and not is_whole(home, TEST_LOCK):
        with alone(parts), board.step("Python packages for tests") as say:
            install(home, TEST_LOCK, parts, say)
    return home / "bin" / "python"


def is_whole(home: Path, lock: Path) -> bool:
    """Whether this lock was installed to its end, and the Python it stands on is still there."""
    with contextlib.suppress(OSError):
        return stamp(home, lock).read_text() == digest(lock) and os.access(home / "bin" / "python", os.X_OK)
    return False


def stamp(home: Path, lock: Path) -> Path:
    return home / f".{lock.stem}.whole"


def digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def make(home: Path, python: Path, parts: Path, say: Say) -> None:
    """A new environment with all of the lock. What an interruption left is taken up where it makes sense."""
    shutil.rmtree(home, ignore_errors=True)
    say("a new environment")
    # Without pip: a fresh Debian's venv has no ensurepip, and pip's wheel can be run as it is.
    made = subprocess.run([python, "-m", "venv", "--without-pip", home], capture_output=True, text=True)
    if made.returncode:
        raise trouble_of(made.stderr + made.stdout)
    install(home, LOCK, parts, say)


def link(parts: Path, home: Path) -> None:
    """Point `PARTS/venv` at the new environment; keep the one it pointed at, which may be running, and no older one."""
    pointer = parts / "venv"
    before = pointer.resolve() if pointer.is_symlink() else None
    temporary = parts / "venv.new"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(home.name)
    temporary.replace(pointer)
    for other in parts.glob("venv-*"):
        if other not in (home, before):
            shutil.rmtree(other, ignore_errors=True)


def install(home: Path, lock: Path, parts: Path, say: Say) -> None:
    """Install a lock with its hashes. Downloads are kept until it is whole, so that a repeat goes on with them."""
    cache = parts / "pip-cache"
    total = len(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", lock.read_text(), re.MULTILINE))
    command = [
        *(str(home / "bin" / "python"), str(pip_wheel(parts, say) / "pip"), "install", "--requirement", str(lock)),
        *("--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile", "--no-input"),
        *("--disable-pip-version-check", "--progress-bar=off", f"--cache-dir={cache}"),
    ]
    fetched = 0
    tail: collections.deque[str] = collections.deque(maxlen=60)
    with subprocess.Popen(
        command,
        cwd=home,
        env={**os.environ, "PIP_USER": "0", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        pass_fds=held(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        assert pip.stdout
        for line in pip.stdout:
            tail.append(line)
            if line.startswith("Collecting"):
                fetched += 1
                say(f"fetching {min(fetched, total)} of {total}")
            elif line.startswith("Installing collected"):
                say("unpacking")
    if pip.returncode:
        raise trouble_of("".join(tail))
    stamp(home, lock).write_text(digest(lock))
    shutil.rmtree(cache, ignore_errors=True)


def pip_wheel(parts: Path, say: Say) -> Path:
    """pip's own wheel, from Python or Debian, which can be run without being installed."""
    found = newest_wheel(BUNDLED)
    if found is None and available():
        say("fetching pip")
        state = parts / "pip.apt"
        apt = Apt(state, codename() or "sid")
        apt.update()
        for deb in apt.download(["python3-pip-whl"], lambda here, total: None):
            subprocess.run(["dpkg-deb", "-x", deb, state / "root"], check=True)
        found = newest_wheel([state / "root" / "usr/share/python-wheels"])
    if found is None:
        raise Trouble(
            "This Python has neither venv nor pip: install them (on Debian: apt install python3-venv) and repeat."
        )
    return found


def newest_wheel(folders: Sequence[Path]) -> Path | None:
    """The newest pip wheel among these folders, the first folder that has one."""
    for folder in folders:
        if wheels := list(folder.glob("pip-*.whl")):
            return max(wheels, key=lambda wheel: [int(part) for part in re.findall(r"\d+", wheel.name.split("-")[1])])
    return None


def trouble_of(complaint: str) -> Trouble:
    """What to tell a person of pip's or venv's own words."""
    if re.search(r"No space left|Disk quota", complaint):
        return Trouble("The disk is full: installing the Python packages stopped. Free 2 GB and repeat the command.")
    if re.search(r"NewConnection|ConnectionError|Temporary fail|timed out|Max retries|ProxyError|SSLError", complaint):
        return Trouble(
            "The package index cannot be reached, so the Python packages cannot be fetched: "
            "check the network (or pip's proxy, PIP_PROXY, and certificate, PIP_CERT) and repeat the command."
        )
    if "HASHES" in complaint:
        return Trouble(
            "A Python package is not the one that the lock file names: check where pip fetches from (pip config list)."
        )
    if "No matching distribution" in complaint:
        version = ".".join(map(str, sys.version_info[:2]))
        return Trouble(
            f"The package index lacks a package for Python {version} that the lock file names: "
            "use Python 3.11, 3.12 or 3.13, or check where pip fetches from (pip config list)."
        )
    lines = complaint.strip().splitlines() or ["nothing was said"]
    lines = [line for line in lines if "rror" in line] or lines
    return Trouble(f"Installing the Python packages failed: {lines[-1].strip()[:300]}")
