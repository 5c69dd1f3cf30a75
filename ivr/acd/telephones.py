"""Which agents' telephones are registered with Asterisk: only they are offered a call."""

from __future__ import annotations

import asyncio

import structlog

from ivr import ari
from ivr.acd.floor import Floor

log = structlog.get_logger()

EVERY = 1.0
PREFIX = "agent-"
"""What an agent's endpoint is called by, before their name."""


class Telephones:
    def __init__(self, client: ari.Client, floor: Floor) -> None:
        self._client = client
        self._floor = floor

    async def look(self) -> None:
        """Tell the floor whose telephone is there now. While Asterisk does not answer, what was known stands."""
        try:
            endpoints = await self._client.endpoints.list_by_tech("PJSIP")
        except ari.AriError as error:
            log.info("telephones unknown", error=str(error))
            return
        self._floor.telephones(
            {
                endpoint.resource.removeprefix(PREFIX)
                for endpoint in endpoints
                if endpoint.resource.startswith(PREFIX) and endpoint.state == "online"
            }
        )

    async def keep_looking(self) -> None:
        """Every second, for as long as anybody is at work."""
        while True:
            await asyncio.sleep(EVERY)
            if self._floor.anybody_logged_in():
                await self.look()
