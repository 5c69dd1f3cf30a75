"""Is a spoken file what its text asks for? Engines lose files without an error, so each one is looked at."""

from __future__ import annotations

import re

import numpy as np

from ivr.prompts.audio import Samples, active_level
from ivr.prompts.engines import SpeechError

SYLLABLE = 0.18
"""Seconds of one syllable at an announcer's pace, over both languages."""
SILENT = -45.0
"""dBFS under which nobody speaks."""
CLIPPED = 0.001
"""Share of samples at full scale from which a clip is heard."""


def kept(say: str) -> str:
    """The words that are heard of what the voice is given."""
    found = re.search(r"\[(.*)\]", say)
    return found.group(1) if found else say


def expected_seconds(words: str) -> float:
    """A rough length: groups of vowels are syllables, marks are pauses."""
    syllables = len(re.findall(r"[aeiouyáéíóúü]+", words.lower()))
    marks = len(re.findall(r"[.,;:!?](?=\s)", words))
    return 0.15 + SYLLABLE * max(1, syllables) + 0.25 * marks


def check(id: str, words: str, samples: Samples, rate: int) -> None:
    """SpeechError names the prompt and what is wrong with the trimmed samples."""
    if not 8_000 <= rate <= 48_000:
        raise SpeechError(f"{id}: spoken at {rate} Hz")
    seconds, expected = len(samples) / rate, expected_seconds(words)
    if not 0.4 * expected <= seconds <= 2 * expected + 0.7:
        raise SpeechError(f"{id}: {seconds:.1f} s long where about {expected:.1f} s are expected")
    if active_level(samples, rate) < SILENT:
        raise SpeechError(f"{id}: silent")
    if float(np.mean(np.abs(samples) >= 0.999)) > CLIPPED:
        raise SpeechError(f"{id}: clipped")
