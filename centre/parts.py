"""The six parts of a centre: how each is started, what its sign of life is, and how it is ended.

A server that the administrator named by a URL has no command: it is asked and reported, and left alone.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

import dialplans
from centre import database, life, programs
from centre.judge import Limits
from config.files import write_private
from config.settings import CHECKOUT, Settings
from config.signs import ask_sign

Sign = Callable[[float], Awaitable[Mapping[str, Any] | None]]
"""Asks for a sign of life, waiting so many seconds; what the part says of itself, or None."""


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str
    sign: Sign
    limits: Limits
    command: Callable[[], list[str]] | None
    """None for a server of the administrator's."""
    stop: signal.Signals = signal.SIGTERM
    """How it is asked to end."""
    end: signal.Signals = signal.SIGKILL
    """How it is ended when it gives no sign; SIGKILL goes to its whole process group."""
    traces: bool = False
    """Whether it prints on `TRACE` what it is doing, before it is ended."""
    environment: Mapping[str, str] = field(default_factory=dict)


SOCKETS = "/var/run/postgresql"
"""Where libpq looks for a server of this machine that no host is named for."""

NAMES = ("postgres", "nats", "asterisk", "line", "web", "worker")
"""In the order in which they are started."""
STAGES = (("postgres", "nats"), ("asterisk", "line", "web", "worker"))
"""The second is started when the first has given its signs of life and the database is prepared."""
STOPPING = ("web", "worker", "line", "asterisk", "nats", "postgres")
"""In the order in which they are stopped: `line` lets go of its calls before Asterisk ends them."""


def parts(settings: Settings) -> dict[str, Part]:
    """The parts of this node, in the order in which they are started."""
    all_parts = (
        _postgres(settings),
        _nats(settings),
        _asterisk(settings),
        _ours(settings, "line", "ivr.line", Limits(silent=3, starting=30, ending=5)),
        _ours(settings, "web", "agent_desktop", Limits(silent=3, starting=30, ending=5)),
        _ours(settings, "worker", "centre.worker", Limits(silent=10, starting=60, ending=10)),
    )
    return {part.name: part for part in all_parts}


def _postgres(settings: Settings) -> Part:
    own = settings.database_url is None
    place = life.Place(database.socket(settings)) if own else _place_of(settings.database)
    return Part(
        name="postgres",
        sign=lambda seconds: life.postgres(place, seconds),
        limits=Limits(silent=30, starting=60, ending=30),
        command=(lambda: database.command(settings)) if own else None,
        stop=signal.SIGINT,
        end=signal.SIGQUIT,
    )


def _place_of(url: str) -> life.Place:
    """Where libpq looks for the server of this URL: a host, or the folder of a socket."""
    told = conninfo_to_dict(url)
    host, port = str(told.get("host") or SOCKETS), int(told.get("port") or 5432)
    return life.Place(Path(host) / f".s.PGSQL.{port}") if host.startswith("/") else life.Place(host=host, port=port)


def _nats(settings: Settings) -> Part:
    url = urlsplit(settings.nats)
    place = life.Place(host=url.hostname or "", port=url.port or 4222)
    return Part(
        name="nats",
        sign=lambda seconds: life.nats(place, seconds),
        limits=Limits(silent=10, starting=15),
        command=(lambda: _nats_command(settings)) if settings.nats_url is None else None,
    )


def _nats_command(settings: Settings) -> list[str]:
    file = settings.run / "nats.conf"
    lines = (
        f'listen: "127.0.0.1:{settings.nats_port}"\n'
        f'server_name: "{settings.node}"\n'
        "max_payload: 1MB\n"
        "max_connections: 200\n"
        "write_deadline: 2s\n"
    )
    if settings.nats_token:
        lines += f'authorization {{ token: "{settings.nats_token}" }}\n'
    write_private(file, lines.encode())
    return [str(programs.need(settings, "nats-server")), "-c", str(file)]


def _asterisk(settings: Settings) -> Part:
    place = life.Place(settings.asterisk / "run" / "asterisk.ctl")
    return Part(
        name="asterisk",
        sign=lambda seconds: life.asterisk(place, seconds),
        limits=Limits(silent=30, starting=60),
        command=lambda: dialplans.command(settings),
    )


def _ours(settings: Settings, name: str, module: str, limits: Limits) -> Part:
    return Part(
        name=name,
        sign=lambda seconds: ask_sign(settings.run / f"{name}.sock", seconds),
        limits=limits,
        command=lambda: [sys.executable, "-m", module, "--data", str(settings.data)],
        traces=True,
        environment={"PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1"},
    )


def environment(part: Part) -> dict[str, str]:
    """A part's environment: the watcher's, without what would steer a Python or a loader astray."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LD_", "PG", "NOTIFY_"))}
    # The checkout may belong to somebody else: what Python compiles is kept where the launcher said.
    compiled = {k: v for k, v in os.environ.items() if k == "PYTHONPYCACHEPREFIX"}
    return {**kept, **compiled, **part.environment}
