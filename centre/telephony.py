"""Trunks and outside numbers of a node, and the handing of all telephones to Asterisk.

They are kept in `DATA/telephony.json`, which only its owner can read: a trunk has a password.
"""

from __future__ import annotations

import msgspec

import dialplans
from centre.errors import Trouble
from config.settings import Secrets, Settings, write_private
from dialplans import AgentEndpoint, AsteriskError, Outside, Trunk


class Telephony(msgspec.Struct, kw_only=True):
    trunks: list[Trunk] = []
    outside: Outside = Outside()


def load(settings: Settings) -> Telephony:
    file = settings.data / "telephony.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=Telephony)
    except FileNotFoundError:
        return Telephony()
    except msgspec.DecodeError as error:
        raise Trouble(
            f"{file} cannot be read ({error}); mend it by hand, or remove it and add the trunks anew."
        ) from error


def save(settings: Settings, telephony: Telephony) -> None:
    write_private(settings.data / "telephony.json", msgspec.json.format(msgspec.json.encode(telephony)))


def render(settings: Settings, endpoints: list[AgentEndpoint]) -> None:
    """Write all of Asterisk's configuration. Trouble where a path or name could not stand in it."""
    kept = load(settings)
    try:
        dialplans.render(settings, Secrets.load(settings.data), endpoints, kept.trunks, outside=kept.outside)
    except (ValueError, AsteriskError) as error:
        raise Trouble(str(error)) from error


def hand_over_agents(settings: Settings, endpoints: list[AgentEndpoint]) -> bool:
    """Write the agents' telephones and have a running Asterisk read them; False where none runs."""
    dialplans.render_agents(settings, endpoints)
    try:
        dialplans.reload_telephones(settings)
    except AsteriskError:
        return False
    return True
