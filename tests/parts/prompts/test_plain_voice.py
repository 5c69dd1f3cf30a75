"""pyttsx3 in its own process loses files without an error; what comes out at the end is always whole."""

import os
from pathlib import Path

import pytest

from config.settings import Settings
from ivr.prompts.catalogue import Text, catalogue
from ivr.prompts.check import check, expected_seconds
from ivr.prompts.engines import Request, SpeechError
from ivr.prompts.engines.espeak import Espeak
from ivr.prompts.engines.pyttsx3_speaker import engine
from ivr.prompts.files import PlainVoice
from ivr.prompts.speech import speak_plainly


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, parts=Path(os.environ.get("CENTRO311_PARTS", "/")))


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_hundred_prompts_in_a_row_are_all_whole(settings: Settings, language: str) -> None:
    voice = PlainVoice(settings)
    try:
        for text in list(catalogue(language).values())[:100]:
            samples, rate = voice.speak(text)
            check(text.id, text.text, samples, rate)
    finally:
        voice.close()


def test_pyttsx3_speaks_and_each_language_differs(tmp_path: Path) -> None:
    speaker = engine()
    try:
        for language in ("es", "en"):
            speaker.speak(Request("Hola.", language, "", 1.0, 0, f"{tmp_path / language}"))
    finally:
        speaker.close()
    assert (tmp_path / "es").read_bytes() != (tmp_path / "en").read_bytes()


def test_an_unknown_language_is_an_error_and_not_english(settings: Settings) -> None:
    with pytest.raises(KeyError):
        Espeak(settings.native).speak(Request("Bonjour.", "fr", "", 1.0, 0, f"{settings.data / 'x.wav'}"))


def test_a_text_that_looks_like_an_option_is_spoken(settings: Settings) -> None:
    text = Text("dash", "es", "-v", "--help, por favor, diga la ayuda.", "ef_dora")
    samples, rate = speak_plainly(Espeak(settings.native), text)
    assert len(samples) / rate > 0.5 * expected_seconds(text.say)


def test_a_speaker_that_dies_is_named_and_started_again(settings: Settings, tmp_path: Path) -> None:
    speaker = engine()
    try:
        with pytest.raises(SpeechError, match="pyttsx3"):
            speaker.speak(Request("Hola.", "fr", "", 1.0, 0, f"{tmp_path / 'a.wav'}"))
        speaker.speak(Request("Hola.", "es", "", 1.0, 0, f"{tmp_path / 'b.wav'}"))
    finally:
        speaker.close()
    assert (tmp_path / "b.wav").exists()
