"""The commands that a sentence recommends, as they must be typed to reach this centre. Standard library alone."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

USUAL = "CENTRO311_USUAL"
"""In the environment: the folder of a command without `--data`, as the launcher found it."""


def hint(command: str, data: Path) -> str:
    """`./centro311 COMMAND`, with `--data` unless a command without it means this folder too."""
    usual = os.environ.get(USUAL) or Path(__file__).resolve().parent.parent / "data"
    where = "" if data == Path(usual) else f" --data {shlex.quote(str(data))}"
    return f"./centro311 {command}{where}"
