"""The catalogue: every prompt's id and text in one language, shipped in `config/prompts`, changed in the data folder.

An administrator's changes are `DATA/config/prompts/<language>.yaml` (a `prompts` table that wins over the shipped
texts) and `DATA/config/institutions.yaml` (in place of the shipped one).
"""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec
import yaml

from config.settings import SHIPPED
from ivr.prompts import edited
from ivr.prompts.edited import Slip
from ivr.prompts.numbers import NumberWords, Spoken

SPEED = 0.95
DIGIT_SPEED = 0.9


@dataclass(frozen=True, slots=True)
class Text:
    """One prompt in one language: what it says and how it is spoken."""

    id: str
    language: str
    text: str
    say: str
    """What the voice is given: words, and in square brackets the stretch to keep."""
    voice: str
    speed: float = SPEED
    """1 is the voice's own pace."""

    @property
    def style(self) -> int:
        """Short texts are rushed by the voice unless it is told to be calm; a carrier needs pauses that stand out."""
        return 200 if "[" in self.say else 60

    @property
    def after(self) -> float:
        """Seconds of silence that belong to the prompt, so that what follows does not tread on it."""
        match self.id.split("."):
            case ["digit", _, "last"]:
                return 0.3
            case ["digit", *_]:
                return 0.1
            case ["date", *_]:
                return 0.03
            case ["type" | "state" | "institution", *_]:
                return 0.4
            case _:
                return 0.25

    @property
    def hash(self) -> str:
        """Changes when the prompt has to be spoken anew."""
        said = "\0".join([self.language, self.voice, f"{self.speed} {self.style}", self.say])
        return hashlib.sha256(said.encode()).hexdigest()[:16]


class Sheet(msgspec.Struct, forbid_unknown_fields=True):
    """A catalogue file."""

    language: str
    voice: str
    prompts: dict[str, str | Spoken]
    numbers: NumberWords


def languages() -> list[str]:
    """The languages that a catalogue is shipped for."""
    return sorted(path.stem for path in (SHIPPED / "prompts").glob("*.yaml"))


def catalogue(language: str, data: Path | None = None) -> dict[str, Text]:
    """All texts of a language by id, the most needed first; with a data folder, as its administrator changed them.

    Slip where what the administrator wrote cannot be used.
    """
    sheet = _sheet(language)
    spoken = {id: Spoken(entry) if isinstance(entry, str) else entry for id, entry in sheet.prompts.items()}
    institutions = SHIPPED / "institutions.yaml"
    if data is not None:
        spoken |= {entry.id: entry.spoken for entry in edited.entries(_edited(data, language))}
        if (data / "config" / "institutions.yaml").exists():
            institutions = data / "config" / "institutions.yaml"
    for institution in edited.institutions(institutions):
        name = institution.name.get(language)
        if name is not None:
            spoken[f"institution.{institution.code}"] = Spoken(f"{name}.", institution.say.get(language))
    for id, entry in sheet.numbers.texts():
        spoken.setdefault(id, entry)
    return {
        id: Text(id, language, entry.text, entry.say or entry.text, sheet.voice, entry.speed or _speed(id))
        for id, entry in spoken.items()
    }


def slips(data: Path) -> list[str]:
    """What is wrong in what an administrator wrote, a sentence each; an id that is no prompt's is wrong too."""
    found: list[str] = []
    if not (data / "config").exists():
        return found
    for language in languages():
        try:
            changed = catalogue(language, data)
        except Slip as slip:
            found.append(f"{slip} Until then prompts are heard as they were spoken last.")
            continue
        known = {*catalogue(language), *(id for id in changed if id.startswith("institution."))}
        file = _edited(data, language)
        for entry in edited.entries(file):
            if entry.id not in known:
                near = difflib.get_close_matches(entry.id, known, n=1)
                meant = f"; is «{near[0]}» meant?" if near else f": all are in {SHIPPED / 'prompts' / file.name}."
                found.append(f"{file}, line {entry.line}: there is no prompt «{entry.id}»{meant}")
    return list(dict.fromkeys(found))


def number_words(language: str) -> NumberWords:
    """How a language speaks numbers."""
    return _sheet(language).numbers


def _edited(data: Path, language: str) -> Path:
    return data / "config" / "prompts" / f"{language}.yaml"


def _sheet(language: str) -> Sheet:
    shipped = (SHIPPED / "prompts" / f"{language}.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(shipped), Sheet, strict=False)


def _speed(id: str) -> float:
    return DIGIT_SPEED if id.startswith("digit.") else SPEED
