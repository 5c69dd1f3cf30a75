"""What channels, bridges and the rest are: the structs inside events and answers.

A field that Asterisk left out has its type's empty value, so that no event is lost to it.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

from typing import Any

import msgspec


class AdditionalParam(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `AdditionalParam`."""

    parameter_name: str = ""
    parameter_value: str = ""


class Application(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `Application`."""

    name: str = ""
    channel_ids: tuple[str, ...] = ()
    bridge_ids: tuple[str, ...] = ()
    endpoint_ids: tuple[str, ...] = ()
    device_names: tuple[str, ...] = ()
    events_allowed: tuple[dict[str, Any], ...] = ()
    events_disallowed: tuple[dict[str, Any], ...] = ()


class AsteriskInfo(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `AsteriskInfo`."""

    build: BuildInfo | None = None
    system: SystemInfo | None = None
    config: ConfigInfo | None = None
    status: StatusInfo | None = None


class AsteriskPing(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `AsteriskPing`."""

    asterisk_id: str = ""
    ping: str = ""
    timestamp: str = ""


class Bridge(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `Bridge`."""

    id: str = ""
    technology: str = ""
    bridge_type: str = ""
    """Known values: mixing, holding."""
    bridge_class: str = ""
    creator: str = ""
    name: str = ""
    channels: tuple[str, ...] = ()
    video_mode: str | None = None
    video_source_id: str | None = None
    creationtime: str = ""
    bridgevars: dict[str, Any] = {}


class BuildInfo(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `BuildInfo`."""

    os: str = ""
    kernel: str = ""
    options: str = ""
    machine: str = ""
    date: str = ""
    user: str = ""


class CallerID(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `CallerID`."""

    name: str = ""
    number: str = ""


class Channel(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `Channel`."""

    id: str = ""
    protocol_id: str = ""
    name: str = ""
    state: str = ""
    """Known values: Down, Rsrved, OffHook, Dialing, Ring, Ringing, Up, Busy, Dialing Offhook, Pre-ring, Unknown."""
    caller: CallerID
    connected: CallerID
    accountcode: str = ""
    dialplan: DialplanCEP
    creationtime: str = ""
    language: str = ""
    channelvars: dict[str, Any] = {}
    caller_rdnis: str | None = None
    tenantid: str | None = None


class ConfigInfo(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `ConfigInfo`."""

    name: str = ""
    default_language: str = ""
    max_channels: int | None = None
    max_open_files: int | None = None
    max_load: float | None = None
    setid: SetId


class ConfigTuple(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `ConfigTuple`."""

    attribute: str = ""
    value: str = ""


class ContactInfo(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `ContactInfo`."""

    uri: str = ""
    contact_status: str = ""
    """Known values: Unreachable, Reachable, Unknown, NonQualified, Removed."""
    aor: str = ""
    roundtrip_usec: str | None = None


class DeviceState(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `DeviceState`."""

    name: str = ""
    state: str = ""
    """Known values: UNKNOWN, NOT_INUSE, INUSE, BUSY, INVALID, UNAVAILABLE, RINGING, RINGINUSE, ONHOLD."""


class DialplanCEP(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `DialplanCEP`."""

    context: str = ""
    exten: str = ""
    priority: int = 0
    app_name: str = ""
    app_data: str = ""


class Endpoint(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `Endpoint`."""

    technology: str = ""
    resource: str = ""
    state: str | None = None
    """Known values: unknown, offline, online."""
    channel_ids: tuple[str, ...] = ()


class FormatLangPair(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `FormatLangPair`."""

    language: str = ""
    format: str = ""


class LiveRecording(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `LiveRecording`."""

    name: str = ""
    format: str = ""
    target_uri: str = ""
    state: str = ""
    """Known values: queued, recording, paused, done, failed, canceled."""
    duration: int | None = None
    talking_duration: int | None = None
    silence_duration: int | None = None
    cause: str | None = None


class LogChannel(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `LogChannel`."""

    channel: str = ""
    type: str = ""
    status: str = ""
    configuration: str = ""


class Mailbox(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `Mailbox`."""

    name: str = ""
    old_messages: int = 0
    new_messages: int = 0


class Module(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `Module`."""

    name: str = ""
    description: str = ""
    use_count: int = 0
    status: str = ""
    support_level: str = ""


class Peer(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `Peer`."""

    peer_status: str = ""
    cause: str | None = None
    address: str | None = None
    port: str | None = None
    time: str | None = None


class Playback(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `Playback`."""

    id: str = ""
    media_uri: str = ""
    next_media_uri: str | None = None
    target_uri: str = ""
    language: str | None = None
    state: str = ""
    """Known values: queued, playing, continuing, done, failed."""


class RTPstat(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `RTPstat`."""

    txcount: int = 0
    rxcount: int = 0
    txjitter: float | None = None
    rxjitter: float | None = None
    remote_maxjitter: float | None = None
    remote_minjitter: float | None = None
    remote_normdevjitter: float | None = None
    remote_stdevjitter: float | None = None
    local_maxjitter: float | None = None
    local_minjitter: float | None = None
    local_normdevjitter: float | None = None
    local_stdevjitter: float | None = None
    txploss: int = 0
    rxploss: int = 0
    remote_maxrxploss: float | None = None
    remote_minrxploss: float | None = None
    remote_normdevrxploss: float | None = None
    remote_stdevrxploss: float | None = None
    local_maxrxploss: float | None = None
    local_minrxploss: float | None = None
    local_normdevrxploss: float | None = None
    local_stdevrxploss: float | None = None
    rtt: float | None = None
    maxrtt: float | None = None
    minrtt: float | None = None
    normdevrtt: float | None = None
    stdevrtt: float | None = None
    local_ssrc: int = 0
    remote_ssrc: int = 0
    txoctetcount: int = 0
    rxoctetcount: int = 0
    channel_uniqueid: str = ""


class ReferTo(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `ReferTo`."""

    requested_destination: RequiredDestination
    destination_channel: Channel | None = None
    connected_channel: Channel | None = None
    bridge: Bridge | None = None


class ReferredBy(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `ReferredBy`."""

    source_channel: Channel
    connected_channel: Channel | None = None
    bridge: Bridge | None = None


class RequiredDestination(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `RequiredDestination`."""

    protocol_id: str | None = None
    destination: str | None = None
    additional_protocol_params: tuple[AdditionalParam, ...] = ()


class SetId(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `SetId`."""

    user: str = ""
    group: str = ""


class Sound(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `Sound`."""

    id: str = ""
    text: str | None = None
    formats: tuple[FormatLangPair, ...] = ()


class StatusInfo(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `StatusInfo`."""

    startup_time: str = ""
    last_reload_time: str = ""


class StoredRecording(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `StoredRecording`."""

    name: str = ""
    format: str = ""


class SystemInfo(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `SystemInfo`."""

    version: str = ""
    entity_id: str = ""


class TextMessage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `TextMessage`."""

    from_: str = msgspec.field(default="", name="from")
    to: str = ""
    body: str = ""
    variables: dict[str, Any] = {}


class Variable(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `Variable`."""

    value: str = ""


class Variables(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """ARI's `Variables`."""

    variables: dict[str, Any] = {}
