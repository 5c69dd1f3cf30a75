"""What ties a waiting caller to the floor: their ticket, and the offers that come to it."""

from __future__ import annotations

import asyncio
from datetime import datetime


class Offered:
    """The router chose this agent for a waiting caller."""

    def __init__(self, agent: str) -> None:
        self.agent = agent
        self.withdrawn = asyncio.Event()
        """The agent is no longer to be had."""


class Ticket:
    """A caller's place in a queue, as their call sees it."""

    def __init__(self, call: str, queue: str, since: datetime, language: str, choice: str | None) -> None:
        self.call = call
        self.queue = queue
        self.since = since
        self.language = language
        self.choice = choice
        self.offers: asyncio.Queue[Offered] = asyncio.Queue()
        """One at a time: the next comes after the one before was answered, failed or withdrawn."""
        self.current: Offered | None = None
