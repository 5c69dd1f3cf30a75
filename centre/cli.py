"""The command line: `./centro311 COMMAND`. Commands are loaded when they are asked for, so that each starts fast."""

from __future__ import annotations

import importlib
import sys

import click

from centre.errors import Trouble, explain

SECTIONS: dict[str, dict[str, str]] = {
    "The centre": {
        "up": "Set up what is missing and run the centre",
        "down": "Stop it, calls in progress included",
        "status": "What runs, how many calls, who is at work",
        "doctor": "What is missing here, and the command that mends it",
        "logs": "What the parts write, or the story of one call",
    },
    "People and work": {
        "agent": "Add and list agents, set them ready or paused",
        "case": "Show and list cases",
        "call": "List calls",
        "trunk": "A carrier's line: add, list, test",
    },
    "For builders": {
        "test": "Run the tests on a centre of their own",
        "bench": "Measure delays, CPU and memory under load",
    },
}
"""What `--help` shows, in its order. Each command is `centre.commands.NAME`'s `NAME`."""

HIDDEN = ("watch", "prepare")
"""Commands that others of ours start."""


class Sections(click.Group):
    """A group whose commands are listed by what they are for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for commands in SECTIONS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in (*self.list_commands(ctx), *HIDDEN):
            return None
        command: click.Command = getattr(importlib.import_module(f"centre.commands.{cmd_name}"), cmd_name)
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, without the two options that everybody expects: the help has to fit one screen."""
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()), col_spacing=3)


@click.command(
    cls=Sections,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    options_metavar="",
    subcommand_metavar="COMMAND [OPTIONS]",
    epilog="Every command takes --data DIR and explains itself with --help.",
)
@click.version_option(package_name=None, version="0.1.0", prog_name="Centro 311", message="%(prog)s %(version)s")
def cli() -> None:
    """Centro 311: the telephone line, the queue and the case file of a citizen
    attention centre. `./centro311 up` brings it up; dial 311."""


def main() -> None:
    """Run one command; what a person can mend is one sentence on standard error and exit status 1."""
    try:
        code = cli.main(prog_name="./centro311", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Trouble as trouble:
        fail(trouble)
    except OSError as error:
        fail(explain(error, "this command"))
    else:
        sys.exit(code if isinstance(code, int) else 0)


def fail(trouble: Trouble) -> None:
    click.echo(f"centro311: {trouble}", err=True)
    sys.exit(1)
