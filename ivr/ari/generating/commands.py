"""Writes the groups of commands: a class for each resource, a method for each operation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from .description import LEAVES, Api, camel, class_name, listed, module_name, snake
from .text import BANNER, call, dictionary, send, sentence

SLOW_PATHS = ("/asterisk/config", "/asterisk/logging", "/asterisk/modules", "/recordings/stored", "/sounds")
SLOW_COMMANDS = {
    "channels": {"originate", "originateWithId", "create", "externalMedia", "getChannelVars"},
    "bridges": {"getBridgeVars"},
    "endpoints": {"refer", "referToEndpoint", "sendMessage", "sendMessageToEndpoint"},
}
"""What goes over HTTP, besides every list: Asterisk runs WebSocket requests one after another."""

ERRORS = {
    400: "BadRequest",
    404: "NotFound",
    409: "Conflict",
    412: "InvalidState",
    422: "Unprocessable",
    500: "ServerFailed",
}
"""HTTP status → our error."""


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


def is_slow(resource: str, path: str, operation: dict[str, Any]) -> bool:
    return (
        listed(operation["responseClass"]) is not None
        or path.startswith(SLOW_PATHS)
        or operation["nickname"] in SLOW_COMMANDS.get(resource, ())
    )


def command(resource: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    """One method."""
    parameters = operation.get("parameters", [])
    in_path = [p for p in parameters if p["paramType"] == "path"]
    named = sorted(
        (p for p in parameters if p["paramType"] != "path"), key=lambda parameter: not parameter.get("required")
    )
    response = operation["responseClass"]
    yield ""
    yield from signature(operation, in_path, named)
    raised = [ERRORS[e["code"]] for e in operation.get("errorResponses", []) if e["code"] in ERRORS]
    words = f"{operation['httpMethod']} {path}."
    if raised:
        words += f" Raises {', '.join(dict.fromkeys(raised))}."
    yield from sentence(words, "        ")
    keep = "" if response == "void" else "answer = "
    yield from send(f"        {keep}await self._send(", sent(resource, path, operation, in_path, named))
    if response == "binary":
        yield "        return answer if isinstance(answer, bytes) else answer.encode()"
    elif response != "void":
        yield f"        return {reader_name(response)}.read(answer)"


def signature(operation: dict[str, Any], in_path: list[dict[str, Any]], named: list[dict[str, Any]]) -> Iterator[str]:
    arguments = ["self", *(f"{snake(p['name'])}: str" for p in in_path), "*"]
    for parameter in named:
        optional = "" if parameter.get("required") else " | None = None"
        arguments.append(f"{snake(parameter['name'])}: {parameter_type(parameter)}{optional}")
    arguments.append("within: float | None = None")
    response = operation["responseClass"]
    member = listed(response)
    returned = {"void": "None", "binary": "bytes"}.get(response, response)
    if member:
        returned = f"builtins.list[{member}]"
    yield from call("    ", f"async def {snake(operation['nickname'])}(", arguments, f") -> {returned}:")


def sent(
    resource: str,
    path: str,
    operation: dict[str, Any],
    in_path: list[dict[str, Any]],
    named: list[dict[str, Any]],
) -> list[list[str]]:
    """What the method hands over: one argument after another, each in its lines."""
    route = path.removeprefix("/")
    for parameter in in_path:
        route = route.replace("{" + parameter["name"] + "}", "{part(" + snake(parameter["name"]) + ")}")
    arguments = [
        [f'"{operation["httpMethod"]}"'],
        [("f" if in_path else "") + f'"{route}"'],
        dictionary({p["name"]: snake(p["name"]) for p in named if p["paramType"] == "query"}),
    ]
    for parameter in named:
        name = parameter["name"]
        if parameter["paramType"] == "body":
            # The filter is a body of its own, other bodies are members of one.
            arguments.append([name if name == "filter" else f"body_of({name}={name})"])
    if is_slow(resource, path, operation):
        arguments.append(["slow=True"])
    return [*arguments, ["within=within"]]


def reader_name(response: str) -> str:
    member = listed(response)
    return f"_{snake(member).upper()}_LIST" if member else f"_{snake(response).upper()}"


def readers(responses: Iterable[str]) -> list[str]:
    """A constant for each shape of an answer."""
    lines = []
    for response in sorted(responses, key=lambda r: (listed(r) or r, r)):
        member = listed(response)
        shape = f"list[{member}]" if member else response
        lines.append(f"{reader_name(response)}: Reader[{shape}] = Reader({shape})")
    return lines


def aliases(parameters: Iterable[dict[str, Any]]) -> list[str]:
    """A name for each long list of permitted values."""
    found: dict[str, list[str]] = {}
    for parameter in parameters:
        values = literal(parameter)
        if len(values) > 1:
            found[alias(parameter)] = [f"{alias(parameter)} = {values[0]}", *values[1:]]
    return [line for lines in found.values() for line in lines]


def group_module(resource: str, operations: list[tuple[str, dict[str, Any]]]) -> str:
    kept = [(path, operation) for path, operation in operations if operation.get("upgrade") != "websocket"]
    responses = {operation["responseClass"] for _, operation in kept} - {"void", "binary"}
    constants = readers(responses)
    names = aliases(parameter for _, operation in kept for parameter in operation.get("parameters", []))
    body = [line for path, operation in kept for line in command(resource, path, operation)]
    text = "\n".join([*names, *body])

    def used(candidates: Iterable[str], after: str) -> str:
        return ", ".join(name for name in candidates if f"{name}{after}" in text)

    standard = [
        "import builtins" if "builtins." in text else "",
        f"from collections.abc import {found}" if (found := used(["Mapping", "Sequence"], "[")) else "",
        f"from typing import {found}" if (found := used(["Any", "Literal"], "")) else "",
    ]
    models = sorted({listed(response) or response for response in responses}, key=str.lower)
    helpers = ", ".join(["Group", *(name for name in ("body_of", "part") if f"{name}(" in text)])
    ours = [
        f"from ..commands import {helpers}",
        "from ..reading import Reader" if constants else "",
        f"from .models import {', '.join(models)}" if models else "",
    ]
    head = [
        f'"""Commands on `{resource}`.',
        "",
        "`within` is how many seconds the answer may take; None is the client's own limit.",
        f"{BANNER}",
        '"""',
    ]
    group = [f"class {class_name(resource)}(Group):", f'    """Commands on `{resource}`."""', "", "    __slots__ = ()"]
    blocks = [
        head,
        ["from __future__ import annotations"],
        [line for line in standard if line],
        [line for line in ours if line],
        names,
        constants,
    ]
    above = "\n\n".join("\n".join(block) for block in blocks if block)
    return above + "\n\n\n" + "\n".join([*group, *body]) + "\n"


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
