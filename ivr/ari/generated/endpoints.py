"""Commands on `endpoints`.

`within` is how many seconds the answer may take; None is the client's own limit.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

from ..commands import Group, body_of, part
from ..reading import Reader
from .models import Endpoint

_ENDPOINT: Reader[Endpoint] = Reader(Endpoint)
_ENDPOINT_LIST: Reader[list[Endpoint]] = Reader(list[Endpoint])


class Endpoints(Group):
    """Commands on `endpoints`."""

    __slots__ = ()

    async def list(self, *, within: float | None = None) -> builtins.list[Endpoint]:
        """GET /endpoints."""
        answer = await self._send("GET", "endpoints", {}, slow=True, within=within)
        return _ENDPOINT_LIST.read(answer)

    async def send_message(
        self,
        *,
        to: str,
        from_: str,
        body: str | None = None,
        variables: Mapping[str, Any] | None = None,
        within: float | None = None,
    ) -> None:
        """PUT /endpoints/sendMessage. Raises BadRequest, NotFound."""
        await self._send(
            "PUT",
            "endpoints/sendMessage",
            {"to": to, "from": from_, "body": body},
            body_of(variables=variables),
            slow=True,
            within=within,
        )

    async def refer(
        self,
        *,
        to: str,
        from_: str,
        refer_to: str,
        to_self: bool | None = None,
        variables: Mapping[str, Any] | None = None,
        within: float | None = None,
    ) -> None:
        """POST /endpoints/refer. Raises BadRequest, NotFound."""
        await self._send(
            "POST",
            "endpoints/refer",
            {"to": to, "from": from_, "refer_to": refer_to, "to_self": to_self},
            body_of(variables=variables),
            slow=True,
            within=within,
        )

    async def list_by_tech(self, tech: str, *, within: float | None = None) -> builtins.list[Endpoint]:
        """GET /endpoints/{tech}. Raises NotFound."""
        answer = await self._send("GET", f"endpoints/{part(tech)}", {}, slow=True, within=within)
        return _ENDPOINT_LIST.read(answer)

    async def get(self, tech: str, resource: str, *, within: float | None = None) -> Endpoint:
        """GET /endpoints/{tech}/{resource}. Raises BadRequest, NotFound."""
        answer = await self._send("GET", f"endpoints/{part(tech)}/{part(resource)}", {}, within=within)
        return _ENDPOINT.read(answer)

    async def send_message_to_endpoint(
        self,
        tech: str,
        resource: str,
        *,
        from_: str,
        body: str | None = None,
        variables: Mapping[str, Any] | None = None,
        within: float | None = None,
    ) -> None:
        """PUT /endpoints/{tech}/{resource}/sendMessage. Raises BadRequest, NotFound."""
        await self._send(
            "PUT",
            f"endpoints/{part(tech)}/{part(resource)}/sendMessage",
            {"from": from_, "body": body},
            body_of(variables=variables),
            slow=True,
            within=within,
        )

    async def refer_to_endpoint(
        self,
        tech: str,
        resource: str,
        *,
        from_: str,
        refer_to: str,
        to_self: bool | None = None,
        variables: Mapping[str, Any] | None = None,
        within: float | None = None,
    ) -> None:
        """POST /endpoints/{tech}/{resource}/refer. Raises BadRequest, NotFound."""
        await self._send(
            "POST",
            f"endpoints/{part(tech)}/{part(resource)}/refer",
            {"from": from_, "refer_to": refer_to, "to_self": to_self},
            body_of(variables=variables),
            slow=True,
            within=within,
        )
