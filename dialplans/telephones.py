"""Who may talk SIP with the centre: agents' telephones and carriers' trunks."""

from __future__ import annotations

import hashlib
import re
from typing import Literal

import msgspec

REALM = "centro311"
"""The realm of every digest. Changing it makes every stored digest useless."""

_NAME = re.compile(r"[a-z0-9-]{1,32}")


class AgentEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's telephone. It registers as `agent-<name>` with its password."""

    name: str
    """`[a-z0-9-]{1,32}`, the agent's login name."""
    phone: Literal["browser", "sip"]
    digest: str
    """`sip_digest(name, password)`; the password itself is not needed and not kept."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"an agent's name has 1 to 32 of the letters a-z, digits and hyphens: {self.name!r}"
            )
        if not re.fullmatch(r"[0-9a-f]{32}", self.digest):
            raise ValueError(f"the digest of agent {self.name} is not 32 hexadecimal digits")

    @property
    def endpoint(self) -> str:
        """Name of the endpoint, its registration and its user."""
        return f"agent-{self.name}"


def sip_digest(name: str, password: str) -> str:
    """MD5 of user:realm:password (RFC 2617's HA1) for the agent `name`: what SIP digest needs instead of the password."""
    return hashlib.md5(f"agent-{name}:{REALM}:{password}".encode(), usedforsecurity=False).hexdigest()


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier's SIP trunk."""

    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"a trunk's name has 1 to 32 of the letters a-z, digits and hyphens: {self.name!r}"
            )
