"""Wires the process `worker`, which has time: it applies the journal to the database and runs durable jobs.

python -m centre.worker --data DIR
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import structlog
import uvloop

from centre import jobs
from config.logs import log_to
from config.settings import Settings
from config.signs import sign_of_life
from crm_core.drain import Drainer
from crm_core.storage.engine import engine
from ivr.api import JOURNAL_HINT
from ivr.bus import Bus
from ivr.prompts.changed import Speaking

log = structlog.get_logger()

NICE = 5
"""Gives way to `line` and `web`, and still keeps up with what callers write."""
STATEMENT_SECONDS = 60.0


async def serve(settings: Settings) -> None:
    """Work until told to stop. A part of it that ends by itself ends the process, which is started again."""
    stop, wake = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    database = engine(settings.database, connections=2, statement_seconds=STATEMENT_SECONDS)
    bus = Bus(settings.nats, settings.bus)

    async def written(data: bytes) -> None:
        wake.set()

    bus.hears(JOURNAL_HINT, written)
    settings.journal.mkdir(mode=0o700, parents=True, exist_ok=True)
    speaking = Speaking()

    def describe() -> dict[str, Any]:
        since = speaking.since.isoformat() if speaking.since else None
        return {"part": "worker", "speaking_since": since, "unspoken": speaking.error}

    async with sign_of_life(settings.run / "worker.sock", describe):
        work = [
            asyncio.create_task(Drainer(settings.journal, database).run(wake), name="journal"),
            asyncio.create_task(jobs.run(settings, speaking), name="jobs"),
            asyncio.create_task(bus.run(), name="bus"),
        ]
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([stopped, *work], return_when=asyncio.FIRST_COMPLETED)
        for task in work:
            if task.done() and not stop.is_set():
                log.error("a part of worker ended", part=task.get_name(), error=repr(task.exception()))
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
    await database.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m centre.worker", description="The process that has time.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    settings = Settings.load(parser.parse_args().data)
    log_to(settings.log / "worker.jsonl")
    os.nice(NICE)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
