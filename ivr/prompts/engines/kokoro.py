"""The house voice: Kokoro-82M on onnxruntime, `python -m ivr.prompts.engines.kokoro VOICE_FOLDER NATIVE_FOLDER`.

Model and voices are Apache-2.0 data; phonemes come from espeak-ng as a separate program. Half of real time on one
core, 0.5 to 0.8 GB of memory while it speaks. The voice folder is what `ivr.prompts.voice` fetches.
"""

from __future__ import annotations

import json
import re
import sys
import wave
from pathlib import Path

import numpy as np

from ivr.prompts.engines import Request, SpeechError, espeak_voice
from ivr.prompts.engines.espeak import run
from ivr.prompts.engines.process import SpeakerProcess, answer, claim_answers, requests

ENGINE = "kokoro-82m-v1.0-int8"
"""How manifests name it."""
RATE = 24_000
MOST_PHONEMES = 508
"""The model's context is 512, with a pad at both ends."""

SYMBOLS = {
    "es": [("t^ʃ", "ʧ"), ("d^ʒ", "ʤ"), ("t^s", "ʦ"), ("d^z", "ʣ")],
    "en": [
        ("ʔˌn\u0329", "ʔn"), ("ʔn\u0329", "ʔn"), ("a^ɪ", "I"), ("a^ʊ", "W"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"),
        ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"), ("o^ʊ", "O"), ("ə^l", "ᵊl"), ("ʲ", ""), ("ɚ", "əɹ"), ("r", "ɹ"), ("x", "k"),
        ("ç", "k"), ("ɐ", "ə"), ("ɬ", "l"), ("\u0303", ""), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""),
        ("ɾ", "T"), ("ʔ", "t"), ("e", "A"),
    ],
}  # fmt: skip
"""espeak-ng's IPA (with `--tie=^`) to the model's symbols, in this order."""

PUNCTUATION = re.compile(r"[^.,;:!?¿¡…—]+|[.,;:!?¿¡…—]")


def engine(voice_folder: Path, native: Path) -> SpeakerProcess:
    """Ten minutes for one utterance: on a busy machine the lowest priority waits long, and that is no failure."""
    return SpeakerProcess("kokoro", "ivr.prompts.engines.kokoro", f"{voice_folder}", f"{native}", patience=600)


def phonemes(native: Path, text: str, language: str) -> str:
    """espeak-ng drops punctuation, which the model needs for its melody: it is asked stretch by stretch."""
    out = ""
    for stretch in PUNCTUATION.findall(text):
        if stretch in ".,;:!?¿¡…—":
            out += stretch if stretch in "¿¡" else stretch + " "
        elif stretch.strip():
            out += _symbols(
                run(native, "-q", "--ipa", "--tie=^", "-v", espeak_voice(language), stretch.strip()), language
            )
    return out.strip()


def _symbols(ipa: str, language: str) -> str:
    ipa = re.sub(r"\(\w[\w-]*\)", "", " ".join(ipa.split())).replace("-", "")
    for theirs, ours in SYMBOLS[language]:
        ipa = ipa.replace(theirs, ours)
    if language == "en":
        ipa = re.sub("(\\S)\u0329", "ᵊ\\1", ipa)
    return ipa.replace("^", "")


def main() -> None:
    answers = claim_answers()
    folder, native = Path(sys.argv[1]), Path(sys.argv[2])
    sys.path.append(f"{folder / 'packages'}")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"]
    for request in requests():
        try:
            tokens = [vocabulary[c] for c in phonemes(native, request.say, request.language) if c in vocabulary]
            if not 0 < len(tokens) <= MOST_PHONEMES:
                raise SpeechError(f"{len(tokens)} phonemes, of 1 to {MOST_PHONEMES}: cut the text at a sentence")
            styles = np.fromfile(folder / "voices" / f"{request.voice}.bin", dtype="<f4").reshape(-1, 256)
            style = styles[min(max(len(tokens), request.style), len(styles) - 1)]
            feed = {
                "tokens": np.array([[0, *tokens, 0]], np.int64),
                "style": style[None],
                "speed": np.array([request.speed], np.float32),
            }
            save(request, session.run(None, feed)[0].ravel())
        except (SpeechError, OSError) as error:
            answer(answers, str(error))
        else:
            answer(answers)


def save(request: Request, samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    with wave.open(request.file, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(samples * 0.89, -1, 1) * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
