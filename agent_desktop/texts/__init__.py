"""The texts of the pages: one catalogue a language, the same keys in each. Code and templates hold keys."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = {"es": "Español", "en": "English"}
FIRST = "es"


def flatten(tree: dict[str, Any], under: str = "") -> dict[str, str]:
    """Nested names joined by dots: `{"login": {"title": "x"}}` is `{"login.title": "x"}`."""
    flat: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{under}{name}.")
        else:
            flat[f"{under}{name}"] = str(value)
    return flat


@cache
def catalogue(language: str) -> dict[str, str]:
    return flatten(yaml.safe_load((Path(__file__).parent / f"{language}.yaml").read_text()))


def text(language: str, key: str, **values: object) -> str:
    """The text of a key, its `{names}` filled in. KeyError for a key that no catalogue has."""
    found = catalogue(language)[key]
    return found.format(**values) if values else found


def has(key: str) -> bool:
    return key in catalogue(FIRST)
