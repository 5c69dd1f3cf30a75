"""What a centre needs and how it is off: the findings of `doctor`."""

from __future__ import annotations

import asyncio
import os
import platform
import pwd
import resource
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from agent_desktop.install.routes import fingerprint
from centre import checksums, ports, watcher
from centre.commands.database import ask_database
from centre.errors import Trouble
from centre.hints import hint
from centre.parts import parts
from centre.setup import node, speech
from centre.state import state
from config.settings import Settings, UnfitSettings
from config.signs import ask_sign
from crm_core import segments
from crm_core.services.presence import has_another
from crm_core.services.set_aside import list_set_aside
from ivr.prompts.catalogue import slips
from ivr.prompts.files import missing, to_render

LEAST_SPACE = 2_000_000_000
"""Bytes: recordings take 16 kB a second of talk."""
FEW_FILES = 4096
"""Open files below which Asterisk carries fewer than some 160 callers."""
MANY_WAITING = 5000
"""Entries of the journal that `worker` applies in some ten seconds."""
LONGEST_WAIT = timedelta(minutes=1)
"""How long an entry may wait: a journal that stands still is wrong, however little is in it."""


class Finding(msgspec.Struct, kw_only=True):
    what: str
    well: bool
    told: str
    cure: str | None = None
    """The command that mends it."""


def examine(data: Path) -> list[Finding]:
    """Everything that can be looked at without changing anything."""
    findings = [*_machine(data)]
    try:
        settings = Settings.load(data)
    except (OSError, UnfitSettings) as error:
        if isinstance(error, FileNotFoundError):
            told, cure = f"{data}: there is none", _up(data)
        else:
            told = str(error)
            cure = "mend the file by hand; without it ports, address and servers are chosen as if new"
        return [*findings, Finding(what="centre", well=False, told=told, cure=cure)]
    return [
        *findings,
        *_setup(settings),
        *_prompts(settings),
        *_running(settings),
        *_journal(settings),
        *_recordings(settings),
        *_database(settings),
    ]


def _machine(data: Path) -> Iterator[Finding]:
    version = platform.python_version()
    yield Finding(what="python", well=sys.version_info >= (3, 11), told=version, cure="apt install python3")
    existing = next(folder for folder in (data, *data.parents) if folder.exists())
    space = shutil.disk_usage(existing).free
    yield Finding(
        what="disk",
        well=space >= LEAST_SPACE,
        told=f"{space / 1e9:.1f} GB free in {existing}",
        cure="make room, or give --data a folder on a larger disk",
    )
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    unlimited = files == resource.RLIM_INFINITY
    yield Finding(
        what="open files",
        well=unlimited or files >= FEW_FILES,
        told="unlimited" if unlimited else f"{files}",
        cure="ulimit -Hn 65536 as root, or LimitNOFILE= of the service",
    )
    ours = existing.stat().st_uid == os.getuid()
    yield Finding(
        what="right to write",
        well=os.access(existing, os.W_OK),
        told=f"{existing}",
        cure=f"chmod u+rwx {existing}" if ours else f"chown -R {_me()} {existing}, as root",
    )


def _me() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _setup(settings: Settings) -> Iterator[Finding]:
    for step in node.node_steps(settings):
        if step.name == speech.NAME:
            continue
        try:
            there = step.done()
        except Trouble as trouble:
            yield Finding(what=step.name.lower(), well=False, told=str(trouble), cure=_set_up(settings))
        else:
            yield Finding(
                what=step.name.lower(), well=there, told="there" if there else "not there yet", cure=_set_up(settings)
            )

    if print_of_authority := fingerprint(settings.tls / "ca.pem"):
        yield Finding(what="certificate authority", well=True, told=f"SHA-256 {print_of_authority}")


def _prompts(settings: Settings) -> Iterator[Finding]:
    """Whether callers hear what the texts say. Where the centre runs, `worker` sees to it every five minutes."""
    runs = watcher.running(settings) is not None
    soon = "wait: `worker` does it within five minutes" if runs else _up(settings.data)
    wrong = slips(settings.data)
    for slip in wrong:
        yield Finding(what="texts", well=False, told=slip, cure=f"mend the file; then {soon}")
    unspoken, lacking = to_render(settings), missing(settings)
    if unspoken:
        named = f"{len(unspoken)} not spoken as the text says, such as {unspoken[0].id} ({unspoken[0].language})"
        sign = asyncio.run(ask_sign(settings.run / "worker.sock")) or {}
        if sign.get("speaking_since"):
            since = datetime.fromisoformat(sign["speaking_since"])
            told, cure = f"{named}: being spoken since {since:%H:%M} UTC", "wait until it is done"
        elif sign.get("unspoken"):
            told, cure = (
                f"{named}: {sign['unspoken']}",
                f"{hint('logs worker', settings.data)}; it tries again by itself",
            )
        else:
            told, cure = named, soon
        yield Finding(what="spoken prompts", well=False, told=told, cure=cure)
    if lacking:
        [(text, _), *_] = lacking
        told = f"{len(lacking)} not in place, such as {text.id} ({text.language})"
        yield Finding(what="spoken prompts", well=False, told=told, cure=soon)
    if not unspoken and not lacking:
        told = "as the texts say" if not wrong else "those whose text can be used"
        yield Finding(what="spoken prompts", well=True, told=told)


def _running(settings: Settings) -> Iterator[Finding]:
    if watcher.running(settings) is None:
        asleep = watcher.Watcher(settings, parts(settings), print)
        asleep.adopt()
        try:
            ports.need_free(settings, asleep.missing())
        except Trouble as trouble:
            yield Finding(what="ports", well=False, told=str(trouble))
        else:
            yield Finding(what="ports", well=True, told="free")
        yield Finding(what="watcher", well=False, told="does not run", cure=_up(settings.data))
        return
    now = asyncio.run(state(settings))
    dead = [name for name, living in now.living.items() if not living]
    yield Finding(what="watcher", well=True, told="runs")
    for name in dead:
        yield Finding(what=name, well=False, told="gives no sign of life", cure=hint("logs watcher", settings.data))
    if not dead:
        yield Finding(what="parts", well=True, told="all give signs of life")
    if not now.ready and not dead:
        cure = hint("logs line", settings.data)
        yield Finding(what="line", well=False, told="not connected to Asterisk yet", cure=cure)


def _journal(settings: Settings) -> Iterator[Finding]:
    there = settings.journal.exists()
    waiting = segments.pending(settings.journal) if there else 0
    since = segments.waits_since(settings.journal) if there else None
    waited = timedelta() if since is None else datetime.now(UTC) - since
    sign = asyncio.run(ask_sign(settings.run / "line.sock"))
    unwritten = sign["unwritten"] if sign else 0
    yield Finding(
        what="written down",
        well=not unwritten,
        told=f"{unwritten} entries of calls wait for the disk, and are lost with `line`" if unwritten else "all",
        cure=f"look at the disk that holds {settings.journal}; then {hint('logs line', settings.data)}",
    )
    yield Finding(
        what="journal",
        well=waiting < MANY_WAITING and waited < LONGEST_WAIT,
        told=f"{waiting} entries wait for the database"
        + (f", the first since {since:%Y-%m-%d %H:%M} UTC" if waited >= LONGEST_WAIT else ""),
        cure=hint("logs worker", settings.data),
    )


def _recordings(settings: Settings) -> Iterator[Finding]:
    checked = checksums.known(settings)
    wrong = [file for files in checked.wrong.values() for file in files]
    told = f"{len(wrong)} missing or not what was stored, such as {wrong[0]}" if wrong else "as they were stored"
    yield Finding(
        what="recordings",
        well=not wrong,
        told=f"{told}; last checked {checked.last:%Y-%m-%d %H:%M} UTC" if checked.last else "not checked yet",
        cure=f"bring the file back into {settings.recordings} from a backup; {hint('logs worker', settings.data)}"
        " names them all",
    )


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        aside = [each for each in ask_database(settings, list_set_aside) if not each.waits]
        shared = ask_database(settings, lambda asked: has_another(asked, settings.node, settings.place))
    except Trouble as trouble:
        yield Finding(what="database", well=False, told=str(trouble), cure=_wake_database(settings))
        return
    yield Finding(
        what="entries set aside",
        well=not aside,
        told=f"{len(aside)}, the last because: {aside[0].error}" if aside else "none",
        cure=f"{hint('logs worker', settings.data)}, and a look at the table journal_poison",
    )
    yield Finding(
        what="database",
        well=not shared,
        told="another centre works on it as the same node" if shared else "answers",
        cure="stop one of the two, and give it a database of its own",
    )


def _wake_database(settings: Settings) -> str:
    if settings.database_url is not None:
        return "start the server that DATABASE_URL names, or look why it does not answer"
    if watcher.running(settings) is None:
        return _up(settings.data)
    return f"wait half a minute, in which the watcher starts it anew; then {hint('logs watcher', settings.data)}"


def _up(data: Path) -> str:
    return hint("up", data)


def _set_up(settings: Settings) -> str:
    """Sets up what is missing, also where the centre runs: a second `up` would be refused."""
    stop = "" if watcher.running(settings) is None else f"{hint('down', settings.data)} (calls in progress end), then "
    return stop + _up(settings.data)
