"""`doctor`: what is missing here, and the command that mends it."""

from __future__ import annotations

from pathlib import Path

import click

from centre import health
from centre.commands.common import data_option, json_option, print_json


@click.command()
@json_option
@data_option
def doctor(as_json: bool, data: Path) -> None:
    """Say what is missing or wrong here, and the command that mends it."""
    findings = health.examine(data)
    if as_json:
        print_json(findings)
    else:
        for each in findings:
            click.echo(f"{'ok     ' if each.well else 'MISSING' if each.cure else 'WRONG  '}  {each.what}: {each.told}")
            if each.cure and not each.well:
                click.echo(f"         mend it: {each.cure}")
    if not all(each.well for each in findings):
        raise click.exceptions.Exit(1)
    if not as_json:
        click.echo("Nothing is missing.")
