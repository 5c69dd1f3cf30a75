"""Templates to files: one template for each of Asterisk's files, rendered for one node."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2

from config.settings import Secrets, Settings, write_private
from dialplans.capacity import Capacity, capacity
from dialplans.modules import MODULES
from dialplans.telephones import REALM, AgentEndpoint, Trunk

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # Asterisk's files, not HTML; what goes in is checked on its way in
)

_AGENTS = "pjsip_agents.conf"

FALLBACK = SimpleNamespace(seconds=60, pause=15, silence=8, longest=180)
"""In seconds: how long to keep trying, between two tries, silence that ends a message, its longest."""


def render(
    settings: Settings,
    secrets: Secrets,
    agents: Sequence[AgentEndpoint],
    trunks: Sequence[Trunk],
    *,
    outside_numbers: Sequence[str] = (),
    limits: Capacity | None = None,
) -> None:
    """Write all of `settings.asterisk/"etc"` and make Asterisk's folders.

    `limits` is what the node carries; not given, this machine's `capacity()`. ValueError, with a sentence for
    people, where a path or name could not stand in Asterisk's files.
    """
    _check_path(settings.data)
    _check_path(settings.native)
    for folder in ("etc", "db/keys", "run", "log", "spool/recording", "spool/fallback", "spool/tmp"):
        (settings.asterisk / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.asterisk.chmod(0o700)
    values: dict[str, Any] = {
        **_common(settings),
        "secrets": secrets,
        "agents": agents,
        "trunks": trunks,
        "outside_numbers": outside_numbers,
        "capacity": limits or capacity(),
        "modules": MODULES,
        "fallback": FALLBACK,
        "entity": _entity(settings.node),
    }
    for template in sorted(_TEMPLATES.list_templates(filter_func=lambda name: name.endswith(".conf.j2"))):
        _write(settings, template.removesuffix(".j2"), values)


def render_agents(settings: Settings, agents: Sequence[AgentEndpoint]) -> None:
    """Write the agents' telephones alone; `reload_agents` makes a running Asterisk read them."""
    _write(settings, _AGENTS, {**_common(settings), "agents": agents})


def _common(settings: Settings) -> dict[str, Any]:
    return {
        "settings": settings,
        "asterisk": settings.asterisk,
        "etc": settings.asterisk / "etc",
        "native": SimpleNamespace(
            modules=_modules(settings.native),
            data=settings.native / "usr/share/asterisk",
            programs=settings.native / "usr/sbin",
        ),
        "bind": f"[{settings.bind}]" if ":" in settings.bind else settings.bind,
        "realm": REALM,
    }


def _write(settings: Settings, name: str, values: dict[str, Any]) -> None:
    text = _TEMPLATES.get_template(f"{name}.j2").render(values)
    write_private(settings.asterisk / "etc" / name, text.encode())


def _modules(native: Path) -> Path:
    """The folder of modules: below `usr/lib/<triplet>` in Debian's package, below `usr/lib` where built by hand."""
    for folder in sorted((native / "usr/lib").glob("*/asterisk/modules")):
        return folder
    return native / "usr/lib/asterisk/modules"


def _entity(node: str) -> str:
    """An id in the form of a locally administered network address, the same for a node for ever."""
    digits = hashlib.sha256(node.encode()).hexdigest()[:10]
    return ":".join(["02", *(digits[at : at + 2] for at in range(0, 10, 2))])


def _check_path(path: Path) -> None:
    if not path.is_absolute() or re.search(r"[\x00-\x1f\x7f,;&|$\[\]{}()\"'\\<>#%=]", str(path)):
        raise ValueError(
            f"Asterisk cannot keep its files below {path}: choose an absolute path of letters, digits, dots, hyphens,"
            " underscores and slashes (--data)."
        )
