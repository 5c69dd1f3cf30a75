"""pyttsx3 in a process of its own: `python -m ivr.prompts.engines.pyttsx3_speaker`.

One utterance at a time, and each is waited for: pyttsx3's `runAndWait` may return while espeak-ng still writes, and a
second request before the end loses a file without an error.
"""

from __future__ import annotations

import ctypes
import os
import threading
from typing import Any

import espeakng_loader

from ivr.prompts.engines import espeak_voice
from ivr.prompts.engines.espeak import WORDS_A_MINUTE
from ivr.prompts.engines.process import SpeakerProcess, answer, claim_answers, requests

PATIENCE = 15
"""Seconds for espeak-ng to write one utterance; it needs 0.01."""


def engine() -> SpeakerProcess:
    """pyttsx3 behind a pipe."""
    return SpeakerProcess("pyttsx3", "ivr.prompts.engines.pyttsx3_speaker", patience=PATIENCE + 5, niced=False)


def main() -> None:
    answers = claim_answers()
    speaker = start()
    written = threading.Event()
    speaker.connect("finished-utterance", lambda name, completed: written.set() if completed else None)
    voices = [voice.id for voice in speaker.getProperty("voices")]
    for request in requests():
        wanted = espeak_voice(request.language)
        voice = next((id for id in voices if id.rpartition("/")[2] == wanted), None)
        if voice is None:
            answer(answers, f"no voice {wanted!r}")
            continue
        written.clear()
        speaker.setProperty("voice", voice)
        speaker.setProperty("rate", int(WORDS_A_MINUTE * request.speed))
        speaker.save_to_file(request.say, request.file)
        speaker.runAndWait()
        answer(answers, None if written.wait(PATIENCE) else "the utterance did not finish")


def start() -> Any:
    """pyttsx3 on the espeak-ng library that `espeakng-loader` brings: none of the machine is needed.

    Loaded first under its own name, it is what pyttsx3 finds when it looks for one.
    """
    os.environ["ESPEAK_DATA_PATH"] = espeakng_loader.get_data_path()
    ctypes.CDLL(espeakng_loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)
    import pyttsx3

    return pyttsx3.init("espeak")


if __name__ == "__main__":
    main()
