"""Changed texts, spoken anew while the line is up: `python -m ivr.prompts.changed --data DIR`, niced, for the worker.

A prompt keeps its old sound until the new one is rendered and checked.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from config.settings import CHECKOUT, Settings
from ivr.prompts.engines import SpeechError
from ivr.prompts.engines.kokoro import ENGINE, engine
from ivr.prompts.files import install, rendered_folder, to_render
from ivr.prompts.house import HouseSet
from ivr.prompts.speech import speak
from ivr.prompts.voice import fetch

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Speaking:
    """How speaking changed texts goes on."""

    since: datetime | None = None
    """When it began; None while nothing is spoken."""
    error: str | None = None
    """Why texts stayed unspoken the last time."""


async def render_changed(settings: Settings, speaking: Speaking) -> int:
    """Speak what changed, in a process of its own with the lowest priority; the number of prompts spoken anew.

    Costs a fifth of a second where nothing changed. SpeechError says why texts are still unspoken; the worker tries
    again later.
    """
    waiting = len(await asyncio.to_thread(to_render, settings))
    await asyncio.to_thread(install, settings)
    if not waiting:
        speaking.error = None
        return 0
    log.info("speaking changed prompts", count=waiting)
    speaking.since = datetime.now(UTC)
    try:
        await _render(settings)
        speaking.error = None
    except SpeechError as error:
        speaking.error = str(error)
        raise
    finally:
        speaking.since = None
    return waiting


async def _render(settings: Settings) -> None:
    process = await asyncio.create_subprocess_exec(
        *("nice", "-n", "15", sys.executable, "-m", "ivr.prompts.changed", "--data", f"{settings.data}"),
        cwd=CHECKOUT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if process.returncode != 0:
        lines = errors.decode(errors="replace").strip().splitlines()
        raise SpeechError(lines[-1] if lines else f"speaking changed prompts ended with {process.returncode}")


def speak_changed(settings: Settings) -> None:
    """Render one after another; each is heard as soon as it is there. SpeechError tells of those that failed."""
    texts = to_render(settings)
    if not texts:
        return
    folder = rendered_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    voice = engine(fetch(settings.parts_dir / "voice"), settings.native)
    rendered = HouseSet(folder)
    failures = []
    try:
        for text in texts:
            try:
                rendered.add(text, ENGINE, *speak(voice, text))
                rendered.save()
                install(settings)
            except SpeechError as error:
                failures.append(str(error))
    finally:
        voice.close()
    if failures:
        raise SpeechError("; ".join(failures))


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m ivr.prompts.changed", description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="the centre's data folder")
    try:
        speak_changed(Settings.load(arguments.parse_args().data))
    except SpeechError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
