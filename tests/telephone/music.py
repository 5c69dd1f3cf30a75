"""Music on hold: known by its files, like prompts, though it may go on from anywhere in them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.telephone.hearing import RATE, SURE, Sound, likeness, read_wav

COARSE = 4
"""The files are searched at a fourth of their rate, below 500 Hz, and the best places then looked at in full."""


class Music:
    """The pieces in a folder of 8 kHz WAV files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def _pieces(self) -> list[tuple[Sound, Sound]]:
        sounds = [read_wav(path) for path in sorted(self.folder.glob("*.wav"))]
        if not sounds:
            raise FileNotFoundError(f"There is no music in {self.folder}.")
        return [(sound, _coarse(sound)) for sound in sounds]

    def has(self, sound: Sound) -> bool:
        """Whether a second of sound is a part of one of the pieces. Takes about a fifth of a second."""
        wanted = _coarse(sound)
        for piece, coarse in self._pieces:
            scores = likeness(coarse, wanted)
            for place in np.argsort(scores)[-8:]:
                begin = max(0, int(place) * COARSE - 80)
                near = likeness(piece[begin : begin + len(sound) + 160], sound)
                if len(near) and near.max() > SURE:
                    return True
        return False


def _coarse(sound: Sound) -> Sound:
    """The sound below 500 Hz, at 2 kHz."""
    window = np.hanning(33)
    taps = np.sinc(np.arange(-16, 17) * 1000 / RATE) * window
    smooth: NDArray[np.float64] = np.convolve(sound, taps / taps.sum(), "same")
    return smooth[::COARSE].astype(np.float32)
