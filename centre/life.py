"""Signs of life of the servers that are not ours, each over the first words of its own protocol.

Every question returns what the server said of itself, or None where it said nothing in time.
"""

from __future__ import annotations

import asyncio
import json
import struct
from pathlib import Path

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""PostgreSQL's SSLRequest; any server answers with one letter, also while it recovers from a crash."""


class Place:
    """Where a server listens: a local socket, or a host and port."""

    def __init__(self, path: Path | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.path, self.host, self.port = path, host, port

    async def ask(self, question: bytes, end: bytes, seconds: float, size: int = 65536) -> bytes | None:
        """Send `question`; what comes back up to and with `end` (one byte where `end` is empty)."""
        try:
            async with asyncio.timeout(seconds):
                if self.path is not None:
                    reader, writer = await asyncio.open_unix_connection(self.path, limit=size)
                else:
                    reader, writer = await asyncio.open_connection(self.host, self.port, limit=size)
                try:
                    if question:
                        writer.write(question)
                    return await (reader.readuntil(end) if end else reader.readexactly(1))
                finally:
                    writer.close()
        except (OSError, TimeoutError, ValueError, EOFError, asyncio.LimitOverrunError):
            return None


async def postgres(place: Place, seconds: float) -> dict[str, str] | None:
    answer = await place.ask(_SSL_REQUEST, b"", seconds)
    return {} if answer in (b"N", b"S") else None


async def nats(place: Place, seconds: float) -> dict[str, str] | None:
    """`version` as the server's greeting gives it."""
    line = await place.ask(b"", b"\r\n", seconds)
    if line is None or not line.startswith(b"INFO "):
        return None
    try:
        return {"version": str(json.loads(line[5:])["version"])}
    except (ValueError, KeyError):
        return None


async def asterisk(place: Place, seconds: float) -> dict[str, str] | None:
    """`version` as the greeting `host/pid/version` on Asterisk's control socket gives it."""
    line = await place.ask(b"", b"\n", seconds)
    words = line.decode(errors="replace").strip().split("/", 2) if line else []
    return {"version": words[2]} if len(words) == 3 else None
