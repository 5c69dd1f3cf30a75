"""The real watcher over a real PostgreSQL, NATS and Asterisk, with `part.py` in the place of our own three.

python -m tests.parts.watcher.watch DATA
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import uvloop

from centre import telephony
from centre.errors import Trouble
from centre.parts import Part, parts
from centre.watcher import Watcher, only_one
from config.logs import log_to
from config.settings import Settings

OURS = ("line", "web", "worker")


def stand_in(settings: Settings, part: Part) -> Part:
    socket = settings.run / f"{part.name}.sock"
    command = [sys.executable, str(Path(__file__).with_name("part.py")), str(socket)]
    return dataclasses.replace(part, command=lambda: command)


def main(data: Path) -> None:
    settings = Settings.load(data)
    log_to(settings.log / "watcher.jsonl")
    all_parts = {name: stand_in(settings, part) if name in OURS else part for name, part in parts(settings).items()}

    async def prepare() -> None:
        telephony.render(settings, [])

    with only_one(settings):
        watcher = Watcher(settings, all_parts, lambda words: print(words, flush=True))
        watcher.adopt()
        ran_before = (settings.asterisk / "etc" / "asterisk.conf").exists()
        uvloop.run(watcher.run(prepare, ran_before=ran_before))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except Trouble as trouble:
        sys.exit(f"centro311: {trouble}")
