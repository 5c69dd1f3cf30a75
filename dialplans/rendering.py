"""Templates to files: one template for each of Asterisk's files, rendered for one node."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from config.files import write_private
from config.settings import Secrets, Settings
from dialplans import installation
from dialplans.capacity import Capacity, capacity
from dialplans.modules import MODULES
from dialplans.telephones import REALM, AgentEndpoint, Outside, Trunk

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # Asterisk's files, not HTML; what goes in is checked on its way in
)

_TEMPLATES.filters["escaped"] = lambda text: text.replace(";", "\\;")  # it would begin a comment

_AGENTS = "pjsip_agents.conf"

LOCAL_NETS = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")
"""Who reaches us without the router in front: this machine, private networks (RFC 1918) and shared ones (RFC 6598)."""

TOO_QUIET = {"macroform-the_simplicity.wav"}
"""7 to 11 dB below the other pieces (-32 dBFS on average): on a telephone it passes for a dead line."""


class Fallback(msgspec.Struct, frozen=True, kw_only=True):
    """How callers are kept while `line` does not answer, in whole seconds."""

    seconds: int = 60
    """Keep trying for so long, then take a message."""
    pause: int = 15
    """Music between two tries."""
    silence: int = 8
    """Silence that ends a message."""
    longest: int = 180
    """The longest message."""


def render(
    settings: Settings,
    secrets: Secrets,
    agents: Sequence[AgentEndpoint] | None,
    trunks: Sequence[Trunk],
    *,
    outside: Outside | None = None,
    limits: Capacity | None = None,
    fallback: Fallback | None = None,
) -> None:
    """Write all of `settings.asterisk/"etc"` and make Asterisk's folders.

    Not given `agents`, their telephones stay as they were written last. `outside` is what the centre may call;
    `limits` what the node carries, not given this machine's `capacity()`. ValueError, with a sentence for people,
    where a path or name could not stand in Asterisk's files; AsteriskError where there is no Asterisk.
    """
    _check_path(settings.data)
    for folder in ("etc", "db/keys", "run", "log/cel-custom", "spool/recording", "spool/fallback", "spool/tmp", "moh"):
        (settings.asterisk / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.asterisk.chmod(0o700)
    _link_music(settings)
    values: dict[str, Any] = {
        **_common(settings),
        "secrets": secrets,
        "agents": agents,
        "trunks": trunks,
        "outside": outside or Outside(),
        "outgoing": next((trunk for trunk in trunks if trunk.outgoing), None),
        "capacity": limits or capacity(),
        "modules": MODULES,
        "fallback": fallback or Fallback(),
        "entity": _entity(settings.node),
    }
    for template in sorted(_TEMPLATES.list_templates(filter_func=lambda name: name.endswith(".conf.j2"))):
        if (name := template.removesuffix(".j2")) != _AGENTS or agents is not None:
            _write(settings, name, values)


def render_agents(settings: Settings, agents: Sequence[AgentEndpoint]) -> None:
    """Write the agents' telephones alone; `reload_telephones` makes a running Asterisk read them."""
    _write(settings, _AGENTS, {**_common(settings), "agents": agents})


def _common(settings: Settings) -> dict[str, Any]:
    bind = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
    dual = settings.bind == "::"  # SIP listeners on it take IPv6 alone
    return {
        "settings": settings,
        "asterisk": settings.asterisk,
        "etc": settings.asterisk / "etc",
        "native": installation.find(settings),
        "bind": bind,
        "dual": dual,
        "listening": [("", "0.0.0.0"), ("6", bind)] if dual else [("", bind)],
        "realm": REALM,
        "local_nets": LOCAL_NETS,
    }


def _write(settings: Settings, name: str, values: dict[str, Any]) -> None:
    text = _TEMPLATES.get_template(f"{name}.j2").render(values)
    write_private(settings.asterisk / "etc" / name, text.encode())


def _link_music(settings: Settings) -> None:
    """Choose the waiting music: every piece of the package but those too quiet for a telephone."""
    chosen = settings.asterisk / "moh"
    for old in chosen.iterdir():
        if old.is_symlink():
            old.unlink()
    for piece in sorted((installation.find(settings).data / "moh").glob("*.wav")):
        if piece.name not in TOO_QUIET:
            (chosen / piece.name).symlink_to(piece)


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
