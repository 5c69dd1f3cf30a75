"""What a person reads when the centre is up: the number to dial, the addresses to open, who can log in."""

from __future__ import annotations

import contextlib

import click

from centre import addresses
from centre.setup import who_can_log_in
from config.settings import Settings


def lines(settings: Settings) -> list[str]:
    local, secure = addresses.local_web(settings), addresses.secure_web(settings)
    told = [
        "",
        "  Centro 311 is ready.",
        "",
        f"  Dial     {addresses.sip(settings)}   with any SIP telephone; it need not register",
        f"  Open     {local}   on this machine",
    ]
    if not addresses.is_loopback(settings):
        told.append(f"           {secure}   on others (begin with {secure}install)")
    people = who_can_log_in(settings)
    told += [f"  {'Log in' if at == 0 else '':<9}{words}" for at, words in enumerate(people)]
    return [*told, ""]


def show(settings: Settings) -> None:
    with contextlib.suppress(OSError):
        click.echo("\n".join(lines(settings)))
