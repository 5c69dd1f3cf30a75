import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.prompts.audio import (
    ACTIVE_LEVEL,
    PEAK,
    Samples,
    active_level,
    levelled,
    read,
    stretches,
    trimmed,
    write_prompt,
)
from ivr.prompts.check import check
from ivr.prompts.engines import SpeechError

RATE = 24_000


def voice(seconds: float, loud: float = 0.2) -> Samples:
    """A buzz of 200 Hz, which no check of ours tells from a voice."""
    moments = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(loud * np.sin(2 * np.pi * 200 * moments), dtype=np.float32)


def pause(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), dtype=np.float32)


@given(loud=st.floats(0.003, 0.99), before=st.floats(0, 1), after=st.floats(0, 1))
def test_every_voice_is_brought_to_one_loudness_however_long_its_silences(
    loud: float, before: float, after: float
) -> None:
    samples = levelled(np.concatenate([pause(before), voice(1, loud), pause(after)]), RATE)
    assert active_level(samples, RATE) == pytest.approx(ACTIVE_LEVEL, abs=0.5)
    assert np.abs(samples).max() <= PEAK + 1e-6


def test_a_click_does_not_make_a_prompt_overflow() -> None:
    samples = voice(1, 0.01)
    samples[1000] = 0.9
    assert np.abs(levelled(samples, RATE)).max() <= PEAK + 1e-6


@given(before=st.floats(0, 1), after=st.floats(0, 1))
def test_silence_around_speech_is_trimmed(before: float, after: float) -> None:
    samples = trimmed(np.concatenate([pause(before), voice(0.5), pause(after)]), RATE)
    assert 0.48 <= len(samples) / RATE <= 0.6


def test_a_sentence_is_cut_at_its_longest_pauses_and_not_at_a_closure() -> None:
    sentence = [voice(0.5), pause(0.2), voice(0.2), pause(0.06), voice(0.1), pause(0.18), voice(0.7)]
    lengths = [len(trimmed(each, RATE)) / RATE for each in stretches(np.concatenate(sentence), RATE, 3)]
    assert lengths == pytest.approx([0.5, 0.36, 0.7], abs=0.09)


def test_a_sentence_without_clear_pauses_is_not_cut() -> None:
    with pytest.raises(ValueError, match="do not stand out"):
        stretches(np.concatenate([voice(0.5), pause(0.07), voice(0.2), pause(0.06), voice(0.5)]), RATE, 2)


def test_a_prompt_is_written_for_both_rates(tmp_path: Path) -> None:
    write_prompt(tmp_path, "greeting", voice(1), RATE)
    with wave.open(f"{tmp_path / 'greeting.wav'}", "rb") as file:
        assert file.getparams()[:4] == (1, 2, 8000, 8000)
    assert (tmp_path / "greeting.sln16").stat().st_size == 2 * 16_000
    assert sorted(file.name for file in tmp_path.iterdir()) == ["greeting.sln16", "greeting.wav"]
    samples, rate = read(tmp_path / "greeting.wav")
    assert (rate, active_level(samples, rate)) == (8000, pytest.approx(active_level(voice(1), RATE), abs=0.2))


@pytest.mark.parametrize(
    ("samples", "problem"),
    [
        (voice(0.2), "0.2 s long"),
        (voice(30), "30.0 s long"),
        (voice(3, 0.001), "silent"),
        (np.sign(voice(3)), "clipped"),
        (pause(3), "silent"),
    ],
)
def test_a_lost_or_broken_file_is_noticed(samples: Samples, problem: str) -> None:
    with pytest.raises(SpeechError, match=f"greeting: {problem}"):
        check("greeting", "Gracias por llamar al tres once.", samples, RATE)


def test_a_sound_file_passes() -> None:
    check("greeting", "Gracias por llamar al tres once.", voice(2.2), RATE)
