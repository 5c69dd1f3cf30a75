"""Telephone sound in WAV files: 8,000 samples a second, 16 bits, one side a file."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

RATE = 8000
SAMPLE_BYTES = 2
HEADER_BYTES = 44
PIECE = 64_000
"""Bytes that are read at once: four seconds."""


def header(samples: int, *, sides: int = 1) -> bytes:
    """The head of a WAV file of so many samples a side."""
    block = SAMPLE_BYTES * sides
    sound = samples * block
    form = struct.pack("<IHHIIHH", 16, 1, sides, RATE, RATE * block, block, 8 * SAMPLE_BYTES)
    return (
        b"RIFF" + struct.pack("<I", HEADER_BYTES - 8 + sound) + b"WAVEfmt " + form + b"data" + struct.pack("<I", sound)
    )


def samples_in(path: Path) -> int:
    """How many samples a file holds, whatever its header says of their number: after a crash it says too little.

    0 where the crash came before the header was whole. ValueError for what is not 8 kHz, 16 bit, mono PCM.
    """
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
        if len(head) < HEADER_BYTES:
            return 0
        _check(path, head)
        return (os.fstat(file.fileno()).st_size - HEADER_BYTES) // SAMPLE_BYTES


def sound_of(path: Path, samples: int) -> Iterator[bytes]:
    """The first so many samples of a file, in pieces."""
    left = samples * SAMPLE_BYTES
    with path.open("rb") as file:
        file.seek(HEADER_BYTES)
        while left and (piece := file.read(min(left, PIECE))):
            left -= len(piece)
            yield piece


def silence(samples: int) -> Iterator[bytes]:
    """The same for silence."""
    left = samples * SAMPLE_BYTES
    while left:
        piece = bytes(min(left, PIECE))
        left -= len(piece)
        yield piece


def _check(path: Path, head: bytes) -> None:
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise ValueError(f"{path.name} is no WAV file")
    form, channels, rate, _, _, bits = struct.unpack("<HHIIHH", head[20:36])
    if (form, channels, rate, bits) != (1, 1, RATE, 16):
        raise ValueError(f"{path.name} is not 8 kHz, 16 bit, mono PCM")
