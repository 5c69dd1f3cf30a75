"""The house set: prompts rendered once with the neural voice and shipped, `<language>/<id>.opus` and a manifest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import soundfile

from config.settings import SHIPPED
from ivr.prompts.audio import Samples
from ivr.prompts.catalogue import Text

HOUSE = SHIPPED / "voices" / "house"
BITS_A_SECOND = 24_000


class Rendered(msgspec.Struct, kw_only=True):
    """One line of the manifest."""

    id: str
    language: str
    text: str
    """The text's hash: `Text.hash`."""
    voice: str
    engine: str
    speed: float
    sha256: str
    """Of the file."""


class HouseSet:
    """The files of one folder and what its manifest says of them."""

    def __init__(self, folder: Path = HOUSE) -> None:
        self.folder = folder
        manifest = folder / "manifest.json"
        lines = msgspec.json.decode(manifest.read_bytes(), type=list[Rendered]) if manifest.exists() else []
        self._lines = {(line.language, line.id): line for line in lines}

    def find(self, language: str, id: str) -> Rendered | None:
        """The manifest's line where its file is there."""
        line = self._lines.get((language, id))
        return line if line is not None and self.file(language, id).exists() else None

    def file(self, language: str, id: str) -> Path:
        return self.folder / language / f"{id}.opus"

    def add(self, text: Text, engine: str, samples: Samples, rate: int) -> None:
        """Write one prompt's file (Opus, mono) and its line; `save` writes the manifest."""
        file = self.file(text.language, text.id)
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        # libsndfile's level 0 is 256 kbit/s, 1 is 6 kbit/s
        level = 1 - (BITS_A_SECOND - 6_000) / 250_000
        soundfile.write(new, samples, rate, format="OGG", subtype="OPUS", compression_level=level)
        sha256 = hashlib.sha256(new.read_bytes()).hexdigest()
        new.replace(file)
        self._lines[text.language, text.id] = Rendered(
            id=text.id,
            language=text.language,
            text=text.hash,
            voice=text.voice,
            engine=engine,
            speed=text.speed,
            sha256=sha256,
        )

    def keep_only(self, texts: dict[str, Text], language: str) -> None:
        """Drop the files and lines of prompts that the catalogue no longer has."""
        for line in [line for line in self._lines.values() if line.language == language and line.id not in texts]:
            del self._lines[line.language, line.id]
            self.file(line.language, line.id).unlink(missing_ok=True)

    def save(self) -> None:
        lines = [self._lines[key] for key in sorted(self._lines)]
        body = ",\n".join(msgspec.json.encode(line).decode() for line in lines)
        new = self.folder / "manifest.json.new"
        new.write_text(f"[\n{body}\n]\n", "utf-8")
        new.replace(self.folder / "manifest.json")
