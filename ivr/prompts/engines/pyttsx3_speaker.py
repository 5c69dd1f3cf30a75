"""pyttsx3 in a process of its own: `python -m ivr.prompts.engines.pyttsx3_speaker`.

One utterance at a time, and each is waited for: pyttsx3's `runAndWait` returns while espeak-ng still writes, and a
second request before the end loses a file without an error.
"""

from __future__ import annotations

import ctypes.util
from typing import Any

import espeakng_loader

from ivr.prompts.engines import espeak_voice
from ivr.prompts.engines.espeak import WORDS_A_MINUTE
from ivr.prompts.engines.process import answer, claim_answers, requests


def main() -> None:
    answers = claim_answers()
    engine = start()
    known = {voice.id for voice in engine.getProperty("voices")}
    for request in requests():
        voice = next((id for id in known if id.endswith(espeak_voice(request.language))), None)
        if voice is None:
            answer(answers, f"no voice for {request.language!r}")
            continue
        engine.setProperty("voice", voice)
        engine.setProperty("rate", int(WORDS_A_MINUTE * request.speed))
        engine.save_to_file(request.say, request.file)
        engine.runAndWait()
        answer(answers)


def start() -> Any:
    """pyttsx3 on the espeak-ng library that its package brings, so that no library of the machine is needed."""
    library = espeakng_loader.get_library_path()
    find = ctypes.util.find_library
    ctypes.util.find_library = lambda name: library if "espeak" in name else find(name)
    espeakng_loader.make_library_available()
    import pyttsx3

    return pyttsx3.init("espeak")


if __name__ == "__main__":
    main()
