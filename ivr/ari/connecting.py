"""Opening connections to Asterisk so that a dead machine is noticed and a slow one is waited for."""

from __future__ import annotations

import contextlib
import socket as sockets
from collections.abc import Callable

import aiohttp

from .generated.events import Event
from .http import authorization
from .socket import CLOSE_SECONDS, Socket

CONNECT_SECONDS = 5.0
DEAD_SECONDS = 10
"""After so long without a sign of the other machine's kernel a connection counts as broken."""
IDLE_SECONDS = 10
"""HTTP connections are kept for less than Asterisk's own 15 s (`session_keep_alive`)."""


def open_session(user: str, password: str, connections: int) -> aiohttp.ClientSession:
    """A session with one Asterisk that holds at most so many connections."""
    return aiohttp.ClientSession(
        headers=authorization(user, password),
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=IDLE_SECONDS, socket_factory=_plain_socket),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
    )


async def open_socket(
    session: aiohttp.ClientSession, url: str, app: str, subscribe_all: bool, deliver: Callable[[Event], None]
) -> Socket:
    """Connect the application. Raises `aiohttp.ClientError` or `OSError`.

    There is no time-out for the answer to the upgrade, on purpose. An Asterisk that stands still finds every
    abandoned attempt in its queue when it goes on, and registers the application for each: the last of these
    ghosts would take the application away from the connection that lives. A machine that is gone is noticed
    by its silent kernel.
    """
    websocket = await session.ws_connect(
        f"{url}/events",
        params={"app": app, "subscribeAll": "true" if subscribe_all else "false"},
        timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
        autoping=False,
        compress=0,
        max_msg_size=0,
    )
    return Socket(websocket, deliver)


def _plain_socket(address: aiohttp.AddrInfoType) -> sockets.socket:
    family, kind, protocol, _, _ = address
    made = sockets.socket(family, kind, protocol)
    made.setsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", DEAD_SECONDS // 2),
        ("TCP_KEEPINTVL", DEAD_SECONDS // 4),
        ("TCP_KEEPCNT", 2),
        ("TCP_USER_TIMEOUT", DEAD_SECONDS * 1000),
    ):
        # Linux has all four, other systems some.
        with contextlib.suppress(AttributeError, OSError):
            made.setsockopt(sockets.IPPROTO_TCP, getattr(sockets, option), value)
    return made
