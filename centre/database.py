"""The node's private PostgreSQL server: its own folder, a socket that only its owner can reach, no TCP."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from centre import programs
from centre.errors import Trouble
from config.settings import Settings

_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "shared_buffers": "48MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "max_connections": "60",
    "max_wal_size": "512MB",
    "huge_pages": "off",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Neither statements nor the values of a violated key reach the log: they may hold a telephone number.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def folder(settings: Settings) -> Path:
    return settings.data / "postgres"


def socket(settings: Settings) -> Path:
    return settings.run / ".s.PGSQL.5432"


def command(settings: Settings) -> list[str]:
    """The command that runs the server in the foreground."""
    options = {**_OPTIONS, "unix_socket_directories": str(settings.run)}
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    return [str(programs.need(settings, "postgres")), "-D", str(folder(settings)), *words]


def create(settings: Settings) -> None:
    """Make the folder with its role and database `centro311` where it is missing; whole or not at all."""
    target = folder(settings)
    program = programs.need(settings, "postgres")
    if target.exists():
        _refuse_other_version(target, program)
        return
    fresh = target.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    settings.data.mkdir(parents=True, exist_ok=True)
    share = program.parents[4] / "share" / "postgresql" / program.parents[1].name
    where = ["-L", str(share)] if share.is_dir() else []
    make = [str(program.with_name("initdb")), *where, "-D", str(fresh), "-U", "centro311", "-A", "trust"]
    _run([*make, "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"], "")
    _run([str(program), "--single", "-D", str(fresh), "postgres"], "CREATE DATABASE centro311;\n")
    fresh.rename(target)


def _run(words: list[str], text: str) -> None:
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or ["no reason given"]
        raise Trouble(f"PostgreSQL could not make its folder: {reason[0]}")


def _refuse_other_version(target: Path, program: Path) -> None:
    try:
        has = (target / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise Trouble(f"{target} is not a PostgreSQL folder that can be read: {error.strerror}.") from error
    said = subprocess.run([str(program), "-V"], capture_output=True, text=True, check=False).stdout
    major = re.sub(r"^postgres \(PostgreSQL\) (\d+).*$", r"\1", said.strip())
    if major != has:
        raise Trouble(
            f"The database in {target} is of PostgreSQL {has}, but {program} is version {major}: "
            f"dump it with PostgreSQL {has} (pg_dump), move the folder away, and restore the dump after `up`."
        )
