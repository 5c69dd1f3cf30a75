"""Who may talk SIP with the centre: agents' telephones and carriers' trunks."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from typing import Literal

import msgspec

REALM = "centro311"
"""The realm of every digest that a telephone is asked for."""

_NAME = re.compile(r"[a-z0-9-]{1,32}")
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_SECRET = re.compile(r"[\x21-\x5b\x5d-\x7e]{1,128}")
_EXTENSION = re.compile(r"\+?[0-9]{1,18}|s")
_HIDDEN = re.compile(r"[A-Za-z0-9+._-]{1,32}")


class AgentEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's telephone. It registers as `agent-<name>` with its password."""

    name: str
    """`[a-z0-9-]{1,32}`, the agent's login name."""
    phone: Literal["browser", "sip"]
    password: str
    """As the telephone knows it; Asterisk's files get its digest only."""

    def __post_init__(self) -> None:
        _named("agent", self.name)
        if not self.password:
            raise ValueError(f"The telephone of agent {self.name} needs a password.")

    def __repr__(self) -> str:
        return f"AgentEndpoint(name={self.name!r}, phone={self.phone!r})"

    @property
    def endpoint(self) -> str:
        """Name of the endpoint, its registration and its user."""
        return f"agent-{self.name}"

    @property
    def digest(self) -> str:
        """MD5 of user:realm:password (RFC 2617's HA1), which every SIP telephone understands."""
        told = f"{self.endpoint}:{REALM}:{self.password}"
        return hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier's SIP trunk: by address, or by registration where it has a user and `register`."""

    name: str
    """`[a-z0-9-]{1,32}`."""
    host: str
    """The carrier's SIP server: a name or an address (IPv6 without brackets)."""
    port: int = 5060
    transport: Literal["udp", "tcp", "tls"] = "udp"
    sources: tuple[str, ...] = ()
    """Addresses or networks that the carrier's calls come from; none given: `host`."""
    register: bool = False
    """Tell the carrier where we are, as `user`."""
    user: str | None = None
    password: str | None = None
    """What the carrier asks of us, for registration and calls to it. Kept in a file that only we can read."""
    number_header: Literal["P-Asserted-Identity", "Remote-Party-ID", "From"] = "P-Asserted-Identity"
    """Where the carrier says who calls. The first two fall back on each other and on From where they are missing;
    `Privacy: id` withholds the number in all of them."""
    number_prefix: str = ""
    """Put before callers' numbers that have no `+` and no `00`: `+` where the carrier leaves it out, `+507` where
    it sends national numbers."""
    hidden_numbers: tuple[str, ...] = ()
    """What this carrier sends in place of a withheld number, such as `0000000000`. Words are never numbers."""
    dialled: tuple[str, ...] = ("311",)
    """What the carrier sends as the number called when somebody dials 311: `311`, `+311`, `s`, a long number."""
    outgoing: bool = False
    """Calls to the outside go by this trunk (the first such one of the list)."""

    def __post_init__(self) -> None:
        _named("trunk", self.name)
        _is_host(self.host)
        for source in self.sources:
            try:
                ipaddress.ip_network(source, strict=False)
            except ValueError:
                _is_host(source)
        if not 0 < self.port < 65536:
            raise ValueError(f"{self.port} is no port: one from 1 to 65535 is needed.")
        if self.register and not (self.user and self.password):
            raise ValueError(f"Trunk {self.name} registers, so it needs a user and a password.")
        for secret in (self.user, self.password):
            if secret is not None and not _SECRET.fullmatch(secret):
                raise ValueError(
                    f"User and password of trunk {self.name} may hold neither spaces nor accents nor backslashes."
                )
        if not re.fullmatch(r"|\+[0-9]{0,4}|[0-9]{1,4}", self.number_prefix):
            raise ValueError(f"{self.number_prefix!r} is no prefix of a telephone number: + and up to four digits.")
        for hidden in self.hidden_numbers:
            if not _HIDDEN.fullmatch(hidden):
                raise ValueError(f"{hidden!r} cannot stand for a hidden number: letters, digits, +, ., _ and -.")
        if not self.dialled:
            raise ValueError(f"Trunk {self.name} needs at least one number that means 311.")
        for number in self.dialled:
            if not _EXTENSION.fullmatch(number):
                raise ValueError(f"{number!r} is no number that a carrier could deliver: digits, +digits, or s.")

    def __repr__(self) -> str:
        return f"Trunk(name={self.name!r}, host={self.host!r}, port={self.port}, register={self.register})"

    @property
    def endpoint(self) -> str:
        return f"trunk-{self.name}"

    @property
    def context(self) -> str:
        """Where its calls enter the dialplan."""
        return f"from-trunk-{self.name}"

    @property
    def server(self) -> str:
        """`host:port` as it stands in a SIP URI."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def uri_parameters(self) -> str:
        return "" if self.transport == "udp" else f"\\;transport={self.transport}"


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers outside that the centre may call; it calls none yet. A caller never chooses one."""

    listed: tuple[str, ...] = ()
    """Those an administrator listed for emergencies and transfers: 3 to 15 digits, with or without `+`."""
    callbacks: tuple[str, ...] = ("6XXXXXXX", "[2-57]XXXXXX", "9[1-9]XXXXX")
    """Patterns of national numbers that may be called back, X for any digit: Panama's mobile and fixed lines,
    without the 800 and 900 services. How many a number gets a day is for whoever dials to count."""

    def __post_init__(self) -> None:
        for number in self.listed:
            if not re.fullmatch(r"\+?[0-9]{3,15}", number):
                raise ValueError(f"{number!r} is no number to call: 3 to 15 digits, with or without a leading +.")
        for pattern in self.callbacks:
            if not re.fullmatch(r"(\+?[0-9XNZ]|\[[0-9-]+\]){3,15}", pattern):
                raise ValueError(f"{pattern!r} is no pattern of numbers: digits, X, N, Z and sets such as [2-57].")


def _named(what: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"The name of {what} {name!r} may have up to 32 of the letters a-z, digits and hyphens.")


def _is_host(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host):
            raise ValueError(f"{host!r} is neither the name nor the address of a server.") from None
