"""Asterisk's configuration as templates, the code that renders it for a node, and the running program's console."""

from dialplans.capacity import Capacity, capacity
from dialplans.program import AsteriskError, asterisk_version, command, console
from dialplans.rendering import render, render_agents
from dialplans.telephones import AgentEndpoint, Trunk, sip_digest

__all__ = [
    "AgentEndpoint",
    "AsteriskError",
    "Capacity",
    "Trunk",
    "asterisk_version",
    "capacity",
    "command",
    "console",
    "render",
    "render_agents",
    "sip_digest",
]
