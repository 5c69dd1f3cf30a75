"""Telephone sound: 8,000 samples a second, 16 bits, one side a file; and two sides as one for the ear."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 8000
HEADER_BYTES = 44
Samples = npt.NDArray[np.int16]


def repaired(path: Path) -> Samples:
    """The samples of a WAV file, whatever its header says of their number: after a crash it says too little.

    No samples where the crash came before the header was whole. ValueError for what is not 8 kHz, 16 bit, mono PCM.
    """
    content = path.read_bytes()
    if len(content) < HEADER_BYTES:
        return np.zeros(0, dtype=np.int16)
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise ValueError(f"{path.name} is no WAV file")
    form, channels, rate, _, _, bits = struct.unpack("<HHIIHH", content[20:36])
    if (form, channels, rate, bits) != (1, 1, RATE, 16):
        raise ValueError(f"{path.name} is not 8 kHz, 16 bit, mono PCM")
    sound = content[HEADER_BYTES : len(content) - len(content) % 2]
    return np.frombuffer(sound, dtype="<i2").astype(np.int16)


def wav(samples: Samples, channels: int = 1) -> bytes:
    """A whole WAV file; `samples` are interleaved where there are two channels."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def stereo(left: Path, right: Path) -> bytes:
    """Two sides as one WAV file for playing: the caller on the left, the agent on the right."""
    sides = [repaired(left), repaired(right)]
    length = max(len(side) for side in sides)
    both = np.zeros((length, 2), dtype=np.int16)
    for column, side in enumerate(sides):
        both[: len(side), column] = side
    return wav(both.reshape(-1), channels=2)
