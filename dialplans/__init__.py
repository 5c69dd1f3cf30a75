"""Asterisk's configuration as templates, the code that renders it for a node, and the program's console."""

from dialplans.capacity import Capacity, capacity
from dialplans.installation import AsteriskError
from dialplans.program import (
    asterisk_version,
    command,
    console,
    contacts,
    reload_all,
    reload_certificates,
    reload_telephones,
    rotate_log,
)
from dialplans.rendering import Fallback, render, render_agents
from dialplans.telephones import AgentEndpoint, Outside, Trunk

__all__ = [
    "AgentEndpoint",
    "AsteriskError",
    "Capacity",
    "Fallback",
    "Outside",
    "Trunk",
    "asterisk_version",
    "capacity",
    "command",
    "console",
    "contacts",
    "reload_all",
    "reload_certificates",
    "reload_telephones",
    "render",
    "render_agents",
    "rotate_log",
]
