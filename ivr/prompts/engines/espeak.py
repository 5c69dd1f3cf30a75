"""espeak-ng as a program: phonemes for the neural voice, and the plain voice when pyttsx3 fails a check."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

from ivr.prompts.engines import Request, SpeechError, espeak_voice

WORDS_A_MINUTE = 150


@functools.cache
def program(native: Path) -> tuple[str, dict[str, str]]:
    """The program and its environment: the private folder's (which knows neither its data nor PulseAudio's library
    by itself), else the machine's own. SpeechError where there is none."""
    private = native / "usr/bin/espeak-ng"
    if private.exists():
        data = next(native.glob("usr/lib/*/espeak-ng-data"), None)
        if data is not None:
            paths = {"ESPEAK_DATA_PATH": f"{data.parent}", "LD_LIBRARY_PATH": f"{data.parent / 'pulseaudio'}"}
            return f"{private}", os.environ | paths
    own = shutil.which("espeak-ng")
    if own is None:
        raise SpeechError("espeak-ng is missing; `./centro311 up` sets it up, or install the package espeak-ng.")
    return own, dict(os.environ)


def run(native: Path, *arguments: str) -> str:
    """What espeak-ng prints. SpeechError where it fails."""
    path, environment = program(native)
    done = subprocess.run([path, *arguments], capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0 or "Error" in done.stderr:
        raise SpeechError(f"espeak-ng failed: {done.stderr.strip() or done.returncode}")
    return done.stdout


class Espeak:
    """The plain voice."""

    name = "espeak-ng"

    def __init__(self, native: Path) -> None:
        self._native = native

    def speak(self, request: Request) -> None:
        speed = f"{WORDS_A_MINUTE * request.speed:.0f}"
        run(self._native, "-v", espeak_voice(request.language), "-s", speed, "-w", request.file, "--", request.say)

    def close(self) -> None:
        """Nothing is kept open."""
