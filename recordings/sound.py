"""Telephone sound: 8,000 samples a second, 16 bits, one side a file."""

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
    check(path, content[:HEADER_BYTES])
    sound = content[HEADER_BYTES : len(content) - len(content) % 2]
    return np.frombuffer(sound, dtype="<i2").astype(np.int16)


def check(path: Path, header: bytes) -> None:
    """ValueError where this is not the header of 8 kHz, 16 bit, mono PCM."""
    if header[:4] != b"RIFF" or header[8:12] != b"WAVE":
        raise ValueError(f"{path.name} is no WAV file")
    form, channels, rate, _, _, bits = struct.unpack("<HHIIHH", header[20:36])
    if (form, channels, rate, bits) != (1, 1, RATE, 16):
        raise ValueError(f"{path.name} is not 8 kHz, 16 bit, mono PCM")


def wav(samples: Samples) -> bytes:
    """A whole WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()
