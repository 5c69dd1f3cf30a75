"""What Asterisk is told by the front door: trunks and outside numbers, and the agents' telephones of the database.

Trunks and outside numbers are kept in `DATA/telephony.json`, which only its owner can read: a trunk has a password.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

import dialplans
from centre.ari import Ari
from centre.errors import Trouble
from config.files import locked, write_private
from config.settings import Secrets, Settings
from crm_core.services.agents import list_agents
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


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """From reading what Asterisk is told until it is written: one command at a time."""
    with locked(settings.data / "telephony.json"):
        yield


def save(settings: Settings, telephony: Telephony) -> None:
    write_private(settings.data / "telephony.json", msgspec.json.format(msgspec.json.encode(telephony)))


def render(settings: Settings, endpoints: list[AgentEndpoint] | None) -> None:
    """Write all of Asterisk's configuration, the agents' telephones where given. Trouble where a path or name could
    not stand in it."""
    kept = load(settings)
    try:
        dialplans.render(settings, Secrets.load(settings.data), endpoints, kept.trunks, outside=kept.outside)
    except (ValueError, AsteriskError) as error:
        raise Trouble(str(error)) from error


async def agents(database: AsyncEngine) -> list[AgentEndpoint]:
    """The telephones of all agents who may work."""
    return [
        AgentEndpoint(name=agent.name, phone="sip" if agent.phone == "sip" else "browser", password=agent.sip_password)
        for agent in await list_agents(database)
        if agent.active
    ]


def use(settings: Settings, kept: Telephony) -> bool:
    """Keep it, write Asterisk's configuration and have it read; False where no Asterisk does.

    The database is not asked: the agents' telephones stay as they were written last.
    """
    save(settings, kept)
    if not (settings.asterisk / "etc" / "asterisk.conf").exists():
        # Nothing ran yet: the first `up` writes everything.
        return False
    render(settings, None)
    return reload(settings)


def reload(settings: Settings) -> bool:
    """Have a running Asterisk read all of its configuration; False where none runs."""
    try:
        dialplans.reload_all(settings)
    except AsteriskError:
        return False
    return True


def in_call(settings: Settings, agent: str) -> bool:
    """Whether Asterisk has a call, or one that rings, on this agent's telephone. NotThere where it does not answer."""
    return any(each["channel_ids"] for each in Ari(settings).endpoints() if each["resource"] == f"agent-{agent}")


def forget_telephone(settings: Settings, agent: str) -> None:
    """Nothing is registered for this agent any more, until it registers with the password of now.

    AsteriskError or NotThere where Asterisk does not answer.
    """
    for contact in dialplans.contacts(settings, agent):
        Ari(settings).forget_contact(contact)


def hand_over_agents(settings: Settings, endpoints: list[AgentEndpoint]) -> bool:
    """Write the agents' telephones and have a running Asterisk read them; False where none runs."""
    dialplans.render_agents(settings, endpoints)
    try:
        dialplans.reload_telephones(settings)
    except AsteriskError:
        return False
    return True
