"""Colours that can be read: WCAG 2.2 AA, 4.5 to 1 for text and 3 to 1 for edges, light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import agent_desktop
from agent_desktop.formats import case_number, clock, phone

CSS = (Path(agent_desktop.__file__).parent / "static/desktop.css").read_text()
BLOCKS = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
LIGHT = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", BLOCKS[0]))
DARK = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", BLOCKS[1]))

TEXT = [
    *((ink, paper) for ink in ("ink", "ink-soft") for paper in ("paper", "sheet", "sunk")),
    *((ink, "sheet") for ink in ("accent", "ready", "offered", "talking", "wrap", "bad", "warn-ink")),
    ("on-accent", "accent"),
    ("sheet", "ready"),
    ("accent-strong", "wash"),
    ("bad", "bad-wash"),
    ("warn-ink", "warn-wash"),
    ("ready", "good-wash"),
]
EDGES = [("line-strong", "sheet"), ("focus", "sheet"), ("focus", "paper"), ("paused", "sheet"), ("off", "sheet")]


def luminance(colour: str) -> float:
    """As WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_and_edge_can_be_told_from_its_ground(colours: dict[str, str]) -> None:
    wanted = [*((pair, 4.5) for pair in TEXT), *((pair, 3.0) for pair in EDGES)]
    poor = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair, least in wanted
        if contrast(colours[pair[0]], colours[pair[1]]) < least
    }
    assert poor == {}


def test_every_colour_has_a_dark_one() -> None:
    assert LIGHT.keys() == DARK.keys()


def test_numbers_are_written_for_people() -> None:
    assert phone("+50761234567") == "6123-4567"
    assert phone("+15551234567").startswith("+1 ")
    assert phone("not a number") == "not a number"
    assert case_number("2640713351") == "26 4071 3351"
    assert [clock(seconds) for seconds in (0, 59.9, 61, 3725)] == ["0:00", "0:59", "1:01", "1:02:05"]
