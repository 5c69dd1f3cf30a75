"""Commands on `applications`.

`within` is how many seconds the answer may take; None is the client's own limit.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

from ..commands import Group, part
from ..reading import Reader
from .models import Application

_APPLICATION: Reader[Application] = Reader(Application)
_APPLICATION_LIST: Reader[list[Application]] = Reader(list[Application])


class Applications(Group):
    """Commands on `applications`."""

    __slots__ = ()

    async def list(self, *, within: float | None = None) -> builtins.list[Application]:
        """GET /applications."""
        answer = await self._send("GET", "applications", {}, slow=True, within=within)
        return _APPLICATION_LIST.read(answer)

    async def get(self, application_name: str, *, within: float | None = None) -> Application:
        """GET /applications/{applicationName}. Raises NotFound."""
        answer = await self._send("GET", f"applications/{part(application_name)}", {}, within=within)
        return _APPLICATION.read(answer)

    async def subscribe(
        self,
        application_name: str,
        *,
        event_source: str | Sequence[str],
        within: float | None = None,
    ) -> Application:
        """POST /applications/{applicationName}/subscription. Raises BadRequest, NotFound, Unprocessable."""
        answer = await self._send(
            "POST",
            f"applications/{part(application_name)}/subscription",
            {"eventSource": event_source},
            within=within,
        )
        return _APPLICATION.read(answer)

    async def unsubscribe(
        self,
        application_name: str,
        *,
        event_source: str | Sequence[str],
        within: float | None = None,
    ) -> Application:
        """DELETE /applications/{applicationName}/subscription. Raises BadRequest, NotFound, Conflict, Unprocessable."""
        answer = await self._send(
            "DELETE",
            f"applications/{part(application_name)}/subscription",
            {"eventSource": event_source},
            within=within,
        )
        return _APPLICATION.read(answer)

    async def filter(
        self,
        application_name: str,
        *,
        filter: Mapping[str, Any] | None = None,
        within: float | None = None,
    ) -> Application:
        """PUT /applications/{applicationName}/eventFilter. Raises BadRequest, NotFound."""
        answer = await self._send(
            "PUT",
            f"applications/{part(application_name)}/eventFilter",
            {},
            filter,
            within=within,
        )
        return _APPLICATION.read(answer)
