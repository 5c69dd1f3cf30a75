"""What the commands share: the data folder, tables, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from centre import watcher
from centre.errors import Trouble, explain
from centre.hints import hint
from config.settings import CHECKOUT, Settings, UnfitSettings

Wrapped = TypeVar("Wrapped", bound=Callable[..., Any])


def data_option(function: Wrapped) -> Wrapped:
    """`--data DIR`: the node's folder, `data` beside the launcher where it is not given."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path, resolve_path=True),
        envvar="CENTRO311_DATA",
        default=CHECKOUT / "data",
        help="The centre's folder [data].",
    )(function)


def json_option(function: Wrapped) -> Wrapped:
    return click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")(function)


def node(data: Path) -> Settings:
    """The settings of the node in `data`. Trouble where there is none."""
    try:
        return Settings.load(data)
    except FileNotFoundError:
        raise Trouble(f"There is no centre in {data} yet: `{hint('up', data)}` makes one.") from None
    except UnfitSettings as error:
        raise Trouble(str(error)) from error
    except OSError as error:
        raise explain(error, "reading the settings") from error


def tell_use(settings: Settings, in_use: bool, done: str | None, kept: str, then: str) -> None:
    """Say `done` where Asterisk has read a change; else what was `kept`, and what makes Asterisk read it."""
    if in_use:
        if done is not None:
            click.echo(done)
    elif watcher.running(settings) is None:
        click.echo(f"{kept}; the centre does not run, and follows when it does.", err=done is None)
    else:
        status = hint("status", settings.data)
        click.echo(
            f"{kept}, but NOT in use yet, since Asterisk does not answer: `{status}` shows when it is back; "
            f"then {then}.",
            err=True,
        )


def print_json(value: Any) -> None:
    click.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """Columns as wide as they must be; the sentence `empty` where there are no rows."""
    if not rows:
        click.echo(empty)
        return
    cells = [list(heads), *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(heads))]
    for line in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
