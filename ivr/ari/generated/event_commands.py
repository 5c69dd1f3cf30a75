"""Commands on `events`.

`within` is how many seconds the answer may take; None is the client's own limit.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..commands import Group, body_of, part


class EventCommands(Group):
    """Commands on `events`."""

    __slots__ = ()

    async def user_event(
        self,
        event_name: str,
        *,
        application: str,
        source: str | Sequence[str] | None = None,
        variables: Mapping[str, Any] | None = None,
        within: float | None = None,
    ) -> None:
        """POST /events/user/{eventName}. Raises NotFound, Unprocessable, BadRequest."""
        await self._send(
            "POST",
            f"events/user/{part(event_name)}",
            {"application": application, "source": source},
            body_of(variables=variables),
            within=within,
        )

    async def claim_channel(self, *, channel_id: str, application: str, within: float | None = None) -> None:
        """POST /events/claim. Raises NotFound, Conflict."""
        await self._send("POST", "events/claim", {"channelId": channel_id, "application": application}, within=within)
