"""Signs of life: each of our processes answers on a local socket with one JSON line about itself.

Whoever connects reads one line and the end of the stream. The watcher asks every second; `status` asks too.
A process whose event loop is stuck does not answer, which is the point.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any


@contextlib.asynccontextmanager
async def sign_of_life(socket: Path, describe: Callable[[], dict[str, Any]]) -> AsyncIterator[None]:
    """Answer on `socket` while the context lasts."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(json.dumps(describe()).encode() + b"\n")
            await writer.drain()
        writer.close()

    socket.parent.mkdir(parents=True, exist_ok=True)
    socket.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(answer, socket)
    try:
        yield
    finally:
        server.close()
        socket.unlink(missing_ok=True)


async def ask_sign(socket: Path, seconds: float = 1.0) -> dict[str, Any] | None:
    """What the process behind `socket` says of itself; None where it does not answer in time."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_unix_connection(socket)
            try:
                return dict(json.loads(await reader.readline()))
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return None
