"""Write `generated/` from the description of ARI that Asterisk ships (its folder `rest-api/`).

    python generate.py /usr/share/asterisk/rest-api            writes
    python generate.py /usr/share/asterisk/rest-api --check    fails where the committed code differs

Only names, types and statuses are taken over; the words of the description stay with Asterisk. Read them at
https://docs.asterisk.org/latest_api/. The written code is already in `ruff format`'s form.
"""

from __future__ import annotations

import argparse
import json
import keyword
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WIDTH = 120
HERE = Path(__file__).resolve().parent / "generated"

SLOW_PATHS = ("/asterisk/config", "/asterisk/logging", "/asterisk/modules", "/recordings/stored", "/sounds")
SLOW_COMMANDS = {
    "channels": {"originate", "originateWithId", "create", "externalMedia", "getChannelVars"},
    "bridges": {"getBridgeVars"},
    "endpoints": {"refer", "referToEndpoint", "sendMessage", "sendMessageToEndpoint"},
}
"""What goes over HTTP, besides every list: Asterisk runs WebSocket requests one after another."""

LEAVES = {
    "string": ("str", '""'),
    "Date": ("str", '""'),
    "int": ("int", "0"),
    "long": ("int", "0"),
    "double": ("float", "0.0"),
    "boolean": ("bool", "False"),
}
"""Type of the description → Python's type, and what stands where Asterisk leaves a promised field out."""

ERRORS = {
    400: "BadRequest",
    404: "NotFound",
    409: "Conflict",
    412: "InvalidState",
    422: "Unprocessable",
    500: "ServerFailed",
}

BANNER = "Written by `generate.py`; change that, not this."


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


def sentence(words: str, indent: str) -> list[str]:
    """A docstring, on one line where it fits."""
    single = f'{indent}"""{words}"""'
    if len(single) <= WIDTH:
        return [single]
    first, *rest = textwrap.wrap(words, WIDTH - len(indent) - 6)
    return [f'{indent}"""{first}', *(indent + line for line in rest), f'{indent}"""']


# --- structs ---------------------------------------------------------------------------------------------


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


# --- commands --------------------------------------------------------------------------------------------


def literal(parameter: dict[str, Any]) -> list[str]:
    """The permitted values as a type; on several lines where they are many."""
    values = parameter.get("allowableValues", {}).get("values")
    if not values or parameter["name"] == "only":
        return []
    written = [json.dumps(value) for value in values]
    single = f"Literal[{', '.join(written)}]"
    if len(single) <= 70:
        return [single]
    return ["Literal[", *(f"    {value}," for value in written), "]"]


def alias(parameter: dict[str, Any]) -> str:
    return camel(parameter["name"]) + "Name"


def parameter_type(parameter: dict[str, Any]) -> str:
    if parameter["paramType"] == "body":
        return "Sequence[Mapping[str, str]]" if parameter["name"] == "fields" else "Mapping[str, Any]"
    if parameter.get("allowMultiple"):
        return "str | Sequence[str]"
    values = literal(parameter)
    if values:
        return values[0] if len(values) == 1 else alias(parameter)
    return LEAVES[parameter["dataType"]][0]


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


def dictionary(name: str, members: dict[str, str]) -> list[str]:
    """An argument that is a dict; where it is long, one member a line."""
    written = [f'"{key}": {value}' for key, value in members.items()]
    single = f"{name}{{{', '.join(written)}}}"
    if len(single) + 13 <= WIDTH:
        return [single]
    return [f"{name}{{", *(f"    {member}," for member in written), "}"]


def is_slow(resource: str, path: str, operation: dict[str, Any]) -> bool:
    return (
        listed(operation["responseClass"]) is not None
        or path.startswith(SLOW_PATHS)
        or operation["nickname"] in SLOW_COMMANDS.get(resource, ())
    )


def command(resource: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    parameters = operation.get("parameters", [])
    in_path = [p for p in parameters if p["paramType"] == "path"]
    named = [p for p in parameters if p["paramType"] != "path"]
    named.sort(key=lambda parameter: not parameter.get("required"))
    in_query = {p["name"]: snake(p["name"]) for p in named if p["paramType"] == "query"}
    bodies = [p["name"] for p in named if p["paramType"] == "body"]

    signature = ["self", *(f"{snake(p['name'])}: str" for p in in_path), "*"]
    for parameter in named:
        required = parameter.get("required")
        signature.append(
            f"{snake(parameter['name'])}: {parameter_type(parameter)}" + ("" if required else " | None = None")
        )
    signature.append("within: float | None = None")

    response = operation["responseClass"]
    member = listed(response)
    returned = {"void": "None", "binary": "bytes"}.get(response, response)
    if member:
        returned = f"builtins.list[{member}]"
    yield ""
    yield from call("    ", f"async def {snake(operation['nickname'])}(", signature, f") -> {returned}:")
    raised = [ERRORS[e["code"]] for e in operation.get("errorResponses", []) if e["code"] in ERRORS]
    words = f"{operation['httpMethod']} {path}."
    if raised:
        words += f" Raises {', '.join(dict.fromkeys(raised))}."
    yield from sentence(words, "        ")

    route = path.removeprefix("/")
    for parameter in in_path:
        route = route.replace("{" + parameter["name"] + "}", "{part(" + snake(parameter["name"]) + ")}")
    arguments: list[str | list[str]] = [
        f'"{operation["httpMethod"]}"',
        ("f" if in_path else "") + f'"{route}"',
        dictionary("", in_query),
    ]
    if bodies:
        whole = bodies[0] == "filter"
        arguments.append(bodies[0] if whole else f"body_of({bodies[0]}={bodies[0]})")
    if is_slow(resource, path, operation):
        arguments.append("slow=True")
    arguments.append("within=within")

    keep = "" if response == "void" else "answer = "
    flat = [a if isinstance(a, str) else " ".join(a) if len(a) == 1 else None for a in arguments]
    opening = f"        {keep}await self._send("
    single = opening + ", ".join(a or "" for a in flat) + ")"
    if None not in flat and len(single) <= WIDTH:
        yield single
    else:
        yield opening
        for argument in arguments:
            lines = [argument] if isinstance(argument, str) else argument
            yield from (f"            {line}" for line in lines[:-1])
            yield f"            {lines[-1]},"
        yield "        )"
    if response == "binary":
        yield "        return answer if isinstance(answer, bytes) else answer.encode()"
    elif response != "void":
        yield f"        return {reader_name(response)}.read(answer)"


def reader_name(response: str) -> str:
    member = listed(response)
    return f"_{snake(member).upper()}_LIST" if member else f"_{snake(response).upper()}"


def group_module(resource: str, operations: list[tuple[str, dict[str, Any]]]) -> str:
    kept = [(path, operation) for path, operation in operations if operation.get("upgrade") != "websocket"]
    body: list[str] = []
    for path, operation in kept:
        body += command(resource, path, operation)
    text = "\n".join(body)
    responses = sorted({o["responseClass"] for _, o in kept} - {"void", "binary"}, key=lambda r: (listed(r) or r, r))
    readers: list[str] = []
    for response in responses:
        member = listed(response)
        shape = f"list[{member}]" if member else response
        readers.append(f"{reader_name(response)}: Reader[{shape}] = Reader({shape})")
    aliases: dict[str, list[str]] = {}
    for _, operation in kept:
        for parameter in operation.get("parameters", []):
            values = literal(parameter)
            if len(values) > 1:
                aliases[alias(parameter)] = [f"{alias(parameter)} = {values[0]}", *values[1:]]
    text += "\n".join(line for lines in aliases.values() for line in lines)
    models = sorted({listed(response) or response for response in responses}, key=str.lower)
    support = ["Group", *(["body_of"] if "body_of(" in text else []), *(["part"] if "part(" in text else [])]
    abstract = [name for name in ("Mapping", "Sequence") if f"{name}[" in text]
    typing = [name for name in ("Any", "Literal") if re.search(rf"\b{name}\b", text)]
    lines = [
        f'"""Commands on `{resource}`.',
        "",
        "`within` is how many seconds the answer may take; None is the client's own limit.",
        f"{BANNER}",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        *(["import builtins"] if "builtins." in text else []),
        *([f"from collections.abc import {', '.join(abstract)}"] if abstract else []),
        *([f"from typing import {', '.join(typing)}"] if typing else []),
        "",
        f"from ..commands import {', '.join(support)}",
        *(["from ..reading import Reader"] if readers else []),
        *([f"from .models import {', '.join(models)}"] if models else []),
        "",
        *(line for lines in aliases.values() for line in lines),
        *([""] if aliases and readers else []),
        *readers,
        "",
        "",
        f"class {class_name(resource)}(Group):",
        f'    """Commands on `{resource}`."""',
        "",
        "    __slots__ = ()",
        *body,
    ]
    written = "\n".join(lines) + "\n"
    return re.sub(r"\n{4,}", "\n\n\n", re.sub(r"annotations\n\n\n+from", "annotations\n\nfrom", written))


def package_module(api: Api) -> str:
    names = sorted(api.resources)
    lines = [
        '"""Every group of commands, and the structs of events and answers.',
        "",
        f"{BANNER}",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from ..commands import Send",
        *(f"from .{module_name(name)} import {class_name(name)}" for name in sorted(names, key=module_name)),
        "",
        "",
        "class Commands:",
        '    """All commands that Asterisk takes, grouped by resource."""',
        "",
        "    def __init__(self, send: Send) -> None:",
        *(f"        self.{snake(name)} = {class_name(name)}(send)" for name in names),
    ]
    return "\n".join(lines) + "\n"


# --- files -----------------------------------------------------------------------------------------------


def modules(api: Api) -> dict[str, str]:
    """File name → its text."""
    written = {
        "__init__.py": package_module(api),
        "models.py": models_module(api),
        "events.py": events_module(api),
    }
    for resource, operations in api.resources.items():
        written[f"{module_name(resource)}.py"] = group_module(resource, operations)
    return written


def differences(written: dict[str, str], folder: Path) -> list[str]:
    """Names of files that are not as they should be, missing and surplus ones among them."""
    there = {path.name: path.read_text() for path in folder.glob("*.py")}
    return sorted(name for name in there.keys() | written.keys() if there.get(name) != written.get(name))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the typed ARI commands and events.")
    parser.add_argument("folder", type=Path, help="Asterisk's rest-api folder")
    parser.add_argument("--into", type=Path, default=HERE, help="where to write, by default here")
    parser.add_argument("--check", action="store_true", help="write nothing, fail where the code differs")
    chosen = parser.parse_args(arguments)
    written = modules(Api.load(chosen.folder))
    differing = differences(written, chosen.into)
    if chosen.check:
        for name in differing:
            print(f"{chosen.into / name} differs from what {chosen.folder} says", file=sys.stderr)
        return 1 if differing else 0
    chosen.into.mkdir(parents=True, exist_ok=True)
    for name in differing:
        if name in written:
            (chosen.into / name).write_text(written[name])
        else:
            (chosen.into / name).unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
