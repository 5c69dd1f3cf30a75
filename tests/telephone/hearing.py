"""Listening: which prompt is in what was received, and when. Sounds are float32 arrays of 8 kHz, full scale
32,768.

A prompt's file and what a telephone received of it differ by mu-law only: normalised cross-correlation is
0.99 there, and below 0.6 between any two different pieces of speech. So 0.9 tells them apart without a doubt.
"""

from __future__ import annotations

import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]

RATE = 8000
HEAD = RATE
"""Samples of a prompt's beginning by which it is recognised: one second."""
SURE = 0.9
LAST_FRAME = RATE * 3 // 100
"""Samples at a prompt's end that may be missing: a file's last frame of less than 20 ms may be played short."""
QUIET = 60.0
"""Root mean square below which a piece counts as silence: 55 dB under full scale."""


class NotHeard(AssertionError):
    """What the test expected to hear did not come; the message says what came instead."""


def read_wav(path: Path) -> Sound:
    """A mono 16 bit WAV of 8 kHz."""
    with wave.open(str(path)) as file:
        shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
        if shape != (RATE, 1, 2):
            raise ValueError(f"{path} is {shape}, not 8 kHz mono of 16 bit.")
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)


def loudness(sound: Sound) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0


def likeness(sound: Sound, pattern: Sound) -> NDArray[np.float64]:
    """Normalised cross-correlation of `pattern` with each place of `sound`, -1 to 1; silence is like
    nothing.
    """
    places = len(sound) - len(pattern) + 1
    if places <= 0:
        return np.zeros(0)
    size = 1 << (len(sound) - 1).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(pattern, size))
    product = np.fft.irfft(spectrum, size)[:places]
    sums = np.concatenate(([0.0], np.cumsum(np.square(sound, dtype=np.float64))))
    energy = np.maximum(sums[len(pattern) :] - sums[: -len(pattern)], len(pattern) * (QUIET / 2) ** 2)
    scale = np.sqrt(energy * np.sum(np.square(pattern, dtype=np.float64)))
    return np.asarray(product / scale)


class Pattern:
    """One prompt file to listen for."""

    def __init__(self, name: str, language: str, path: Path) -> None:
        self.name, self.language, self.path = name, language, path

    @cached_property
    def sound(self) -> Sound:
        """The file without the silence at its beginning and end."""
        sound = read_wav(self.path)
        blocks = sound[: len(sound) // 80 * 80].reshape(-1, 80)
        loud = np.flatnonzero(np.sqrt(np.mean(np.square(blocks), axis=1)) > QUIET)
        if not len(loud):
            raise ValueError(f"{self.path} is silent.")
        return sound[loud[0] * 80 : (loud[-1] + 1) * 80]

    @property
    def is_pause(self) -> bool:
        """Whether it is silence between other pieces, which nobody can listen for."""
        return self.name.startswith("silence.")

    @cached_property
    def head(self) -> Sound:
        """What it is recognised by: never its very end, which a call that ends may swallow."""
        return self.sound[: min(HEAD, len(self.sound) * 3 // 4)]

    def first(self, sound: Sound) -> int | None:
        """Where in `sound` this prompt begins for the first time."""
        scores = likeness(sound, self.head)
        sure = np.flatnonzero(scores > SURE)
        if not len(sure):
            return None
        near = scores[sure[0] : sure[0] + RATE // 50]
        return int(sure[0] + np.argmax(near))

    def heard_until(self, sound: Sound, start: int) -> int:
        """How many samples of the prompt, which begins at `start` of `sound`, were heard before it broke
        off.
        """
        heard = min(len(self.head), len(sound) - start)
        step, slack = RATE // 10, 40
        while heard < len(self.sound):
            piece = self.sound[heard : heard + step]
            there = sound[start + heard - slack : start + heard + len(piece) + slack]
            if len(there) < len(piece):
                break
            if loudness(piece) > QUIET and (not len(s := likeness(there, piece)) or s.max() < SURE - 0.2):
                break
            heard += len(piece)
        return heard

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


@dataclass(frozen=True)
class Heard:
    """A prompt as it was heard: `start` and `seconds` in what was received, `whole` unless it was cut off."""

    name: str
    language: str
    start: float
    seconds: float
    whole: bool

    def __str__(self) -> str:
        cut = "" if self.whole else f", cut off after {self.seconds:.1f} s"
        return f"{self.start:.1f} s {self.name} ({self.language}){cut}"


class Vocabulary:
    """All prompts that a centre may play: `<folder>/<language>/<id>.wav`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._patterns: dict[Path, Pattern] = {}

    def pattern(self, path: Path) -> Pattern:
        """The pattern of one file, read once and kept."""
        if path not in self._patterns:
            inside = path.relative_to(self.folder) if path.is_relative_to(self.folder) else path
            language, *rest = inside.with_suffix("").parts
            self._patterns[path] = Pattern("/".join(rest), language, path)
        return self._patterns[path]

    def all(self) -> Iterator[Pattern]:
        for path in sorted(self.folder.glob("*/**/*.wav")):
            if not (pattern := self.pattern(path)).is_pause:
                yield pattern

    def recognise(self, sound: Sound) -> list[Heard]:
        """Every prompt in `sound`, in order. Takes about a second for a minute of sound and 150 prompts."""
        found = [heard for pattern in self.all() for heard in _occurrences(pattern, sound)]
        return _without_shadows(sorted(found, key=lambda heard: (heard.start, -heard.seconds)))


def _occurrences(pattern: Pattern, sound: Sound) -> Iterator[Heard]:
    place = 0
    block = 1 << 16
    while place + len(pattern.head) <= len(sound):
        start = pattern.first(sound[place : place + block])
        if start is None:
            place += block - len(pattern.head)
            continue
        length = pattern.heard_until(sound, place + start)
        whole = length >= len(pattern.sound) - RATE // 5
        yield Heard(pattern.name, pattern.language, (place + start) / RATE, length / RATE, whole)
        place += start + max(length - RATE // 10, 1)


def _without_shadows(found: Iterable[Heard]) -> list[Heard]:
    """Leave out what lies inside something longer: a digit's file may be a part of a longer prompt."""
    kept: list[Heard] = []
    for heard in found:
        if kept and heard.start + heard.seconds <= kept[-1].start + kept[-1].seconds + 0.05:
            continue
        kept.append(heard)
    return kept


def tone_share(sound: Sound, hertz: float) -> float:
    """How much of the sound's power, 0 to 1, lies within 15 Hz of a frequency. 0 in silence."""
    if loudness(sound) < QUIET:
        return 0.0
    power = np.square(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))))
    hertzes = np.fft.rfftfreq(len(sound), 1 / RATE)
    return float(power[np.abs(hertzes - hertz) < 15].sum() / power[1:].sum())
