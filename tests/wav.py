"""WAV files as Asterisk writes them, for tests to make and to read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from recordings.sound import HEADER_BYTES, header, samples_in

Samples = npt.NDArray[np.int16]


def wav(samples: Samples) -> bytes:
    """A whole file."""
    return header(len(samples)) + samples.astype("<i2").tobytes()


def samples_of(path: Path) -> Samples:
    """What is heard in a file, whatever its header says of its length."""
    sound = path.read_bytes()[HEADER_BYTES:][: 2 * samples_in(path)]
    return np.frombuffer(sound, dtype="<i2").astype(np.int16)
