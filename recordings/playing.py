"""A stored recording as one WAV file for the ear, made while it is read: a long call is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from recordings.sound import HEADER_BYTES, header, samples_in

PIECE = 16_000
"""Samples of a side that are read at once: two seconds."""


class Playing:
    """One side as it is, or two: the first is heard on the left, the second on the right, silence after the shorter.

    `size` is the file's length in bytes. OSError where a file is missing, ValueError where it is no telephone sound.
    """

    def __init__(self, *sides: Path) -> None:
        self._sides = sides
        self._block = 2 * len(sides)
        self._samples = max(samples_in(side) for side in sides)
        self.size = HEADER_BYTES + self._samples * self._block

    def pieces(self, begin: int, end: int) -> Iterator[bytes]:
        """The bytes from `begin` up to and without `end`, in pieces."""
        if begin < HEADER_BYTES:
            yield header(self._samples, sides=len(self._sides))[begin:end]
        first, last = max(begin - HEADER_BYTES, 0), end - HEADER_BYTES
        with ExitStack() as stack:
            files = [stack.enter_context(side.open("rb")) for side in self._sides]
            for at in range(first // self._block, -(-last // self._block), PIECE):
                both = np.zeros((PIECE, len(files)), dtype="<i2")
                for column, file in enumerate(files):
                    file.seek(HEADER_BYTES + 2 * at)
                    sound = file.read(2 * PIECE)
                    both[: len(sound) // 2, column] = np.frombuffer(sound[: len(sound) // 2 * 2], dtype="<i2")
                piece, offset = both.tobytes(), at * self._block
                yield piece[max(first - offset, 0) : last - offset]
