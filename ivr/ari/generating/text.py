"""Pieces of Python source, in the form that `ruff format` gives them."""

from __future__ import annotations

import textwrap

WIDTH = 120
BANNER = "Written by `generate.py`; change that, not this."


def sentence(words: str, indent: str) -> list[str]:
    """A docstring, on one line where it fits."""
    single = f'{indent}"""{words}"""'
    if len(single) <= WIDTH:
        return [single]
    first, *rest = textwrap.wrap(words, WIDTH - len(indent) - 6)
    return [f'{indent}"""{first}', *(indent + line for line in rest), f'{indent}"""']


def call(indent: str, opening: str, arguments: list[str], closing: str) -> list[str]:
    """A call or signature: on one line where it fits, else one argument a line."""
    single = f"{indent}{opening}{', '.join(arguments)}{closing}"
    if len(single) <= WIDTH:
        return [single]
    return [
        f"{indent}{opening}",
        *(f"{indent}    {argument}," for argument in arguments),
        f"{indent}{closing}",
    ]


def send(opening: str, arguments: list[list[str]]) -> list[str]:
    """A call whose arguments may have several lines: on one line where it fits, else each on its own."""
    single = opening + ", ".join(" ".join(argument) for argument in arguments) + ")"
    if len(single) <= WIDTH and all(len(argument) == 1 for argument in arguments):
        return [single]
    indent = " " * (len(opening) - len(opening.lstrip()))
    lines = [f"{indent}    {line}" for argument in arguments for line in [*argument[:-1], argument[-1] + ","]]
    return [opening, *lines, f"{indent})"]


def dictionary(members: dict[str, str]) -> list[str]:
    """An argument that is a dict; where it is long, one member a line."""
    written = [f'"{key}": {value}' for key, value in members.items()]
    single = f"{{{', '.join(written)}}}"
    if len(single) + 13 <= WIDTH:
        return [single]
    return ["{", *(f"    {member}," for member in written), "}"]
