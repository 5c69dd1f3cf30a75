"""The voices' engines. Each runs outside our processes: nothing of a synthesiser can stall or crash a caller's part."""

from __future__ import annotations

from typing import Protocol

import msgspec


class SpeechError(Exception):
    """The text was not spoken; the message says why and names the prompt or the program."""


class Request(msgspec.Struct):
    """One utterance."""

    say: str
    language: str
    voice: str
    speed: float
    style: int
    """The neural voice's pace: the length in phonemes of the sentence that it believes to speak. Longer is calmer."""
    file: str
    """Where the engine writes mono WAV, at a rate of its own."""


class Answer(msgspec.Struct):
    error: str | None = None


class Engine(Protocol):
    """Speaks one utterance at a time into a file. SpeechError where it cannot."""

    name: str

    def speak(self, request: Request) -> None: ...

    def close(self) -> None: ...


def espeak_voice(language: str) -> str:
    """espeak-ng's name of a language. An unknown one silently becomes English, hence the table: KeyError instead."""
    return {"es": "es-419", "en": "en-us"}[language]
