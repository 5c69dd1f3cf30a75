"""Writes the structs of events and of what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .description import LEAVES, Api, listed, snake
from .text import BANNER, sentence


def field_type(described: str) -> str:
    member = listed(described)
    if member:
        return f"tuple[{field_type(member)}, ...]"
    if described == "object":
        return "dict[str, Any]"
    return LEAVES[described][0] if described in LEAVES else described


def field(name: str, described: dict[str, Any]) -> Iterator[str]:
    kind, required = described["type"], described.get("required", False)
    python = snake(name)
    written = field_type(kind)
    renamed = python != name
    if listed(kind):
        default: str | None = "()"
    elif kind == "object":
        default = "{}"
    elif not required:
        written += " | None"
        default = "None"
    else:
        default = LEAVES[kind][1] if kind in LEAVES else None
    if renamed:
        default = f'msgspec.field(default={default}, name="{name}")'
    yield f"    {python}: {written}" + (f" = {default}" if default else "")
    values = described.get("allowableValues", {}).get("values")
    if values:
        yield from sentence(f"Known values: {', '.join(values)}.", "    ")


def struct(name: str, base: str, model: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield ""
    yield f"class {name}({base}, frozen=True, gc=False, kw_only=True):"
    yield f'    """ARI\'s `{name}`."""'
    if model["properties"]:
        yield ""
    for member, described in model["properties"].items():
        yield from field(member, described)


def models_module(api: Api) -> str:
    lines = [
        '"""What channels, bridges and the rest are: the structs inside events and answers.',
        "",
        "A field that Asterisk left out has its type's empty value, so that no event is lost to it.",
        f"{BANNER}",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Any",
        "",
        "import msgspec",
    ]
    for name in api.structs:
        lines += struct(name, "msgspec.Struct", api.models[name])
    return "\n".join(lines) + "\n"


def events_module(api: Api) -> str:
    bodies: list[str] = []
    for name in api.events:
        bodies += struct(name, "Event", api.models[name])
    used = [name for name in sorted(api.structs, key=str.lower) if re.search(rf"\b{name}\b", "\n".join(bodies))]
    lines = [
        '"""The events that Asterisk sends, each a struct named like its `type`.',
        "",
        f"{BANNER}",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Any",
        "",
        "import msgspec",
        "",
        "from .models import (",
        *(f"    {name}," for name in used),
        ")",
        "",
        "",
        'class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="type", tag=True):',
        '    """What every event has. Times are text: `ari.moment(event.timestamp)` makes them datetimes."""',
        "",
        '    application: str = ""',
        '    timestamp: str = ""',
        "    asterisk_id: str | None = None",
        *bodies,
        "",
        "",
        "EVENTS: tuple[type[Event], ...] = (",
        *(f"    {name}," for name in api.events),
        ")",
    ]
    return "\n".join(lines) + "\n"
