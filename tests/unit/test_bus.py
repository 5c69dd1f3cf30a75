"""The bus being away is told at once."""

from __future__ import annotations

import asyncio
import socket

import pytest

from ivr.api import AskFloor, Floor
from ivr.bus import Away, Bus


async def test_a_command_is_told_that_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        bus = Bus(f"nats://127.0.0.1:{taken.getsockname()[1]}", "c311")
        async with asyncio.timeout(10):
            with pytest.raises(Away):
                async with bus.once():
                    await bus.ask(AskFloor(), Floor)


async def test_it_ends_when_told_to_though_it_never_connected() -> None:
    """Also in the very turn of the event loop in which a connection is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        for turns in range(60):
            running = asyncio.create_task(Bus(f"nats://127.0.0.1:{taken.getsockname()[1]}", "c311").run())
            for _ in range(turns):
                await asyncio.sleep(0)
            running.cancel()
            async with asyncio.timeout(10):
                await asyncio.wait({running})
            assert running.cancelled()
