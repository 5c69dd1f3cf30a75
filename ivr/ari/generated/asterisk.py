"""Commands on `asterisk`.

`within` is how many seconds the answer may take; None is the client's own limit.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence

from ..commands import Group, body_of, part
from ..reading import Reader
from .models import AsteriskInfo, AsteriskPing, ConfigTuple, LogChannel, Module, Variable

_ASTERISK_INFO: Reader[AsteriskInfo] = Reader(AsteriskInfo)
_ASTERISK_PING: Reader[AsteriskPing] = Reader(AsteriskPing)
_CONFIG_TUPLE_LIST: Reader[list[ConfigTuple]] = Reader(list[ConfigTuple])
_LOG_CHANNEL_LIST: Reader[list[LogChannel]] = Reader(list[LogChannel])
_MODULE_LIST: Reader[list[Module]] = Reader(list[Module])
_MODULE: Reader[Module] = Reader(Module)
_VARIABLE: Reader[Variable] = Reader(Variable)


class Asterisk(Group):
    """Commands on `asterisk`."""

    __slots__ = ()

    async def get_object(
        self,
        config_class: str,
        object_type: str,
        id: str,
        *,
        within: float | None = None,
    ) -> builtins.list[ConfigTuple]:
        """GET /asterisk/config/dynamic/{configClass}/{objectType}/{id}. Raises NotFound."""
        answer = await self._send(
            "GET",
            f"asterisk/config/dynamic/{part(config_class)}/{part(object_type)}/{part(id)}",
            {},
            slow=True,
            within=within,
        )
        return _CONFIG_TUPLE_LIST.read(answer)

    async def update_object(
        self,
        config_class: str,
        object_type: str,
        id: str,
        *,
        fields: Sequence[Mapping[str, str]] | None = None,
        within: float | None = None,
    ) -> builtins.list[ConfigTuple]:
        """PUT /asterisk/config/dynamic/{configClass}/{objectType}/{id}. Raises BadRequest, NotFound."""
        answer = await self._send(
            "PUT",
            f"asterisk/config/dynamic/{part(config_class)}/{part(object_type)}/{part(id)}",
            {},
            body_of(fields=fields),
            slow=True,
            within=within,
        )
        return _CONFIG_TUPLE_LIST.read(answer)

    async def delete_object(self, config_class: str, object_type: str, id: str, *, within: float | None = None) -> None:
        """DELETE /asterisk/config/dynamic/{configClass}/{objectType}/{id}. Raises NotFound."""
        await self._send(
            "DELETE",
            f"asterisk/config/dynamic/{part(config_class)}/{part(object_type)}/{part(id)}",
            {},
            slow=True,
            within=within,
        )

    async def get_info(self, *, only: str | Sequence[str] | None = None, within: float | None = None) -> AsteriskInfo:
        """GET /asterisk/info."""
        answer = await self._send("GET", "asterisk/info", {"only": only}, within=within)
        return _ASTERISK_INFO.read(answer)

    async def ping(self, *, within: float | None = None) -> AsteriskPing:
        """GET /asterisk/ping."""
        answer = await self._send("GET", "asterisk/ping", {}, within=within)
        return _ASTERISK_PING.read(answer)

    async def list_modules(self, *, within: float | None = None) -> builtins.list[Module]:
        """GET /asterisk/modules."""
        answer = await self._send("GET", "asterisk/modules", {}, slow=True, within=within)
        return _MODULE_LIST.read(answer)

    async def get_module(self, module_name: str, *, within: float | None = None) -> Module:
        """GET /asterisk/modules/{moduleName}. Raises NotFound, Conflict."""
        answer = await self._send("GET", f"asterisk/modules/{part(module_name)}", {}, slow=True, within=within)
        return _MODULE.read(answer)

    async def load_module(self, module_name: str, *, within: float | None = None) -> None:
        """POST /asterisk/modules/{moduleName}. Raises Conflict."""
        await self._send("POST", f"asterisk/modules/{part(module_name)}", {}, slow=True, within=within)

    async def unload_module(self, module_name: str, *, within: float | None = None) -> None:
        """DELETE /asterisk/modules/{moduleName}. Raises NotFound, Conflict."""
        await self._send("DELETE", f"asterisk/modules/{part(module_name)}", {}, slow=True, within=within)

    async def reload_module(self, module_name: str, *, within: float | None = None) -> None:
        """PUT /asterisk/modules/{moduleName}. Raises NotFound, Conflict."""
        await self._send("PUT", f"asterisk/modules/{part(module_name)}", {}, slow=True, within=within)

    async def list_log_channels(self, *, within: float | None = None) -> builtins.list[LogChannel]:
        """GET /asterisk/logging."""
        answer = await self._send("GET", "asterisk/logging", {}, slow=True, within=within)
        return _LOG_CHANNEL_LIST.read(answer)

    async def add_log(self, log_channel_name: str, *, configuration: str, within: float | None = None) -> None:
        """POST /asterisk/logging/{logChannelName}. Raises BadRequest, Conflict."""
        await self._send(
            "POST",
            f"asterisk/logging/{part(log_channel_name)}",
            {"configuration": configuration},
            slow=True,
            within=within,
        )

    async def delete_log(self, log_channel_name: str, *, within: float | None = None) -> None:
        """DELETE /asterisk/logging/{logChannelName}. Raises NotFound."""
        await self._send("DELETE", f"asterisk/logging/{part(log_channel_name)}", {}, slow=True, within=within)

    async def rotate_log(self, log_channel_name: str, *, within: float | None = None) -> None:
        """PUT /asterisk/logging/{logChannelName}/rotate. Raises NotFound."""
        await self._send("PUT", f"asterisk/logging/{part(log_channel_name)}/rotate", {}, slow=True, within=within)

    async def get_global_var(self, *, variable: str, within: float | None = None) -> Variable:
        """GET /asterisk/variable. Raises BadRequest."""
        answer = await self._send("GET", "asterisk/variable", {"variable": variable}, within=within)
        return _VARIABLE.read(answer)

    async def set_global_var(self, *, variable: str, value: str | None = None, within: float | None = None) -> None:
        """POST /asterisk/variable. Raises BadRequest."""
        await self._send("POST", "asterisk/variable", {"variable": variable, "value": value}, within=within)
