"""`logs`: what the parts write, or the story of one call."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from centre import lines, story
from centre.commands.common import data_option, json_option, node, print_json
from centre.errors import Trouble
from centre.hints import hint
from crm_core.domain.numbers import is_well_formed


@click.command()
@click.argument("part", nargs=-1, type=click.Choice(["line", "web", "worker", "watcher"]))
@click.option("--call", metavar="ID", help="The story of this call, in words.")
@click.option("--follow", is_flag=True, help="Go on with what is written from now on.")
@click.option("-n", "--lines", "count", type=click.IntRange(1), default=50, help="How many lines [50].")
@click.option("--language", type=click.Choice(story.LANGUAGES), help="Of the story [by LANG].")
@json_option
@data_option
def logs(
    part: tuple[str, ...],
    call: str | None,
    follow: bool,
    count: int,
    language: str | None,
    as_json: bool,
    data: Path,
) -> None:
    """Show what the parts write (line, web, worker, watcher; all where none is named), or the story of one call.

    Telephone numbers are never in it. Times are Panama's.
    """
    settings = node(data)
    if call is not None and is_well_formed(call):
        raise Trouble(f"{call} is the number of a case: `{hint(f'case show {call}', data)}` shows its call's ID.")
    paths = lines.files(settings.log, part)
    chosen = language or ("es" if os.environ.get("LANG", "").startswith("es") else "en")
    if call is None:
        show(lines.last(paths, count), as_json)
    else:
        written = [line for path in paths for line in lines.read(path) if line.get("call") == call or "part" in line]
        of_call = [line for line in written if line.get("call") == call]
        if as_json:
            show(sorted(of_call, key=lambda line: line["at"]), True)
        else:
            click.echo("\n".join(story.story(written, call, chosen)))
        if not of_call and not follow:
            raise Trouble(f"Nothing is logged of a call {call}: `{hint('call list', data)}` shows their ids.")
    if follow:
        with contextlib.suppress(KeyboardInterrupt):
            for line in lines.follow(settings.log, part):
                if call is None:
                    show([line], as_json)
                elif line.get("call") == call:
                    click.echo(f"{lines.local(line['at'])}  {story.sentence(line, chosen)}")


def show(those: Iterable[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(list(those))
        return
    for line in those:
        click.echo(lines.words(line))
