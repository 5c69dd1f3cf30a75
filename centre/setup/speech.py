"""Spoken prompts as a step of set-up: the shipped voice is decoded, recordings and changed texts put in place.

Speech needs libraries that take half a second to load, so a start that has nothing to do asks a stamp instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from centre.errors import Trouble
from centre.setup.show import Say
from config.files import write_private
from config.settings import CHECKOUT, SHIPPED, Settings

NAME = "Spoken prompts"
STAMP = ".whole"


def current(settings: Settings) -> bool:
    """Whether nothing that the prompts are made of has changed since they were made."""
    try:
        return (settings.prompts / STAMP).read_text() == fingerprint(settings)
    except OSError:
        return False


def fingerprint(settings: Settings) -> str:
    """A hash of names, sizes and times of all that decides what callers hear."""
    told = hashlib.sha256()
    for file in sources(settings):
        state = file.stat()
        told.update(f"{file} {state.st_size} {state.st_mtime_ns}\n".encode())
    return told.hexdigest()


def sources(settings: Settings) -> Iterator[Path]:
    """Shipped texts and voice, what an administrator changed, what this node recorded and rendered, and the code."""
    edited = settings.data / "config"
    for folder in (
        SHIPPED / "prompts",
        edited / "prompts",
        settings.prompts / "recorded",
        CHECKOUT / "ivr" / "prompts",
    ):
        yield from sorted(file for file in folder.rglob("*") if file.suffix in (".yaml", ".wav", ".py"))
    for file in (
        SHIPPED / "institutions.yaml",
        edited / "institutions.yaml",
        SHIPPED / "voices" / "house" / "manifest.json",
        settings.prompts / "rendered" / "manifest.json",
    ):
        if file.exists():
            yield file


def needs_espeak(settings: Settings) -> bool:
    """Whether a language has no whole neural set, so that espeak-ng of the native programs has to speak."""
    from ivr.prompts import files
    from ivr.prompts.catalogue import languages
    from ivr.prompts.house import HouseSet

    house, rendered = HouseSet(), HouseSet(files.rendered_folder(settings))
    return not all(files.speaks_neurally(language, house, rendered) for language in languages())


def install(settings: Settings, say: Say) -> None:
    """Bring the files in line. Trouble where no voice works."""
    from ivr.prompts import files
    from ivr.prompts.engines import SpeechError

    made_of = fingerprint(settings)
    try:
        files.install(settings, lambda done, total: say(f"{done} of {total}"))
    except SpeechError as error:
        raise Trouble(str(error)) from error
    write_private(settings.prompts / STAMP, made_of.encode())
