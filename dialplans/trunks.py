"""How a trunk is doing, as the running Asterisk sees it."""

from __future__ import annotations

import re

import msgspec

from config.settings import Settings
from dialplans.program import console
from dialplans.telephones import Trunk


class TrunkState(msgspec.Struct, frozen=True, kw_only=True):
    known: bool
    """Asterisk has read it: False after `trunk add` until the files are rendered and reloaded."""
    registered: bool | None
    """The carrier knows where we are; None for a trunk that does not register."""
    registration: str | None
    """In Asterisk's own word: Registered, Unregistered (no answer), Rejected (wrong user or password)."""
    reachable: bool | None
    """The carrier's server answers OPTIONS; None where it was not asked yet."""
    milliseconds: float | None
    """How long it took to answer."""


def trunk_state(settings: Settings, trunk: Trunk) -> TrunkState:
    """Ask the running Asterisk. AsteriskError where it does not answer."""
    name = re.escape(trunk.endpoint)
    contacts = console(settings, "pjsip show contacts")
    contact = re.search(rf"Contact:\s+{name}/\S*\s+\S+\s+(\w+)\s+(\S+)", contacts)
    registration = None
    if trunk.register:
        told = console(settings, "pjsip show registrations")
        found = re.search(rf"^\s*{name}/\S*\s+\S+\s+(\w+)", told, re.MULTILINE)
        registration = found[1] if found else "Unregistered"
    reachable = {"Avail": True, "Unavail": False}.get(contact[1]) if contact else None
    return TrunkState(
        known=contact is not None,
        registered=registration == "Registered" if registration else None,
        registration=registration,
        reachable=reachable,
        milliseconds=float(contact[2]) if contact and reachable else None,
    )


def ask_trunk(settings: Settings, trunk: Trunk) -> None:
    """Have the carrier's server asked now (OPTIONS); `trunk_state` tells the outcome within 4 s."""
    console(settings, f"pjsip qualify {trunk.endpoint}")
    if trunk.register:
        console(settings, f"pjsip send register {trunk.endpoint}")
