"""`trunk`: carriers' SIP trunks: add, list, remove, test."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import msgspec

from centre import probe, telephony
from centre.commands.common import data_option, json_option, node, print_json, print_table, tell_use
from centre.errors import Trouble
from centre.hints import hint
from config.settings import Settings
from dialplans import Outside, Trunk


@click.group()
def trunk() -> None:
    """A carrier's SIP trunk, over which citizens reach 311."""


@trunk.command("add")
@click.argument("name")
@click.argument("host")
@click.option("--port", type=click.IntRange(1, 65535), default=5060, help="The carrier's SIP port [5060].")
@click.option("--transport", type=click.Choice(["udp", "tcp", "tls"]), default="udp", help="[udp]")
@click.option("--register", is_flag=True, help="Register there (with --user); else calls are known by address.")
@click.option("--user", help="What the carrier asks of us; the password is asked for.")
@click.option("--password", help="Better left out: then it is asked for, or read from standard input.")
@click.option("--source", "sources", multiple=True, metavar="ADDRESS", help="Where its calls come from [HOST].")
@click.option(
    "--number-header",
    type=click.Choice(["P-Asserted-Identity", "Remote-Party-ID", "From"]),
    default="P-Asserted-Identity",
    help="Where the carrier says who calls.",
)
@click.option("--number-prefix", default="", metavar="DIGITS", help="Put before callers' numbers, such as +507.")
@click.option("--hidden", multiple=True, metavar="NUMBER", help="Sent in place of a withheld number.")
@click.option("--dialled", multiple=True, default=("311",), metavar="NUMBER", help="What means 311 there [311].")
@click.option("--outgoing", is_flag=True, help="Callbacks are to go out by this trunk; none are made yet.")
@data_option
def add(data: Path, name: str, user: str | None, password: str | None, hidden: tuple[str, ...], **given: Any) -> None:
    """Add a trunk, or change the one of that NAME. HOST is the carrier's SIP server."""
    settings = node(data)
    if user and not password:
        password = click.prompt("The carrier's password", hide_input=True, err=True)
    try:
        new = Trunk(name=name, user=user, password=password, hidden_numbers=hidden, **given)
    except ValueError as error:
        raise Trouble(str(error)) from error
    with telephony.alone(settings):
        kept = telephony.load(settings)
        others = [each for each in kept.trunks if each.name != name]
        changed = msgspec.structs.replace(kept, trunks=[*others, new])
        _take_into_use(settings, changed, f"Trunk {name} is in use.", f"Trunk {name} is kept")
    if asyncio.run(probe.resolve(new)) is None:
        click.echo(f"The name service does not know {new.host}: no call goes over the trunk until it does.", err=True)
    click.echo(f"`{hint(f'trunk test {name}', data)}` says what works.")


@trunk.command("remove")
@click.argument("name")
@data_option
def remove(data: Path, name: str) -> None:
    """Remove a trunk. Calls that run over it go on."""
    settings = node(data)
    with telephony.alone(settings):
        kept = telephony.load(settings)
        _named(settings, kept, name)
        changed = msgspec.structs.replace(kept, trunks=[each for each in kept.trunks if each.name != name])
        _take_into_use(settings, changed, f"Trunk {name} is removed.", f"Trunk {name} is taken out of the settings")


@trunk.command("list")
@json_option
@data_option
def list_(as_json: bool, data: Path) -> None:
    """List the trunks. Passwords are never shown."""
    trunks = telephony.load(node(data)).trunks
    if as_json:
        print_json([{**msgspec.to_builtins(each), "password": None} for each in trunks])
        return
    rows = [
        (
            each.name,
            each.server,
            each.transport,
            f"registers as {each.user}" if each.register else "by address",
            "yes" if each.outgoing else "",
        )
        for each in trunks
    ]
    print_table(("NAME", "SERVER", "OVER", "KNOWN", "OUTGOING"), rows, "There is no trunk yet.")


@trunk.command("test")
@click.argument("name")
@json_option
@data_option
def test(name: str, as_json: bool, data: Path) -> None:
    """Say what works: the name, the way there, the carrier's answer, the registration."""
    settings = node(data)
    found = asyncio.run(probe.trunk(settings, _named(settings, telephony.load(settings), name)))
    if as_json:
        print_json(found)
    else:
        for step in found:
            click.echo(f"{'works ' if step.works else 'FAILS '} {step.what}: {step.told}")
    if not all(step.works for step in found):
        raise click.exceptions.Exit(1)


@trunk.command("outside")
@click.argument("numbers", nargs=-1)
@click.option("--none", "nobody", is_flag=True, help="No number at all may be called.")
@data_option
def outside(numbers: tuple[str, ...], nobody: bool, data: Path) -> None:
    """Show the outside numbers that calls may be passed on to, or put NUMBERS in their place.

    Such as an emergency line. A caller never chooses one, and calls are not passed on yet: the list is kept for that.
    """
    settings = node(data)
    with telephony.alone(settings):
        kept = telephony.load(settings)
        if numbers or nobody:
            try:
                wanted = Outside(listed=numbers, callbacks=kept.outside.callbacks)
            except ValueError as error:
                raise Trouble(str(error)) from error
            kept = msgspec.structs.replace(kept, outside=wanted)
            _take_into_use(settings, kept, None, "The numbers are kept")
    click.echo(", ".join(kept.outside.listed) or "No outside number is listed.")


def _take_into_use(settings: Settings, changed: telephony.Telephony, done: str | None, kept: str) -> None:
    tell_use(settings, telephony.use(settings, changed), done, kept, then="repeat this command")


def _named(settings: Settings, kept: telephony.Telephony, name: str) -> Trunk:
    for each in kept.trunks:
        if each.name == name:
            return each
    raise Trouble(f"There is no trunk {name}: `{hint('trunk list', settings.data)}` shows those there are.")
