"""Commands on `bridges`.

`within` is how many seconds the answer may take; None is the client's own limit.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ..commands import Group, body_of, part
from ..reading import Reader
from .models import Bridge, LiveRecording, Playback, Variable, Variables

_BRIDGE: Reader[Bridge] = Reader(Bridge)
_BRIDGE_LIST: Reader[list[Bridge]] = Reader(list[Bridge])
_LIVE_RECORDING: Reader[LiveRecording] = Reader(LiveRecording)
_PLAYBACK: Reader[Playback] = Reader(Playback)
_VARIABLE: Reader[Variable] = Reader(Variable)
_VARIABLES: Reader[Variables] = Reader(Variables)


class Bridges(Group):
    """Commands on `bridges`."""

    __slots__ = ()

    async def list(self, *, within: float | None = None) -> builtins.list[Bridge]:
        """GET /bridges."""
        answer = await self._send("GET", "bridges", {}, slow=True, within=within)
        return _BRIDGE_LIST.read(answer)

    async def create(
        self,
        *,
        type: str | None = None,
        bridge_id: str | None = None,
        name: str | None = None,
        variables: Mapping[str, Any] | None = None,
        within: float | None = None,
    ) -> Bridge:
        """POST /bridges. Raises Conflict."""
        answer = await self._send(
            "POST",
            "bridges",
            {"type": type, "bridgeId": bridge_id, "name": name},
            body_of(variables=variables),
            within=within,
        )
        return _BRIDGE.read(answer)

    async def create_with_id(
        self,
        bridge_id: str,
        *,
        type: str | None = None,
        name: str | None = None,
        variables: Mapping[str, Any] | None = None,
        within: float | None = None,
    ) -> Bridge:
        """POST /bridges/{bridgeId}. Raises Conflict."""
        answer = await self._send(
            "POST",
            f"bridges/{part(bridge_id)}",
            {"type": type, "name": name},
            body_of(variables=variables),
            within=within,
        )
        return _BRIDGE.read(answer)

    async def get(self, bridge_id: str, *, within: float | None = None) -> Bridge:
        """GET /bridges/{bridgeId}. Raises NotFound."""
        answer = await self._send("GET", f"bridges/{part(bridge_id)}", {}, within=within)
        return _BRIDGE.read(answer)

    async def destroy(self, bridge_id: str, *, within: float | None = None) -> None:
        """DELETE /bridges/{bridgeId}. Raises NotFound."""
        await self._send("DELETE", f"bridges/{part(bridge_id)}", {}, within=within)

    async def get_bridge_var(self, bridge_id: str, *, variable: str, within: float | None = None) -> Variable:
        """GET /bridges/{bridgeId}/variable. Raises BadRequest, NotFound, Conflict."""
        answer = await self._send("GET", f"bridges/{part(bridge_id)}/variable", {"variable": variable}, within=within)
        return _VARIABLE.read(answer)

    async def set_bridge_var(
        self,
        bridge_id: str,
        *,
        variable: str,
        value: str | None = None,
        report_events: bool | None = None,
        within: float | None = None,
    ) -> None:
        """POST /bridges/{bridgeId}/variable. Raises BadRequest, NotFound, Conflict."""
        await self._send(
            "POST",
            f"bridges/{part(bridge_id)}/variable",
            {"variable": variable, "value": value, "report_events": report_events},
            within=within,
        )

    async def get_bridge_vars(
        self,
        bridge_id: str,
        *,
        variables: str | Sequence[str],
        within: float | None = None,
    ) -> Variables:
        """GET /bridges/{bridgeId}/variables. Raises BadRequest, NotFound, Conflict."""
        answer = await self._send(
            "GET",
            f"bridges/{part(bridge_id)}/variables",
            {"variables": variables},
            slow=True,
            within=within,
        )
        return _VARIABLES.read(answer)

    async def set_bridge_vars(
        self,
        bridge_id: str,
        *,
        variables: Mapping[str, Any],
        within: float | None = None,
    ) -> None:
        """POST /bridges/{bridgeId}/variables. Raises BadRequest, NotFound, Conflict."""
        await self._send(
            "POST",
            f"bridges/{part(bridge_id)}/variables",
            {},
            body_of(variables=variables),
            within=within,
        )

    async def add_channel(
        self,
        bridge_id: str,
        *,
        channel: str | Sequence[str],
        role: str | None = None,
        absorb_dtmf: bool | None = None,
        mute: bool | None = None,
        inhibit_connected_line_updates: bool | None = None,
        within: float | None = None,
    ) -> None:
        """POST /bridges/{bridgeId}/addChannel. Raises BadRequest, NotFound, Conflict, Unprocessable."""
        await self._send(
            "POST",
            f"bridges/{part(bridge_id)}/addChannel",
            {
                "channel": channel,
                "role": role,
                "absorbDTMF": absorb_dtmf,
                "mute": mute,
                "inhibitConnectedLineUpdates": inhibit_connected_line_updates,
            },
            within=within,
        )

    async def remove_channel(
        self,
        bridge_id: str,
        *,
        channel: str | Sequence[str],
        within: float | None = None,
    ) -> None:
        """POST /bridges/{bridgeId}/removeChannel. Raises BadRequest, NotFound, Conflict, Unprocessable."""
        await self._send("POST", f"bridges/{part(bridge_id)}/removeChannel", {"channel": channel}, within=within)

    async def set_video_source(self, bridge_id: str, channel_id: str, *, within: float | None = None) -> None:
        """POST /bridges/{bridgeId}/videoSource/{channelId}. Raises NotFound, Conflict, Unprocessable."""
        await self._send("POST", f"bridges/{part(bridge_id)}/videoSource/{part(channel_id)}", {}, within=within)

    async def clear_video_source(self, bridge_id: str, *, within: float | None = None) -> None:
        """DELETE /bridges/{bridgeId}/videoSource. Raises NotFound."""
        await self._send("DELETE", f"bridges/{part(bridge_id)}/videoSource", {}, within=within)

    async def start_moh(self, bridge_id: str, *, moh_class: str | None = None, within: float | None = None) -> None:
        """POST /bridges/{bridgeId}/moh. Raises NotFound, Conflict."""
        await self._send("POST", f"bridges/{part(bridge_id)}/moh", {"mohClass": moh_class}, within=within)

    async def stop_moh(self, bridge_id: str, *, within: float | None = None) -> None:
        """DELETE /bridges/{bridgeId}/moh. Raises NotFound, Conflict."""
        await self._send("DELETE", f"bridges/{part(bridge_id)}/moh", {}, within=within)

    async def play(
        self,
        bridge_id: str,
        *,
        media: str | Sequence[str],
        announcer_format: str | None = None,
        lang: str | None = None,
        offsetms: int | None = None,
        skipms: int | None = None,
        playback_id: str | None = None,
        within: float | None = None,
    ) -> Playback:
        """POST /bridges/{bridgeId}/play. Raises NotFound, Conflict, Unprocessable."""
        answer = await self._send(
            "POST",
            f"bridges/{part(bridge_id)}/play",
            {
                "media": media,
                "announcer_format": announcer_format,
                "lang": lang,
                "offsetms": offsetms,
                "skipms": skipms,
                "playbackId": playback_id,
            },
            within=within,
        )
        return _PLAYBACK.read(answer)

    async def play_with_id(
        self,
        bridge_id: str,
        playback_id: str,
        *,
        media: str | Sequence[str],
        announcer_format: str | None = None,
        lang: str | None = None,
        offsetms: int | None = None,
        skipms: int | None = None,
        within: float | None = None,
    ) -> Playback:
        """POST /bridges/{bridgeId}/play/{playbackId}. Raises NotFound, Conflict, Unprocessable."""
        answer = await self._send(
            "POST",
            f"bridges/{part(bridge_id)}/play/{part(playback_id)}",
            {
                "media": media,
                "announcer_format": announcer_format,
                "lang": lang,
                "offsetms": offsetms,
                "skipms": skipms,
            },
            within=within,
        )
        return _PLAYBACK.read(answer)

    async def record(
        self,
        bridge_id: str,
        *,
        name: str,
        format: str,
        recorder_format: str | None = None,
        max_duration_seconds: int | None = None,
        max_silence_seconds: int | None = None,
        if_exists: Literal["fail", "overwrite", "append"] | None = None,
        beep: bool | None = None,
        terminate_on: Literal["none", "any", "*", "#"] | None = None,
        within: float | None = None,
    ) -> LiveRecording:
        """POST /bridges/{bridgeId}/record. Raises BadRequest, NotFound, Conflict, Unprocessable."""
        answer = await self._send(
            "POST",
            f"bridges/{part(bridge_id)}/record",
            {
                "name": name,
                "format": format,
                "recorder_format": recorder_format,
                "maxDurationSeconds": max_duration_seconds,
                "maxSilenceSeconds": max_silence_seconds,
                "ifExists": if_exists,
                "beep": beep,
                "terminateOn": terminate_on,
            },
            within=within,
        )
        return _LIVE_RECORDING.read(answer)
