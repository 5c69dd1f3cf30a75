"""An agent's leg of a call: one channel that we rang, from the first ring to its end."""

from __future__ import annotations

import asyncio
import enum
from dataclasses import dataclass

LOST_CAUSES = {38, 41, 44}
"""Q.850 causes of a leg that fell without anybody's word: 41 is what the browser sends when its page goes, 44 is
Asterisk's own when no media came for `rtp_timeout` seconds, 38 a network out of order."""


class Ended(enum.Enum):
    """How a leg ended."""

    SAID = enum.auto()  # the agent hung up: BYE, without a cause of loss
    LOST = enum.auto()  # the page went, the media stopped, the transport broke
    REFUSED = enum.auto()  # never answered: declined, busy, or no telephone there


@dataclass
class End:
    how: Ended
    cause: int


class Leg:
    def __init__(self, channel: str, agent: str) -> None:
        self.channel = channel
        self.agent = agent
        loop = asyncio.get_running_loop()
        self.up: asyncio.Future[None] = loop.create_future()
        self.end: asyncio.Future[End] = loop.create_future()
        self._asked_to_hang_up = False
        self._cause_asked: int | None = None

    def answered(self) -> None:
        if not self.up.done():
            self.up.set_result(None)

    def hangup_requested(self, cause: int | None) -> None:
        """The telephone sent BYE (or Asterisk asks for the end itself: then with a cause of loss)."""
        self._asked_to_hang_up = True
        self._cause_asked = cause

    def destroyed(self, cause: int) -> None:
        if self.end.done():
            return
        if not self.up.done():
            how = Ended.REFUSED
        elif self._asked_to_hang_up and not LOST_CAUSES & {self._cause_asked, cause}:
            how = Ended.SAID
        else:
            how = Ended.LOST
        self.end.set_result(End(how, self._cause_asked or cause))
