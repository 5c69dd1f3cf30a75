"""`agent`: add and list agents, set them ready or paused."""

from __future__ import annotations

import asyncio
import select
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
from sqlalchemy.ext.asyncio import AsyncEngine

from centre import addresses, bus, telephony, watcher
from centre.ari import NotThere
from centre.commands.common import data_option, json_option, node, print_json, print_table, tell_use
from centre.commands.database import ask_database
from centre.errors import Trouble
from centre.hints import hint
from centre.setup import accounts
from config.settings import Settings
from config.signs import ask_sign
from crm_core.domain.staff import Role
from crm_core.services.agents import PHONES, AgentAccount, add_agent, change_agent, list_agents
from dialplans import AsteriskError
from ivr.api import AgentState, AgentView, AskAgent, ReloadAgents, Reply, SetState

MUTE_SECONDS = 5.0


@click.group()
def agent() -> None:
    """Agents, supervisors and administrators: who may log in, and what they do."""


@agent.command("add")
@click.argument("name")
@click.option("--phone", type=click.Choice(PHONES), required=True, help="In the browser, or a SIP telephone.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.AGENT.value, help="[agent]")
@click.option("--password", help="For the desktop. Better given on standard input; without either one is made.")
@data_option
def add(name: str, phone: str, role: str, password: str | None, data: Path) -> None:
    """Add somebody who may log in. NAME has a to z, 0 to 9 and hyphens."""
    settings = node(data)
    given = password or piped_password()
    chosen = given or accounts.password()

    async def make(database: AsyncEngine) -> AgentAccount:
        return await add_agent(database, name, phone=phone, role=Role(role), password=chosen)

    made = _change(settings, make, lambda made: f"Added {name} ({role}, {made.phone}).")
    if given is None:
        click.echo(f"Password for the desktop: {chosen}")
    _tell_telephone(settings, made)


@agent.command("password")
@click.argument("name")
@data_option
def password(name: str, data: Path) -> None:
    """Give somebody a new password (from standard input, or made). Their sessions end, their telephone gets one too."""
    settings = node(data)
    given = piped_password()
    chosen = given or accounts.password()

    async def change(database: AsyncEngine) -> AgentAccount:
        return await change_agent(database, name, by="centre", password=chosen)

    changed = _change(settings, change, lambda _: f"{name} has a new password. Wrong ones before it no longer count.")
    accounts.forget(settings, name)
    _forget_telephone(settings, name)
    if given is None:
        click.echo(f"Password for the desktop: {chosen}")
    _tell_telephone(settings, changed)


@agent.command("change")
@click.argument("name")
@click.option("--phone", type=click.Choice(PHONES), help="In the browser, or a SIP telephone.")
@click.option("--role", type=click.Choice([role.value for role in Role]))
@data_option
def change(name: str, phone: str | None, role: str | None, data: Path) -> None:
    """Give somebody another kind of telephone, or another role: with that their sessions end."""
    if phone is None and role is None:
        raise Trouble("Name what is to change: --phone, --role or both.")
    settings = node(data)

    async def make(database: AsyncEngine) -> AgentAccount:
        return await change_agent(database, name, by="centre", phone=phone, role=Role(role) if role else None)

    changed = _change(settings, make, lambda changed: f"{name} is now: {changed.role}, {changed.phone}.")
    if phone is not None:
        _tell_telephone(settings, changed)


@agent.command("remove")
@click.argument("name")
@data_option
def remove(name: str, data: Path) -> None:
    """Put somebody out of use: no login, no telephone. What they did stays on record."""
    restore = hint(f"agent restore {name}", data)
    _put_to_use(node(data), name, f"{name} is out of use; `{restore}` takes it back.", active=False)


@agent.command("restore")
@click.argument("name")
@data_option
def restore(name: str, data: Path) -> None:
    """Put somebody who was removed to use again, with the password they had; their telephone gets a new one."""
    settings = node(data)
    restored = _put_to_use(settings, name, f"{name} may log in again.", active=True)
    _forget_telephone(settings, name)
    _tell_telephone(settings, restored)


@agent.command("state")
@click.argument("name")
@click.argument("state", type=click.Choice(["ready", "paused", "offline"]))
@data_option
def state(name: str, state: str, data: Path) -> None:
    """Set an agent ready, paused or offline, as their own page would."""
    settings = node(data)
    wish = SetState(agent=name, state=AgentState(state))
    asyncio.run(bus.ask(settings, wish, Reply))
    view = asyncio.run(bus.ask(settings, AskAgent(agent=name), AgentView))
    if view.after is not None:
        click.echo(f"{name} is in a call, and {view.after.value} after it.")
    else:
        click.echo(f"{name} is {state}.")
    if state == "ready" and not view.connected:
        mend = f"log in at {addresses.local_web(settings)}" if view.phone == "browser" else "look at the telephone"
        click.echo(f"Their telephone is not connected, and no call is offered until it is: {mend}.", err=True)


@agent.command("list")
@click.option("--all", "removed_too", is_flag=True, help="Those who were removed too: `agent restore` takes them back.")
@json_option
@data_option
def list_(removed_too: bool, as_json: bool, data: Path) -> None:
    """List who may log in, and what they do now."""
    settings = node(data)
    accounts = [account for account in ask_database(settings, list_agents) if account.active or removed_too]
    line = asyncio.run(ask_sign(settings.run / "line.sock")) or {}
    states = line.get("agents", {})
    rows = [
        {
            "name": each.name,
            "role": each.role,
            "phone": each.phone,
            "state": states.get(each.name, "offline" if line else None) if each.active else "removed",
            "connected": each.name in line.get("connected", []) if line and each.active else None,
        }
        for each in accounts
    ]
    if as_json:
        print_json(rows)
    else:
        heads = ("NAME", "ROLE", "PHONE", "STATE", "CONNECTED")
        print_table(heads, [tuple(map(_cell, row.values())) for row in rows], "There is nobody yet.")


def _put_to_use(settings: Settings, name: str, done: str, *, active: bool) -> AgentAccount:
    async def change(database: AsyncEngine) -> AgentAccount:
        return await change_agent(database, name, by="centre", active=active)

    return _change(settings, change, lambda _: done)


def _cell(value: object) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _change(
    settings: Settings,
    change: Callable[[AsyncEngine], Awaitable[AgentAccount]],
    done: Callable[[AgentAccount], str],
) -> AgentAccount:
    """Change the database; then Asterisk's telephones, `line` and the open pages follow. Says what is `done`."""

    async def all_of_it(database: AsyncEngine) -> tuple[AgentAccount, bool]:
        changed = await change(database)
        with telephony.alone(settings):
            telephones = await telephony.agents(database)
            in_use = await asyncio.to_thread(telephony.hand_over_agents, settings, telephones)
        if in_use or watcher.running(settings) is not None:
            try:
                await bus.ask(settings, ReloadAgents(), Reply)
            except Trouble:
                click.echo("The line does not answer now; it reads the agents when it is back.", err=True)
        return changed, in_use

    changed, in_use = ask_database(settings, all_of_it)
    again = hint(f"agent change {changed.name} --phone {changed.phone}", settings.data)
    tell_use(settings, in_use, done(changed), f"The change to {changed.name} is kept", then=f"`{again}` has it read")
    return changed


def _forget_telephone(settings: Settings, name: str) -> None:
    """Whoever registered with the password before gets no call. In a call it would be taken for one that vanished."""
    try:
        if not _in_call(settings, name):
            telephony.forget_telephone(settings, name)
            return
        why = f"{name} is in a call"
    except (AsteriskError, NotThere):
        why = "Asterisk does not answer"
    click.echo(
        f"{why}: a telephone with the password before stays registered until its next registration, at most an hour. "
        "One that registers with the new password takes its place at once."
    )


def _in_call(settings: Settings, name: str) -> bool:
    """As `line` knows it, or Asterisk where `line` does not answer. NotThere where neither does."""
    try:
        view = asyncio.run(bus.ask(settings, AskAgent(agent=name), AgentView))
    except Trouble:
        return telephony.in_call(settings, name)
    return view.state in (AgentState.OFFERED, AgentState.TALKING)


def _tell_telephone(settings: Settings, account: AgentAccount) -> None:
    """Say what is to be keyed, where theirs is a SIP telephone; a browser asks by itself."""
    if account.phone == "sip":
        for line in telephone_lines(settings, account):
            click.echo(line)


def telephone_lines(settings: Settings, account: AgentAccount) -> list[str]:
    """What is keyed into a SIP telephone."""
    return [
        "To key into the telephone:",
        f"  user      agent-{account.name}",
        f"  password  {account.sip_password}",
        f"  server    {addresses.host(settings)}, port {settings.sip_port} (UDP or TCP), {settings.sip_tls_port} (TLS)",
        f"`{hint(f'agent state {account.name} ready', settings.data)}` begins the work without a browser.",
    ]


def piped_password() -> str | None:
    """The first line of standard input, where something is piped into it; a pipe that stays mute holds nobody up."""
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return None
    readable, _, _ = select.select([sys.stdin], [], [], MUTE_SECONDS)
    if not readable or not (line := sys.stdin.readline()):
        return None
    if not line.strip():
        raise Trouble("The line on standard input is empty: put the password on it, or pipe nothing to have one made.")
    return line.strip()
