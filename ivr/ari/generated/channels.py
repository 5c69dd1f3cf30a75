"""Commands on `channels`.

`within` is how many seconds the answer may take; None is the client's own limit.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ..commands import Group, body_of, part
from ..reading import Reader
from .models import Channel, LiveRecording, Playback, RTPstat, Variable, Variables

ReasonName = Literal[
    "normal",
    "busy",
    "congestion",
    "no_answer",
    "timeout",
    "rejected",
    "unallocated",
    "normal_unspecified",
    "number_incomplete",
    "codec_mismatch",
    "interworking",
    "failure",
    "answered_elsewhere",
]

_CHANNEL: Reader[Channel] = Reader(Channel)
_CHANNEL_LIST: Reader[list[Channel]] = Reader(list[Channel])
_LIVE_RECORDING: Reader[LiveRecording] = Reader(LiveRecording)
_PLAYBACK: Reader[Playback] = Reader(Playback)
_RTPSTAT: Reader[RTPstat] = Reader(RTPstat)
_VARIABLE: Reader[Variable] = Reader(Variable)
_VARIABLES: Reader[Variables] = Reader(Variables)


class Channels(Group):
    """Commands on `channels`."""

    __slots__ = ()

    async def list(self, *, within: float | None = None) -> builtins.list[Channel]:
        """GET /channels."""
        answer = await self._send("GET", "channels", {}, slow=True, within=within)
        return _CHANNEL_LIST.read(answer)

    async def originate(
        self,
        *,
        endpoint: str,
        extension: str | None = None,
        context: str | None = None,
        priority: int | None = None,
        label: str | None = None,
        app: str | None = None,
        app_args: str | None = None,
        caller_id: str | None = None,
        timeout: int | None = None,
        variables: Mapping[str, Any] | None = None,
        channel_id: str | None = None,
        other_channel_id: str | None = None,
        originator: str | None = None,
        formats: str | None = None,
        within: float | None = None,
    ) -> Channel:
        """POST /channels. Raises BadRequest, Conflict."""
        answer = await self._send(
            "POST",
            "channels",
            {
                "endpoint": endpoint,
                "extension": extension,
                "context": context,
                "priority": priority,
                "label": label,
                "app": app,
                "appArgs": app_args,
                "callerId": caller_id,
                "timeout": timeout,
                "channelId": channel_id,
                "otherChannelId": other_channel_id,
                "originator": originator,
                "formats": formats,
            },
            body_of(variables=variables),
            slow=True,
            within=within,
        )
        return _CHANNEL.read(answer)

    async def create(
        self,
        *,
        endpoint: str,
        app: str,
        app_args: str | None = None,
        channel_id: str | None = None,
        other_channel_id: str | None = None,
        originator: str | None = None,
        formats: str | None = None,
        variables: Mapping[str, Any] | None = None,
        within: float | None = None,
    ) -> Channel:
        """POST /channels/create. Raises Conflict."""
        answer = await self._send(
            "POST",
            "channels/create",
            {
                "endpoint": endpoint,
                "app": app,
                "appArgs": app_args,
                "channelId": channel_id,
                "otherChannelId": other_channel_id,
                "originator": originator,
                "formats": formats,
            },
            body_of(variables=variables),
            slow=True,
            within=within,
        )
        return _CHANNEL.read(answer)

    async def get(self, channel_id: str, *, within: float | None = None) -> Channel:
        """GET /channels/{channelId}. Raises NotFound."""
        answer = await self._send("GET", f"channels/{part(channel_id)}", {}, within=within)
        return _CHANNEL.read(answer)

    async def originate_with_id(
        self,
        channel_id: str,
        *,
        endpoint: str,
        extension: str | None = None,
        context: str | None = None,
        priority: int | None = None,
        label: str | None = None,
        app: str | None = None,
        app_args: str | None = None,
        caller_id: str | None = None,
        timeout: int | None = None,
        variables: Mapping[str, Any] | None = None,
        other_channel_id: str | None = None,
        originator: str | None = None,
        formats: str | None = None,
        within: float | None = None,
    ) -> Channel:
        """POST /channels/{channelId}. Raises BadRequest, Conflict."""
        answer = await self._send(
            "POST",
            f"channels/{part(channel_id)}",
            {
                "endpoint": endpoint,
                "extension": extension,
                "context": context,
                "priority": priority,
                "label": label,
                "app": app,
                "appArgs": app_args,
                "callerId": caller_id,
                "timeout": timeout,
                "otherChannelId": other_channel_id,
                "originator": originator,
                "formats": formats,
            },
            body_of(variables=variables),
            slow=True,
            within=within,
        )
        return _CHANNEL.read(answer)

    async def hangup(
        self,
        channel_id: str,
        *,
        reason_code: str | None = None,
        reason: ReasonName | None = None,
        within: float | None = None,
    ) -> None:
        """DELETE /channels/{channelId}. Raises BadRequest, NotFound."""
        await self._send(
            "DELETE",
            f"channels/{part(channel_id)}",
            {"reason_code": reason_code, "reason": reason},
            within=within,
        )

    async def continue_in_dialplan(
        self,
        channel_id: str,
        *,
        context: str | None = None,
        extension: str | None = None,
        priority: int | None = None,
        label: str | None = None,
        within: float | None = None,
    ) -> None:
        """POST /channels/{channelId}/continue. Raises NotFound, Conflict, InvalidState."""
        await self._send(
            "POST",
            f"channels/{part(channel_id)}/continue",
            {"context": context, "extension": extension, "priority": priority, "label": label},
            within=within,
        )

    async def move(
        self,
        channel_id: str,
        *,
        app: str,
        app_args: str | None = None,
        within: float | None = None,
    ) -> None:
        """POST /channels/{channelId}/move."""
        await self._send("POST", f"channels/{part(channel_id)}/move", {"app": app, "appArgs": app_args}, within=within)

    async def redirect(self, channel_id: str, *, endpoint: str, within: float | None = None) -> None:
        """POST /channels/{channelId}/redirect. Raises BadRequest, NotFound, Conflict, Unprocessable, InvalidState."""
        await self._send("POST", f"channels/{part(channel_id)}/redirect", {"endpoint": endpoint}, within=within)

    async def answer(self, channel_id: str, *, within: float | None = None) -> None:
        """POST /channels/{channelId}/answer. Raises NotFound, Conflict, InvalidState."""
        await self._send("POST", f"channels/{part(channel_id)}/answer", {}, within=within)

    async def ring(self, channel_id: str, *, within: float | None = None) -> None:
        """POST /channels/{channelId}/ring. Raises NotFound, Conflict, InvalidState."""
        await self._send("POST", f"channels/{part(channel_id)}/ring", {}, within=within)

    async def ring_stop(self, channel_id: str, *, within: float | None = None) -> None:
        """DELETE /channels/{channelId}/ring. Raises NotFound, Conflict, InvalidState."""
        await self._send("DELETE", f"channels/{part(channel_id)}/ring", {}, within=within)

    async def progress(self, channel_id: str, *, within: float | None = None) -> None:
        """POST /channels/{channelId}/progress. Raises NotFound, Conflict, InvalidState."""
        await self._send("POST", f"channels/{part(channel_id)}/progress", {}, within=within)

    async def send_dtmf(
        self,
        channel_id: str,
        *,
        dtmf: str | None = None,
        before: int | None = None,
        between: int | None = None,
        duration: int | None = None,
        after: int | None = None,
        within: float | None = None,
    ) -> None:
        """POST /channels/{channelId}/dtmf. Raises BadRequest, NotFound, Conflict, InvalidState."""
        await self._send(
            "POST",
            f"channels/{part(channel_id)}/dtmf",
            {"dtmf": dtmf, "before": before, "between": between, "duration": duration, "after": after},
            within=within,
        )

    async def mute(
        self,
        channel_id: str,
        *,
        direction: Literal["both", "in", "out"] | None = None,
        within: float | None = None,
    ) -> None:
        """POST /channels/{channelId}/mute. Raises NotFound, Conflict, InvalidState."""
        await self._send("POST", f"channels/{part(channel_id)}/mute", {"direction": direction}, within=within)

    async def unmute(
        self,
        channel_id: str,
        *,
        direction: Literal["both", "in", "out"] | None = None,
        within: float | None = None,
    ) -> None:
        """DELETE /channels/{channelId}/mute. Raises NotFound, Conflict, InvalidState."""
        await self._send("DELETE", f"channels/{part(channel_id)}/mute", {"direction": direction}, within=within)

    async def hold(self, channel_id: str, *, within: float | None = None) -> None:
        """POST /channels/{channelId}/hold. Raises NotFound, Conflict, InvalidState."""
        await self._send("POST", f"channels/{part(channel_id)}/hold", {}, within=within)

    async def unhold(self, channel_id: str, *, within: float | None = None) -> None:
        """DELETE /channels/{channelId}/hold. Raises NotFound, Conflict, InvalidState."""
        await self._send("DELETE", f"channels/{part(channel_id)}/hold", {}, within=within)

    async def start_moh(self, channel_id: str, *, moh_class: str | None = None, within: float | None = None) -> None:
        """POST /channels/{channelId}/moh. Raises NotFound, Conflict, InvalidState."""
        await self._send("POST", f"channels/{part(channel_id)}/moh", {"mohClass": moh_class}, within=within)

    async def stop_moh(self, channel_id: str, *, within: float | None = None) -> None:
        """DELETE /channels/{channelId}/moh. Raises NotFound, Conflict, InvalidState."""
        await self._send("DELETE", f"channels/{part(channel_id)}/moh", {}, within=within)

    async def start_silence(self, channel_id: str, *, within: float | None = None) -> None:
        """POST /channels/{channelId}/silence. Raises NotFound, Conflict, InvalidState."""
        await self._send("POST", f"channels/{part(channel_id)}/silence", {}, within=within)

    async def stop_silence(self, channel_id: str, *, within: float | None = None) -> None:
        """DELETE /channels/{channelId}/silence. Raises NotFound, Conflict, InvalidState."""
        await self._send("DELETE", f"channels/{part(channel_id)}/silence", {}, within=within)

    async def play(
        self,
        channel_id: str,
        *,
        media: str | Sequence[str],
        lang: str | None = None,
        offsetms: int | None = None,
        skipms: int | None = None,
        playback_id: str | None = None,
        within: float | None = None,
    ) -> Playback:
        """POST /channels/{channelId}/play. Raises NotFound, Conflict, InvalidState."""
        answer = await self._send(
            "POST",
            f"channels/{part(channel_id)}/play",
            {"media": media, "lang": lang, "offsetms": offsetms, "skipms": skipms, "playbackId": playback_id},
            within=within,
        )
        return _PLAYBACK.read(answer)

    async def play_with_id(
        self,
        channel_id: str,
        playback_id: str,
        *,
        media: str | Sequence[str],
        lang: str | None = None,
        offsetms: int | None = None,
        skipms: int | None = None,
        within: float | None = None,
    ) -> Playback:
        """POST /channels/{channelId}/play/{playbackId}. Raises NotFound, Conflict, InvalidState."""
        answer = await self._send(
            "POST",
            f"channels/{part(channel_id)}/play/{part(playback_id)}",
            {"media": media, "lang": lang, "offsetms": offsetms, "skipms": skipms},
            within=within,
        )
        return _PLAYBACK.read(answer)

    async def record(
        self,
        channel_id: str,
        *,
        name: str,
        format: str,
        max_duration_seconds: int | None = None,
        max_silence_seconds: int | None = None,
        if_exists: Literal["fail", "overwrite", "append"] | None = None,
        beep: bool | None = None,
        terminate_on: Literal["none", "any", "*", "#"] | None = None,
        within: float | None = None,
    ) -> LiveRecording:
        """POST /channels/{channelId}/record. Raises BadRequest, NotFound, Conflict, Unprocessable."""
        answer = await self._send(
            "POST",
            f"channels/{part(channel_id)}/record",
            {
                "name": name,
                "format": format,
                "maxDurationSeconds": max_duration_seconds,
                "maxSilenceSeconds": max_silence_seconds,
                "ifExists": if_exists,
                "beep": beep,
                "terminateOn": terminate_on,
            },
            within=within,
        )
        return _LIVE_RECORDING.read(answer)

    async def get_channel_var(self, channel_id: str, *, variable: str, within: float | None = None) -> Variable:
        """GET /channels/{channelId}/variable. Raises BadRequest, NotFound, Conflict."""
        answer = await self._send("GET", f"channels/{part(channel_id)}/variable", {"variable": variable}, within=within)
        return _VARIABLE.read(answer)

    async def set_channel_var(
        self,
        channel_id: str,
        *,
        variable: str,
        value: str | None = None,
        report_events: bool | None = None,
        within: float | None = None,
    ) -> None:
        """POST /channels/{channelId}/variable. Raises BadRequest, NotFound, Conflict."""
        await self._send(
            "POST",
            f"channels/{part(channel_id)}/variable",
            {"variable": variable, "value": value, "report_events": report_events},
            within=within,
        )

    async def get_channel_vars(
        self,
        channel_id: str,
        *,
        variables: str | Sequence[str],
        within: float | None = None,
    ) -> Variables:
        """GET /channels/{channelId}/variables. Raises BadRequest, NotFound, Conflict."""
        answer = await self._send(
            "GET",
            f"channels/{part(channel_id)}/variables",
            {"variables": variables},
            slow=True,
            within=within,
        )
        return _VARIABLES.read(answer)

    async def set_channel_vars(
        self,
        channel_id: str,
        *,
        variables: Mapping[str, Any],
        within: float | None = None,
    ) -> None:
        """POST /channels/{channelId}/variables. Raises BadRequest, NotFound, Conflict."""
        await self._send(
            "POST",
            f"channels/{part(channel_id)}/variables",
            {},
            body_of(variables=variables),
            within=within,
        )

    async def snoop_channel(
        self,
        channel_id: str,
        *,
        app: str,
        spy: Literal["none", "both", "out", "in"] | None = None,
        whisper: Literal["none", "both", "out", "in"] | None = None,
        app_args: str | None = None,
        snoop_id: str | None = None,
        within: float | None = None,
    ) -> Channel:
        """POST /channels/{channelId}/snoop. Raises BadRequest, NotFound."""
        answer = await self._send(
            "POST",
            f"channels/{part(channel_id)}/snoop",
            {"app": app, "spy": spy, "whisper": whisper, "appArgs": app_args, "snoopId": snoop_id},
            within=within,
        )
        return _CHANNEL.read(answer)

    async def snoop_channel_with_id(
        self,
        channel_id: str,
        snoop_id: str,
        *,
        app: str,
        spy: Literal["none", "both", "out", "in"] | None = None,
        whisper: Literal["none", "both", "out", "in"] | None = None,
        app_args: str | None = None,
        within: float | None = None,
    ) -> Channel:
        """POST /channels/{channelId}/snoop/{snoopId}. Raises BadRequest, NotFound."""
        answer = await self._send(
            "POST",
            f"channels/{part(channel_id)}/snoop/{part(snoop_id)}",
            {"app": app, "spy": spy, "whisper": whisper, "appArgs": app_args},
            within=within,
        )
        return _CHANNEL.read(answer)

    async def dial(
        self,
        channel_id: str,
        *,
        caller: str | None = None,
        timeout: int | None = None,
        within: float | None = None,
    ) -> None:
        """POST /channels/{channelId}/dial. Raises NotFound, Conflict."""
        await self._send(
            "POST",
            f"channels/{part(channel_id)}/dial",
            {"caller": caller, "timeout": timeout},
            within=within,
        )

    async def rtpstatistics(self, channel_id: str, *, within: float | None = None) -> RTPstat:
        """GET /channels/{channelId}/rtp_statistics. Raises NotFound."""
        answer = await self._send("GET", f"channels/{part(channel_id)}/rtp_statistics", {}, within=within)
        return _RTPSTAT.read(answer)

    async def external_media(
        self,
        *,
        app: str,
        format: str,
        channel_id: str | None = None,
        variables: Mapping[str, Any] | None = None,
        external_host: str | None = None,
        encapsulation: Literal["rtp", "audiosocket", "none"] | None = None,
        transport: Literal["udp", "tcp", "websocket"] | None = None,
        connection_type: Literal["client", "server"] | None = None,
        direction: Literal["both"] | None = None,
        data: str | None = None,
        transport_data: str | None = None,
        within: float | None = None,
    ) -> Channel:
        """POST /channels/externalMedia. Raises BadRequest, Conflict."""
        answer = await self._send(
            "POST",
            "channels/externalMedia",
            {
                "app": app,
                "format": format,
                "channelId": channel_id,
                "external_host": external_host,
                "encapsulation": encapsulation,
                "transport": transport,
                "connection_type": connection_type,
                "direction": direction,
                "data": data,
                "transport_data": transport_data,
            },
            body_of(variables=variables),
            slow=True,
            within=within,
        )
        return _CHANNEL.read(answer)

    async def transfer_progress(self, channel_id: str, *, states: str, within: float | None = None) -> None:
        """POST /channels/{channelId}/transfer_progress. Raises BadRequest, NotFound, Conflict, InvalidState."""
        await self._send("POST", f"channels/{part(channel_id)}/transfer_progress", {"states": states}, within=within)
