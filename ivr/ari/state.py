"""The true state of an application's calls, as Asterisk has it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .generated.models import Application, Bridge, Channel


@dataclass(frozen=True, slots=True)
class State:
    """What was read after connecting. Nothing that happened while disconnected is told in any other way.

    The three lists are read one beside the other while calls go on: a channel that comes or goes meanwhile
    is in one and not in another, and its event arrives too.
    """

    application: Application
    channels: Mapping[str, Channel]
    """Every channel of this Asterisk by id, the dialplan's too, with its `channelvars`."""
    bridges: Mapping[str, Bridge]
    """Every bridge by id, with the ids of the channels in it."""

    @property
    def members(self) -> Mapping[str, Channel]:
        """The channels that the application holds: those in it, and those that it subscribed to."""
        return {
            channel_id: self.channels[channel_id]
            for channel_id in self.application.channel_ids
            if channel_id in self.channels
        }
