"""What callers hear now: the prompt files of a node, brought in line with the catalogue, the house set and recordings.

`install` is a step of set-up: decoding the house set takes seconds, again nothing. For each prompt the best source
that exists wins:

1. a recorded file, `recorded/<language>/<id>.wav`;
2. the house set, or what this node rendered since, in the present wording;
3. what is heard now, until the present wording is rendered;
4. the house set in an older wording;
5. the plain voice, and only while the language has no whole set in the neural one. A language changes voice at once.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from config.files import write_private
from config.settings import Settings
from ivr.prompts.audio import Samples, levelled, read, trimmed, with_silence, write_prompt
from ivr.prompts.catalogue import Text, catalogue, languages
from ivr.prompts.edited import Slip
from ivr.prompts.engines import Engine, SpeechError
from ivr.prompts.engines.espeak import Espeak
from ivr.prompts.engines.pyttsx3_speaker import engine as pyttsx3
from ivr.prompts.house import HouseSet
from ivr.prompts.speech import speak_plainly

log = structlog.get_logger(__name__)

LAYOUT = 3
"""Counted up when files have to be written anew though their sources are the same."""
PAUSES = (100, 200, 300, 500, 1000)
"""Milliseconds of the pause files, `silence.<ms>`."""
BEEP_HERTZ, BEEP_SECONDS = 1000, 0.4
GENERATED_RATE = 16_000

Progress = Callable[[int, int], None]
"""Called with the number of files done and of all."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a prompt's sound comes from. `stamp` changes with it."""

    stamp: str
    file: Path | None
    """None: the plain voice speaks it, or it is generated."""
    finished: bool = False
    """A recording is played at the loudness and with the silence that it has been given."""


def install(settings: Settings, progress: Progress = lambda done, of: None) -> None:
    """Bring all languages' files in line. Can be interrupted and run again. SpeechError where no voice works."""
    _write(settings, missing(settings), progress)


def missing(settings: Settings) -> list[tuple[Text, Source]]:
    """What `install` would write: prompts that have no files, or files of another source."""
    house, rendered = HouseSet(), HouseSet(rendered_folder(settings))
    todo: list[tuple[Text, Source]] = []
    for language in languages():
        folder = settings.prompts / language
        present = {file.name for file in folder.glob("*")}
        heard = {id: stamp for id, stamp in heard_now(folder).items() if {f"{id}.wav", f"{id}.sln16"} <= present}
        for text, source in sources(settings, language, house, rendered, set(heard)):
            if heard.get(text.id) != source.stamp:
                todo.append((text, source))
    return todo


def sources(
    settings: Settings, language: str, house: HouseSet, rendered: HouseSet, heard: set[str]
) -> list[tuple[Text, Source]]:
    """The best source of each prompt that should be written; `heard` are the ids that have files already.

    Where the administrator's texts cannot be used, what is heard stays, and the rest is as shipped.
    """
    kept: set[str] = set()
    try:
        texts = catalogue(language, settings.data)
    except Slip:
        texts, kept = catalogue(language), heard
    plain = not speaks_neurally(language, house, rendered)
    chosen = [(_generated(language, id), Source(f"{LAYOUT} {id}", None)) for id in _generated_ids()]
    for text in texts.values():
        source = _recorded(settings, text)
        if source is None and text.id not in kept:
            source = _plain(text) if plain else _neural(text, house, rendered, heard)
        if source is not None:
            chosen.append((text, source))
    return chosen


def speaks_neurally(language: str, house: HouseSet, rendered: HouseSet) -> bool:
    """True where every shipped text of the language has a neural file, be it of an older wording."""
    return all(house.find(language, id) or rendered.find(language, id) for id in catalogue(language))


def to_render(settings: Settings) -> list[Text]:
    """The texts that have no file in their present wording, and no recording."""
    house, rendered = HouseSet(), HouseSet(rendered_folder(settings))
    texts: list[Text] = []
    for language in languages():
        with contextlib.suppress(Slip):
            texts += catalogue(language, settings.data).values()
    return [
        text for text in texts if _recorded(settings, text) is None and _present_wording(text, house, rendered) is None
    ]


def rendered_folder(settings: Settings) -> Path:
    """This node's own set, in the shape of the house set."""
    return settings.prompts / "rendered"


def _present_wording(text: Text, house: HouseSet, rendered: HouseSet) -> Source | None:
    for each in (house, rendered):
        line = each.find(text.language, text.id)
        if line is not None and line.text == text.hash:
            return Source(f"{LAYOUT} neural {line.sha256}", each.file(text.language, text.id))
    return None


def _neural(text: Text, house: HouseSet, rendered: HouseSet, heard: set[str]) -> Source | None:
    present = _present_wording(text, house, rendered)
    if present is not None or text.id in heard:
        return present
    for each in (rendered, house):
        line = each.find(text.language, text.id)
        if line is not None:
            return Source(f"{LAYOUT} neural {line.sha256}", each.file(text.language, text.id))
    return None


def _recorded(settings: Settings, text: Text) -> Source | None:
    file = settings.prompts / "recorded" / text.language / f"{text.id}.wav"
    if not file.exists():
        return None
    about = file.stat()
    return Source(f"{LAYOUT} recorded {about.st_mtime_ns} {about.st_size}", file, finished=True)


def _plain(text: Text) -> Source:
    return Source(f"{LAYOUT} plain {text.hash}", None)


def _generated_ids() -> list[str]:
    return ["beep", *(f"silence.{milliseconds}" for milliseconds in PAUSES)]


def _generated(language: str, id: str) -> Text:
    return Text(id, language, "", "", "")


def _generate(id: str) -> Samples:
    if id == "beep":
        moments = np.arange(int(BEEP_SECONDS * GENERATED_RATE)) / GENERATED_RATE
        envelope = np.minimum(1, np.minimum(moments, BEEP_SECONDS - moments) / 0.01)
        return np.asarray(0.25 * envelope * np.sin(2 * np.pi * BEEP_HERTZ * moments), dtype=np.float32)
    return np.zeros(int(id.removeprefix("silence.")) * GENERATED_RATE // 1000, dtype=np.float32)


def heard_now(folder: Path) -> dict[str, str]:
    """Prompt ids to the stamps of the sources that their files were written from."""
    try:
        return dict(json.loads((folder / ".heard.json").read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def _write(settings: Settings, todo: list[tuple[Text, Source]], progress: Progress) -> None:
    """Write the files, the plain voice's one after another and all others beside each other."""
    if not todo:
        return
    done = 0
    for language in {text.language for text, _ in todo}:
        (settings.prompts / language).mkdir(parents=True, exist_ok=True)
    stamps: dict[str, dict[str, str]] = {
        language: heard_now(settings.prompts / language) for language in {text.language for text, _ in todo}
    }
    speaker = PlainVoice(settings)

    def write(each: tuple[Text, Source]) -> tuple[Text, Source]:
        text, source = each
        samples, rate = _samples(text, source)
        write_prompt(settings.prompts / text.language, text.id, samples, rate)
        return each

    try:
        spoken = [each for each in todo if _is_plain(each[1])]
        files = [each for each in todo if not _is_plain(each[1])]
        with ThreadPoolExecutor() as pool:
            for text, source in pool.map(write, files):
                stamps[text.language][text.id] = source.stamp
                done += 1
                progress(done, len(todo))
        for text, source in spoken:
            samples, rate = speaker.speak(text)
            samples = with_silence(samples, rate, text.after)
            write_prompt(settings.prompts / text.language, text.id, samples, rate)
            stamps[text.language][text.id] = source.stamp
            done += 1
            progress(done, len(todo))
    finally:
        speaker.close()
        for language, heard in stamps.items():
            write_private(settings.prompts / language / ".heard.json", json.dumps(heard, indent=0).encode(), sync=False)


def _is_plain(source: Source) -> bool:
    return source.stamp.startswith(f"{LAYOUT} plain ")


def _samples(text: Text, source: Source) -> tuple[Samples, int]:
    if source.file is None:
        return _generate(text.id), GENERATED_RATE
    samples, rate = read(source.file)
    if source.finished:
        return levelled(trimmed(samples, rate), rate), rate
    return with_silence(levelled(samples, rate), rate, text.after), rate


class PlainVoice:
    """pyttsx3, once more where it lost the file (one in ten), and espeak-ng's program where it lost it again."""

    def __init__(self, settings: Settings) -> None:
        first = pyttsx3()
        self._engines: list[Engine] = [first, first, Espeak(settings.native)]

    def speak(self, text: Text) -> tuple[Samples, int]:
        """SpeechError where both fail."""
        problems = []
        for engine in self._engines:
            try:
                return speak_plainly(engine, text)
            except SpeechError as error:
                log.info("spoken again", engine=engine.name, problem=str(error))
                problems.append(str(error))
        raise SpeechError("; ".join(problems))

    def close(self) -> None:
        for engine in self._engines:
            engine.close()
