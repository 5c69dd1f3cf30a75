"""Samples of a prompt: read, cut at pauses, trimmed, brought to one loudness, written for the telephone.

Samples are float32 mono arrays in -1 to 1; `rate` is in hertz.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

Samples = npt.NDArray[np.float32]

ACTIVE_LEVEL = -22.5
"""dBFS of the speaking parts: as loud as every voice gets without a limiter, its peaks included."""
PEAK = 10 ** (-1 / 20)
"""Resampling overshoots: 1 dB is kept free."""
FRAME = 0.005
"""Seconds of one step of the loudness curve."""
QUIET = 35.0
"""A frame this many dB under the loudest ones is a pause."""


def read(path: Path) -> tuple[Samples, int]:
    """Any format that libsndfile knows, mixed to mono. soundfile.LibsndfileError where it is none."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return samples.mean(axis=1, dtype=np.float32), rate


def loudness(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """dBFS of each frame of 5 ms (averaged over 15 ms, so that one period of a low voice is no pause)."""
    size = int(rate * FRAME)
    frames = len(samples) // size
    power = (samples[: frames * size].astype(np.float64).reshape(frames, size) ** 2).mean(axis=1)
    if frames:
        power = np.convolve(power, np.ones(3) / 3, mode="same")
    return np.asarray(10 * np.log10(power + 1e-10), dtype=np.float64)


def active_level(samples: Samples, rate: int) -> float:
    """dBFS of the frames that speak; -100 for silence."""
    curve = loudness(samples, rate)
    if not len(curve):
        return -100.0
    speaking = curve[curve > curve.max() - QUIET + 10]
    return float(10 * np.log10((10 ** (speaking / 10)).mean()))


def levelled(samples: Samples, rate: int) -> Samples:
    """Brought to the house's loudness, its peaks under -1 dBFS.

    Measured as the telephone carries it: a hiss above 4 kHz is part of the voice, but nobody hears it.
    """
    gain = 10 ** ((ACTIVE_LEVEL - active_level(resampled(samples, rate, 8000), 8000)) / 20)
    peak = float(np.abs(samples).max(initial=0.0))
    return np.asarray(samples * min(gain, PEAK / max(peak, 1e-6)), dtype=np.float32)


def trimmed(samples: Samples, rate: int, keep: float = 0.03) -> Samples:
    """Without the silence before and after, but for `keep` seconds, faded so that no joint clicks."""
    curve = loudness(samples, rate)
    loud = np.flatnonzero(curve > curve.max() - QUIET - 10) if len(curve) else np.array([], dtype=np.int64)
    if not len(loud):
        return samples[:0]
    size, spare = int(rate * FRAME), int(rate * keep)
    return faded(samples[max(0, loud[0] * size - spare) : (loud[-1] + 1) * size + spare], rate)


def faded(samples: Samples, rate: int, seconds: float = 0.01) -> Samples:
    size = min(int(rate * seconds), len(samples) // 2)
    ramp = np.linspace(0, 1, size, dtype=np.float32)
    out = samples.copy()
    out[:size] *= ramp
    out[len(out) - size :] *= ramp[::-1]
    return out


def stretches(samples: Samples, rate: int, count: int) -> list[Samples]:
    """The samples cut in the middle of their `count - 1` longest pauses.

    ValueError where those pauses do not stand out: the closure of a "t" is silent too, for some 70 ms.
    """
    curve = loudness(samples, rate)
    quiet = curve < curve.max() - QUIET
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
    pauses = [(int(b - a), int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    inside = sorted((p for p in pauses if p[1] > 0 and p[2] < len(curve)), reverse=True)
    chosen, other = inside[: count - 1], inside[count - 1 :]
    if len(chosen) < count - 1 or (chosen and other and chosen[-1][0] < 1.25 * other[0][0]):
        lengths = ", ".join(f"{length * FRAME * 1000:.0f}" for length, _, _ in inside)
        raise ValueError(f"{count} stretches do not stand out; pauses of {lengths} ms")
    size = int(rate * FRAME)
    cuts = sorted((start + end) // 2 * size for _, start, end in chosen)
    return [samples[a:b] for a, b in zip([0, *cuts], [*cuts, len(samples)], strict=True)]


def with_silence(samples: Samples, rate: int, seconds: float) -> Samples:
    return np.concatenate([samples, np.zeros(int(rate * seconds), dtype=np.float32)])


def write_prompt(folder: Path, id: str, samples: Samples, rate: int) -> None:
    """Write `<id>.wav` (8 kHz, 16-bit mono) and `<id>.sln16` (16 kHz, raw), each whole or not at all."""
    narrow, wide = folder / f"{id}.wav", folder / f"{id}.sln16"
    with (folder / f".{id}.wav.new").open("wb") as raw, wave.open(raw, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(as_16_bit(resampled(samples, rate, 8000)))
    (folder / f".{id}.sln16.new").write_bytes(as_16_bit(resampled(samples, rate, 16000)))
    (folder / f".{id}.sln16.new").replace(wide)
    (folder / f".{id}.wav.new").replace(narrow)


def resampled(samples: Samples, rate: int, to: int) -> Samples:
    return np.asarray(soxr.resample(samples, rate, to, quality="HQ"), dtype=np.float32)


def as_16_bit(samples: Samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes()
