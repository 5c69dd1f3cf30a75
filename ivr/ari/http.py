"""Requests over HTTP: for what is slow or large, or for everything where the WebSocket takes no requests."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence

import aiohttp

from .errors import Lost, NotConnected, Timeout, failure, message_in


def authorization(user: str, password: str) -> Mapping[str, str]:
    """The header that proves who asks (RFC 7617, UTF-8)."""
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


class Http:
    """Requests to one Asterisk over the connections of one session."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._running: dict[asyncio.Timeout, Lost | None] = {}

    async def ask(self, method: str, path: str, query: Sequence[tuple[str, str]], body: bytes, within: float) -> bytes:
        """The body of Asterisk's answer. Raises `Failed`, `Timeout` or `Lost`."""
        command = f"{method} {path}"
        headers = {"Content-Type": "application/json"} if body else None
        limit = asyncio.timeout(within)
        self._running[limit] = None
        try:
            async with (
                limit,
                self._session.request(
                    method, f"{self._url}/{path}", params=query, data=body or None, headers=headers
                ) as response,
            ):
                answer = await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotConnected(f"{command}: {error}") from error
        except TimeoutError:
            lost = self._running[limit]
            if lost is not None:
                raise type(lost)(f"{command}: {lost}") from None
            raise Timeout(f"{command}: no answer within {within:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Lost(f"{command}: {error}") from error
        finally:
            del self._running[limit]
        if response.status >= 300:
            raise failure(response.status, message_in(answer) or response.reason or "", command)
        return answer

    def fail(self, error: Lost) -> None:
        """Every request that waits now fails with this. Later ones are tried."""
        now = asyncio.get_running_loop().time()
        for limit in self._running:
            if not limit.expired():
                self._running[limit] = error
                limit.reschedule(now)
