"""The description of ARI that Asterisk ships, and the Python names for what it names."""

from __future__ import annotations

import json
import keyword
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEAVES = {
    "string": ("str", '""'),
    "Date": ("str", '""'),
    "int": ("int", "0"),
    "long": ("int", "0"),
    "double": ("float", "0.0"),
    "boolean": ("bool", "False"),
}
"""Type of the description → Python's type, and what stands where Asterisk leaves a promised field out."""


@dataclass
class Api:
    """The description: one entry per resource file, and all models by name."""

    resources: dict[str, list[tuple[str, dict[str, Any]]]]
    """Resource name → its operations, each with its path."""
    models: dict[str, dict[str, Any]]

    @classmethod
    def load(cls, folder: Path) -> Api:
        resources: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        models: dict[str, dict[str, Any]] = {}
        for entry in json.loads((folder / "resources.json").read_text())["apis"]:
            name = Path(entry["path"]).name.removesuffix(".{format}")
            described = json.loads((folder / f"{name}.json").read_text())
            resources[name] = [(api["path"], operation) for api in described["apis"] for operation in api["operations"]]
            models.update(described.get("models", {}))
        return cls(resources, models)

    @property
    def events(self) -> list[str]:
        """Names of all that arrives as a message of its own."""
        found = ["MissingParams", *self.models["Event"]["subTypes"]]
        return sorted(name for name in found if not name.startswith("REST"))

    @property
    def structs(self) -> list[str]:
        """Names of what events and answers are made of."""
        messages = {"Message", "Event", *self.events}
        return sorted(
            name
            for name, model in self.models.items()
            if name not in messages and model["properties"] and not name.startswith("REST")
        )


def snake(name: str) -> str:
    """A name of the description as a Python name: `mohClass` → `moh_class`, `from` → `from_`."""
    written = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return written + "_" if keyword.iskeyword(written) else written


def camel(name: str) -> str:
    return name[0].upper() + name[1:]


def module_name(resource: str) -> str:
    return "event_commands" if resource == "events" else snake(resource)


def class_name(resource: str) -> str:
    return "EventCommands" if resource == "events" else camel(resource)


def listed(name: str) -> str | None:
    """The member type of `List[X]`."""
    match = re.fullmatch(r"List\[(\w+)\]", name)
    return match[1] if match else None
