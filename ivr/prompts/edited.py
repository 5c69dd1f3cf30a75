"""What an administrator writes: changed texts and their own institutions, read so that a slip of the pen is found.

A `Slip` names file, line and what would be right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from ivr.prompts.numbers import Spoken


class Slip(ValueError):
    """A file that cannot be used. Its text is a sentence for the administrator."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One changed text."""

    id: str
    line: int
    spoken: Spoken


class NamedInstitution(msgspec.Struct):
    code: str
    name: dict[str, str]
    say: dict[str, str] = {}


class Institutions(msgspec.Struct):
    institutions: list[NamedInstitution]


def entries(path: Path) -> list[Entry]:
    """The `prompts` of a file in the administrator's folder; there are none without the file. Raises Slip."""
    if not path.exists():
        return []
    content, tree = _read(path)
    if content is None:
        return []
    strangers = [f"{key}" for key in content if key != "prompts"] if isinstance(content, dict) else [""]
    if strangers:
        raise Slip(
            f"{path}, line {_line(tree, strangers[0])}: only «prompts:» stands at the margin, and below it, indented, "
            "each changed text as «id: text»."
        )
    table = content.get("prompts") or {}
    if not isinstance(table, dict):
        raise Slip(f"{path}, line {_line(tree, 'prompts')}: below «prompts:» each line is «id: text», indented.")
    return [_entry(path, _line(tree, "prompts", f"{id}"), id, said) for id, said in table.items()]


def _entry(path: Path, line: int, id: Any, said: Any) -> Entry:
    try:
        spoken = msgspec.convert(said, str | Spoken)
    except msgspec.ValidationError as error:
        raise Slip(
            f"{path}, line {line}: «{id}» is not a text ({error}); write «{id}: text», the text between double quotes, "
            f'or «{id}: {{text: "…", say: "…"}}».'
        ) from error
    return Entry(f"{id}", line, Spoken(spoken) if isinstance(spoken, str) else spoken)


def institutions(path: Path) -> list[NamedInstitution]:
    """The institutions of a file. Raises Slip."""
    content, tree = _read(path)
    try:
        return msgspec.convert(content, Institutions).institutions
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        way = [key or at for key, at in re.findall(r"\.(\w+)|\[(\d+)\]", place)]
        raise Slip(
            f"{path}, line {_line(tree, *way)}: {problem}; below «institutions:» each is "
            "«- {code: word, name: {es: …, en: …}}»."
        ) from error


def _read(path: Path) -> tuple[Any, yaml.Node | None]:
    """The content of a YAML file, and its nodes, which know their lines."""
    try:
        text = path.read_text("utf-8")
        return yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        # What is left open began elsewhere; what stands wrongly in a block stands where it was met.
        began = error.context_mark if "block" not in (error.context or "") else None
        mark = began or error.problem_mark
        raise Slip(
            f"{path}, line {mark.line + 1 if mark else 1}: {error.problem}; a text with a colon, a bracket or a quote "
            "in it stands between double quotes, and what belongs together is indented alike with spaces."
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Slip(f"{path} cannot be read as YAML in UTF-8 ({error}).") from error


def _line(tree: yaml.Node | None, *way: str) -> int:
    """The line that keys and places in lists lead to, as far as they lead."""
    line = 1
    for step in way:
        match tree:
            case yaml.MappingNode(value=pairs):
                found = next(((key, value) for key, value in pairs if key.value == step), None)
            case yaml.SequenceNode(value=items) if step.isdigit():
                found = (items[int(step)], items[int(step)])
            case _:
                found = None
        if found is None:
            break
        line, tree = found[0].start_mark.line + 1, found[1]
    return line
