"""Commands on `deviceStates`.

`within` is how many seconds the answer may take; None is the client's own limit.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

import builtins
from typing import Literal

from ..commands import Group, part
from ..reading import Reader
from .models import DeviceState

DeviceStateName = Literal[
    "NOT_INUSE",
    "INUSE",
    "BUSY",
    "INVALID",
    "UNAVAILABLE",
    "RINGING",
    "RINGINUSE",
    "ONHOLD",
]

_DEVICE_STATE: Reader[DeviceState] = Reader(DeviceState)
_DEVICE_STATE_LIST: Reader[list[DeviceState]] = Reader(list[DeviceState])


class DeviceStates(Group):
    """Commands on `deviceStates`."""

    __slots__ = ()

    async def list(self, *, within: float | None = None) -> builtins.list[DeviceState]:
        """GET /deviceStates."""
        answer = await self._send("GET", "deviceStates", {}, slow=True, within=within)
        return _DEVICE_STATE_LIST.read(answer)

    async def get(self, device_name: str, *, within: float | None = None) -> DeviceState:
        """GET /deviceStates/{deviceName}."""
        answer = await self._send("GET", f"deviceStates/{part(device_name)}", {}, within=within)
        return _DEVICE_STATE.read(answer)

    async def update(self, device_name: str, *, device_state: DeviceStateName, within: float | None = None) -> None:
        """PUT /deviceStates/{deviceName}. Raises NotFound, Conflict."""
        await self._send("PUT", f"deviceStates/{part(device_name)}", {"deviceState": device_state}, within=within)

    async def delete(self, device_name: str, *, within: float | None = None) -> None:
        """DELETE /deviceStates/{deviceName}. Raises NotFound, Conflict."""
        await self._send("DELETE", f"deviceStates/{part(device_name)}", {}, within=within)
