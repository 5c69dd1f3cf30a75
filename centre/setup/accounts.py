"""The first people of a new centre: generated passwords, in one file of the data folder that its owner alone reads."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

from centre.hints import hint
from config.files import write_private
from config.settings import Settings
from crm_core.domain.staff import Role

FIRST = {
    "administrator": Role.ADMINISTRATOR,
    "supervisor": Role.SUPERVISOR,
    "ana": Role.AGENT,
    "luis": Role.AGENT,
}
"""Who a new centre begins with, by login name."""

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without what is mistaken for something else when it is read from a screen."""


class Account(msgspec.Struct, frozen=True):
    name: str
    role: Role
    password: str

    def __str__(self) -> str:
        return f"{self.name:<14} {self.password}   {self.role}"


def file(settings: Settings) -> Path:
    return settings.data / "accounts.txt"


def accounts(settings: Settings) -> list[Account]:
    """The first people and their first passwords: made once, before the database knows them, and kept."""
    path = file(settings)
    if not path.exists():
        made = [Account(name, role, password()) for name, role in FIRST.items()]
        write_private(path, "".join(f"{account}\n" for account in made).encode())
    return read(path)


def read(path: Path) -> list[Account]:
    rows = [line.split() for line in path.read_text().splitlines()]
    return [
        msgspec.convert({"name": row[0], "password": row[1], "role": row[2]}, Account) for row in rows if len(row) == 3
    ]


def forget(settings: Settings, name: str) -> None:
    """Take somebody's first password out of the file: it is theirs no more."""
    if file(settings).exists():
        left = [account for account in read(file(settings)) if account.name != name]
        write_private(file(settings), "".join(f"{account}\n" for account in left).encode())


def password() -> str:
    """Sixty bits, in groups that can be typed."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))


def who_can_log_in(settings: Settings) -> list[str]:
    """Lines for the end of `up`: names with passwords the first time, afterwards where they are."""
    path, shown = file(settings), settings.data / ".accounts-shown"
    if not path.exists():
        return [f"the people that `{hint('agent list', settings.data)}` shows"]
    people = read(path)
    # A service's output is kept in the machine's journal, where passwords have no business.
    if shown.exists() or "JOURNAL_STREAM" in os.environ:
        return [f"{', '.join(account.name for account in people)} (first passwords: {path})"]
    shown.touch()
    return [*map(str, people), f"(kept in {path}, which you may remove)"]
