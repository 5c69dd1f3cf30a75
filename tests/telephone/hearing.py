"""Listening: which prompt is in what was received, and when. Sounds are float32 arrays of 8 kHz, full scale
32,768.

A prompt's file and what a telephone received of it differ by mu-law only: normalised cross-correlation is
0.99 there, and below 0.6 between any two different pieces of speech. So 0.9 tells them apart without a doubt.
"""

from __future__ import annotations

import hashlib
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
STRETCH = 1 << 15
"""Samples that are searched at once for a whole vocabulary: four seconds."""
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


def likeness(sound: Sound, pattern: Sound) -> NDArray[np.float32]:
    """Normalised cross-correlation of `pattern` with each place of `sound`, -1 to 1; silence is like nothing."""
    return _Searched(sound, 1 << max(len(sound) - 1, 1).bit_length()).likeness(pattern, _spectrum(pattern, len(sound)))


def _spectrum(pattern: Sound, length: int) -> NDArray[np.complex64]:
    return np.conj(np.fft.rfft(pattern, 1 << max(length - 1, 1).bit_length()))


class _Searched:
    """A stretch of sound in which patterns are looked for, with what all searches in it need."""

    def __init__(self, sound: Sound, size: int) -> None:
        self.sound, self.size = sound, size
        self._spectrum = np.fft.rfft(sound, size)
        self._power = np.concatenate(([0.0], np.cumsum(np.square(sound, dtype=np.float64))))

    def likeness(self, pattern: Sound, spectrum: NDArray[np.complex64]) -> NDArray[np.float32]:
        places = len(self.sound) - len(pattern) + 1
        if places <= 0:
            return np.zeros(0, np.float32)
        product = np.fft.irfft(self._spectrum * spectrum, self.size)[:places]
        energy = self._power[len(pattern) :] - self._power[: -len(pattern)]
        energy = np.maximum(energy, len(pattern) * (QUIET / 2) ** 2)
        return np.asarray(product / np.sqrt(energy * np.sum(np.square(pattern, dtype=np.float64))), np.float32)


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
    def is_speech(self) -> bool:
        """Whether it says something: pauses and the tone before a message cannot be told from others of their kind."""
        return self.name != "beep" and not self.name.startswith("silence.")

    @cached_property
    def head(self) -> Sound:
        """What it is recognised by: never its very end, which a call that ends may swallow."""
        return self.sound[: min(HEAD, len(self.sound) * 3 // 4)]

    @cached_property
    def spectrum(self) -> NDArray[np.complex64]:
        """Of its head, for stretches of `STRETCH` samples."""
        return _spectrum(self.head, STRETCH)

    @cached_property
    def identity(self) -> bytes:
        """The same for files that sound the same: two forms of a digit may be one recording."""
        return hashlib.sha256(self.sound.tobytes()).digest()

    def first(self, sound: Sound) -> int | None:
        """Where in `sound` this prompt begins for the first time."""
        return next(_peaks(likeness(sound, self.head)), None)

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
            if loudness(piece) > QUIET and likeness(there, piece).max() < SURE - 0.2:
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
        """Every prompt that speaks, but the hundreds of dates; of several that sound the same, the first."""
        seen = set()
        for path in sorted(self.folder.glob("*/**/*.wav")):
            pattern = self.pattern(path)
            if not pattern.is_speech or pattern.name.startswith("date.") or pattern.identity in seen:
                continue
            seen.add(pattern.identity)
            yield pattern

    def known_as(self, pattern: Pattern) -> str:
        """The name under which `recognise` reports this prompt."""
        same = (each for each in self.all() if each.identity == pattern.identity)
        return next((each.name for each in same), pattern.name)

    def recognise(self, sound: Sound, among: Iterable[Pattern] | None = None) -> list[Heard]:
        """Every prompt in `sound` (or those of `among`), in order. Two seconds for a minute and 300 prompts."""
        patterns = list(self.all() if among is None else among)
        found: dict[tuple[str, str, int], Heard] = {}
        for begin in range(0, len(sound), STRETCH - HEAD):
            searched = _Searched(sound[begin : begin + STRETCH], STRETCH)
            for pattern in patterns:
                for place in _peaks(searched.likeness(pattern.head, pattern.spectrum)):
                    start = begin + place
                    length = pattern.heard_until(sound, start)
                    whole = length >= len(pattern.sound) - RATE // 5
                    key = (pattern.name, pattern.language, start)
                    found[key] = Heard(pattern.name, pattern.language, start / RATE, length / RATE, whole)
        return _without_shadows(sorted(found.values(), key=lambda heard: (heard.start, -heard.seconds)))


def _peaks(scores: NDArray[np.float32]) -> Iterator[int]:
    """The places of sure likeness, each once."""
    sure = np.flatnonzero(scores > SURE)
    for cluster in np.split(sure, np.flatnonzero(np.diff(sure) > RATE // 50) + 1):
        if len(cluster):
            yield int(cluster[np.argmax(scores[cluster])])


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
