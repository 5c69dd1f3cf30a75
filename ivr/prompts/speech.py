"""One text to checked samples: an engine speaks into a scratch file, which is read, cut, trimmed, checked, levelled."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import soundfile

from ivr.prompts.audio import Samples, levelled, read, stretches, trimmed
from ivr.prompts.catalogue import Text
from ivr.prompts.check import check, kept
from ivr.prompts.engines import Engine, Request, SpeechError

OTHER_PACES = (0, 80, -60, 160)
"""A carrier whose pauses do not stand out is spoken again at another pace."""


def speak(engine: Engine, text: Text) -> tuple[Samples, int]:
    """The samples of a text in the voice of its language. SpeechError where no try gives a file that can be used."""
    problem = ""
    for other in OTHER_PACES:
        try:
            return _speak_once(engine, text, text.style + other)
        except ValueError as error:
            problem = str(error)
    raise SpeechError(f"{text.id}: {problem}")


def speak_plainly(engine: Engine, text: Text) -> tuple[Samples, int]:
    """The words alone, for a voice without melody: nothing is cut from a sentence."""
    return _spoken(engine, text, kept(text.say), text.style, count=1, place=0)


def _speak_once(engine: Engine, text: Text, style: int) -> tuple[Samples, int]:
    parts = re.split(r"(?<=[,;:.])\s+", text.say)
    place = next((i for i, part in enumerate(parts) if part.startswith("[")), None)
    if place is None:
        return _spoken(engine, text, text.say, style, count=1, place=0)
    return _spoken(engine, text, text.say.translate({ord("["): None, ord("]"): None}), style, len(parts), place)


def _spoken(engine: Engine, text: Text, say: str, style: int, count: int, place: int) -> tuple[Samples, int]:
    with tempfile.TemporaryDirectory(prefix="centro311-") as folder:
        file = Path(folder) / "spoken.wav"
        engine.speak(Request(say, text.language, text.voice, text.speed, style, f"{file}"))
        try:
            samples, rate = read(file)
        except (OSError, soundfile.LibsndfileError) as error:
            raise SpeechError(f"{text.id}: {engine.name} left no sound file") from error
    if len(samples) < rate * 0.05:
        raise SpeechError(f"{text.id}: {engine.name} wrote an empty file")
    piece = trimmed(stretches(samples, rate, count)[place], rate)
    check(text.id, kept(text.say), piece, rate)
    return levelled(piece, rate), rate
