"""For maintainers: `python -m ivr.prompts.render` speaks what is missing in the house set and writes its manifest.

Run it after a text of `config/prompts` or an institution's name changed. It can be interrupted and run again; what is
rendered is kept. The voice (some 190 MB) is fetched the first time.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from config.settings import CHECKOUT, Settings
from ivr.prompts.catalogue import catalogue, languages
from ivr.prompts.engines import SpeechError
from ivr.prompts.engines.kokoro import ENGINE, engine
from ivr.prompts.house import HOUSE, HouseSet
from ivr.prompts.speech import speak
from ivr.prompts.voice import fetch


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m ivr.prompts.render", description=__doc__)
    arguments.add_argument("--data", type=Path, default=CHECKOUT / "data", help="a centre's data folder")
    arguments.add_argument("--parts", type=Path, help="where the voice and espeak-ng are (DATA/parts)")
    arguments.add_argument("--into", type=Path, default=HOUSE, help="the house set's folder")
    arguments.add_argument("--only", default="", help="ids that begin so")
    arguments.add_argument("--again", action="store_true", help="also what is rendered already")
    options = arguments.parse_args()
    settings = Settings(data=options.data, parts=options.parts)
    house = HouseSet(options.into)
    house.folder.mkdir(parents=True, exist_ok=True)
    wanted = []
    for language in languages():
        texts = catalogue(language)
        house.keep_only(texts, language)
        for place, text in enumerate(texts.values()):
            line = house.find(language, text.id)
            if text.id.startswith(options.only) and (options.again or line is None or line.text != text.hash):
                wanted.append((place, text))
    voice = engine(fetch(settings.parts_dir / "voice"), settings.native)
    failed = 0
    began = time.monotonic()
    for done, (_, text) in enumerate(sorted(wanted, key=lambda each: each[0]), start=1):
        try:
            house.add(text, ENGINE, *speak(voice, text))
        except SpeechError as error:
            failed += 1
            print(f"not rendered: {text.language} {error}", flush=True)
        if done % 20 == 0 or done == len(wanted):
            house.save()
            print(f"{done} of {len(wanted)}, {time.monotonic() - began:.0f} s", flush=True)
    voice.close()
    house.save()
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
