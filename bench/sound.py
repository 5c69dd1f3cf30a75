"""Recognising, in the packets that arrive, the first frame of a known prompt."""

from __future__ import annotations

import asyncio
import socket
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

FRAME = 160
FRAME_SECONDS = 0.02
RTP_HEADER = 12
LOUD = 400.0
ALIKE = 0.1
"""The part of a frame's loudness by which a decoded one may differ: G.711 rounds."""


def _decoder() -> npt.NDArray[np.float32]:
    """G.711 µ-law to linear, all 256 codes (ITU-T G.711, table 2a)."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent = (code >> 4) & 7
    mantissa = (code & 0x0F).astype(np.int32)
    magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.float32)


_DECODED = _decoder()


@dataclass(frozen=True)
class Frames:
    """A prompt's first loud frames, and how long after its beginning the first of them is heard."""

    frames: list[npt.NDArray[np.float32]]
    first: int

    @classmethod
    def of(cls, path: Path) -> Frames:
        with wave.open(str(path)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float32)
        whole = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
        loud = np.sqrt(np.mean(np.square(whole), axis=1)) > LOUD
        first = int(np.argmax(loud))
        return cls([whole[first + offset] for offset in range(5) if loud[first + offset]], first)

    def listen(self, rtp: socket.socket) -> asyncio.Future[float]:
        """When (perf_counter) the prompt's beginning arrived. What waits is passed over."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[float] = loop.create_future()
        while _receive(rtp):
            continue

        def take() -> None:
            while packet := _receive(rtp):
                if found.done() or len(packet) != RTP_HEADER + FRAME:
                    continue
                place = self._place(_DECODED[np.frombuffer(packet, dtype=np.uint8, offset=RTP_HEADER)])
                if place is not None:
                    found.set_result(time.perf_counter() - place * FRAME_SECONDS)

        loop.add_reader(rtp, take)
        found.add_done_callback(lambda _: loop.remove_reader(rtp))
        return found

    def _place(self, heard: npt.NDArray[np.float32]) -> int | None:
        for offset, frame in enumerate(self.frames):
            if np.mean(np.abs(heard - frame)) < ALIKE * np.mean(np.abs(frame)):
                return self.first + offset
        return None


def _receive(rtp: socket.socket) -> bytes:
    try:
        return rtp.recv(2048)
    except (BlockingIOError, OSError):
        return b""
