"""Every group of commands, and the structs of events and answers.

Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

from ..commands import Send
from .applications import Applications
from .asterisk import Asterisk
from .bridges import Bridges
from .channels import Channels
from .device_states import DeviceStates
from .endpoints import Endpoints
from .event_commands import EventCommands
from .mailboxes import Mailboxes
from .playbacks import Playbacks
from .recordings import Recordings
from .sounds import Sounds


class Commands:
    """All commands that Asterisk takes, grouped by resource."""

    def __init__(self, send: Send) -> None:
        self.applications = Applications(send)
        self.asterisk = Asterisk(send)
        self.bridges = Bridges(send)
        self.channels = Channels(send)
        self.device_states = DeviceStates(send)
        self.endpoints = Endpoints(send)
        self.events = EventCommands(send)
        self.mailboxes = Mailboxes(send)
        self.playbacks = Playbacks(send)
        self.recordings = Recordings(send)
        self.sounds = Sounds(send)
