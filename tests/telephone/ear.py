"""What one telephone received in one call, as it grows, with the time at which it came."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np

from tests.telephone.hearing import QUIET, RATE, Sound, loudness

HEADER = 44
"""Bytes before the samples; the lengths that it states are wrong until the call is over."""


class Ear:
    """Follows the file that baresip writes.

    `arrived` pairs a monotonic time with the samples there were at that time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path: Path | None = None
        self._bytes = bytearray()
        self.began = time.monotonic()
        self.last_loud = self.began
        self.arrived: list[tuple[float, int]] = [(self.began, 0)]
        self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        while True:
            self.read()
            await asyncio.sleep(0.05)

    def read(self) -> Sound:
        """Everything received until now."""
        if self._path is None:
            self._path = next(self._folder.glob("dump-*-dec.wav"), None)
        if self._path is not None:
            with self._path.open("rb") as file:
                file.seek(HEADER + len(self._bytes))
                more = file.read()
            more = more[: len(more) // 2 * 2]
            if more:
                now = time.monotonic()
                self._bytes += more
                self.arrived.append((now, len(self._bytes) // 2))
                if loudness(_samples(more)) > QUIET:
                    self.last_loud = now
        return _samples(self._bytes)

    def spoken(self) -> float:
        """Seconds of audio sent in this call."""
        sent = next(self._folder.glob("dump-*-enc.wav"), None)
        return max(0, sent.stat().st_size - HEADER) / 2 / RATE if sent else 0.0

    def since(self, moment: float) -> Sound:
        """What came after a monotonic time."""
        before = [samples for when, samples in self.arrived if when <= moment]
        return self.read()[before[-1] if before else 0 :]

    def when(self, sample: int) -> float:
        """Seconds from the beginning of the call to when this sample had come."""
        return next((when for when, samples in self.arrived if samples >= sample), time.monotonic()) - self.began

    def close(self) -> None:
        """Take what is left, and move both files aside: they would be taken for the next call's."""
        self._task.cancel()
        self.read()
        if self._path is not None:
            kept = self._folder / f"heard-{time.monotonic_ns()}.wav"
            self._path.rename(kept)
            self._path = kept
        for sent in self._folder.glob("dump-*-enc.wav"):
            sent.unlink()


def _samples(raw: bytes | bytearray) -> Sound:
    return np.frombuffer(bytes(raw), "<i2").astype(np.float32)
