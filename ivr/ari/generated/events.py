"""The events that Asterisk sends, each a struct named like its `type`.

Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .models import (
    Bridge,
    Channel,
    ContactInfo,
    DeviceState,
    Endpoint,
    LiveRecording,
    Peer,
    Playback,
    ReferredBy,
    ReferTo,
    TextMessage,
)


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="type", tag=True):
    """What every event has. Times are text: `ari.moment(event.timestamp)` makes them datetimes."""

    application: str = ""
    timestamp: str = ""
    asterisk_id: str | None = None


class ApplicationMoveFailed(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ApplicationMoveFailed`."""

    channel: Channel
    destination: str = ""
    args: tuple[str, ...] = ()


class ApplicationRegistered(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ApplicationRegistered`."""


class ApplicationReplaced(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ApplicationReplaced`."""


class ApplicationUnregistered(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ApplicationUnregistered`."""


class BridgeAttendedTransfer(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `BridgeAttendedTransfer`."""

    transferer_first_leg: Channel
    transferer_second_leg: Channel
    replace_channel: Channel | None = None
    transferee: Channel | None = None
    transfer_target: Channel | None = None
    result: str = ""
    is_external: bool = False
    transferer_first_leg_bridge: Bridge | None = None
    transferer_second_leg_bridge: Bridge | None = None
    destination_type: str = ""
    destination_bridge: str | None = None
    destination_application: str | None = None
    destination_link_first_leg: Channel | None = None
    destination_link_second_leg: Channel | None = None
    destination_threeway_channel: Channel | None = None
    destination_threeway_bridge: Bridge | None = None


class BridgeBlindTransfer(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `BridgeBlindTransfer`."""

    channel: Channel
    replace_channel: Channel | None = None
    transferee: Channel | None = None
    exten: str = ""
    context: str = ""
    result: str = ""
    is_external: bool = False
    bridge: Bridge | None = None


class BridgeCreated(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `BridgeCreated`."""

    bridge: Bridge


class BridgeDestroyed(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `BridgeDestroyed`."""

    bridge: Bridge


class BridgeMerged(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `BridgeMerged`."""

    bridge: Bridge
    bridge_from: Bridge


class BridgeVideoSourceChanged(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `BridgeVideoSourceChanged`."""

    bridge: Bridge
    old_video_source_id: str | None = None


class CallBroadcast(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `CallBroadcast`."""

    channel: Channel
    caller: str | None = None
    called: str | None = None


class CallClaimed(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `CallClaimed`."""

    channel: Channel
    winner_app: str = ""


class ChannelCallerId(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelCallerId`."""

    caller_presentation: int = 0
    caller_presentation_txt: str = ""
    channel: Channel


class ChannelConnectedLine(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelConnectedLine`."""

    channel: Channel


class ChannelCreated(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelCreated`."""

    channel: Channel


class ChannelDestroyed(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelDestroyed`."""

    cause: int = 0
    cause_txt: str = ""
    tech_cause: int | None = None
    channel: Channel


class ChannelDialplan(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelDialplan`."""

    channel: Channel
    dialplan_app: str = ""
    dialplan_app_data: str = ""


class ChannelDtmfReceived(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelDtmfReceived`."""

    digit: str = ""
    duration_ms: int = 0
    channel: Channel


class ChannelEnteredBridge(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelEnteredBridge`."""

    bridge: Bridge
    channel: Channel | None = None


class ChannelHangupRequest(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelHangupRequest`."""

    cause: int | None = None
    tech_cause: int | None = None
    soft: bool | None = None
    channel: Channel


class ChannelHold(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelHold`."""

    channel: Channel
    musicclass: str | None = None


class ChannelLeftBridge(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelLeftBridge`."""

    bridge: Bridge
    channel: Channel


class ChannelStateChange(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelStateChange`."""

    channel: Channel


class ChannelTalkingFinished(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelTalkingFinished`."""

    channel: Channel
    duration: int = 0


class ChannelTalkingStarted(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelTalkingStarted`."""

    channel: Channel


class ChannelToneDetected(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelToneDetected`."""

    channel: Channel


class ChannelTransfer(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelTransfer`."""

    state: str | None = None
    refer_to: ReferTo
    referred_by: ReferredBy


class ChannelUnhold(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelUnhold`."""

    channel: Channel


class ChannelUserevent(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelUserevent`."""

    eventname: str = ""
    channel: Channel | None = None
    bridge: Bridge | None = None
    endpoint: Endpoint | None = None
    userevent: dict[str, Any] = {}


class ChannelVarset(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ChannelVarset`."""

    variable: str = ""
    value: str = ""
    channel: Channel | None = None


class ContactStatusChange(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `ContactStatusChange`."""

    endpoint: Endpoint
    contact_info: ContactInfo


class DeviceStateChanged(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `DeviceStateChanged`."""

    device_state: DeviceState


class Dial(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `Dial`."""

    caller: Channel | None = None
    peer: Channel
    forward: str | None = None
    forwarded: Channel | None = None
    dialstring: str | None = None
    dialstatus: str = ""


class EndpointStateChange(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `EndpointStateChange`."""

    endpoint: Endpoint


class MissingParams(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `MissingParams`."""

    params: tuple[str, ...] = ()


class PeerStatusChange(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `PeerStatusChange`."""

    endpoint: Endpoint
    peer: Peer


class PlaybackContinuing(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `PlaybackContinuing`."""

    playback: Playback


class PlaybackFinished(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `PlaybackFinished`."""

    playback: Playback


class PlaybackStarted(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `PlaybackStarted`."""

    playback: Playback


class RecordingFailed(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `RecordingFailed`."""

    recording: LiveRecording


class RecordingFinished(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `RecordingFinished`."""

    recording: LiveRecording


class RecordingStarted(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `RecordingStarted`."""

    recording: LiveRecording


class StasisEnd(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `StasisEnd`."""

    channel: Channel


class StasisStart(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `StasisStart`."""

    args: tuple[str, ...] = ()
    channel: Channel
    replace_channel: Channel | None = None


class TextMessageReceived(Event, frozen=True, gc=False, kw_only=True):
    """ARI's `TextMessageReceived`."""

    message: TextMessage
    endpoint: Endpoint | None = None


EVENTS: tuple[type[Event], ...] = (
    ApplicationMoveFailed,
    ApplicationRegistered,
    ApplicationReplaced,
    ApplicationUnregistered,
    BridgeAttendedTransfer,
    BridgeBlindTransfer,
    BridgeCreated,
    BridgeDestroyed,
    BridgeMerged,
    BridgeVideoSourceChanged,
    CallBroadcast,
    CallClaimed,
    ChannelCallerId,
    ChannelConnectedLine,
    ChannelCreated,
    ChannelDestroyed,
    ChannelDialplan,
    ChannelDtmfReceived,
    ChannelEnteredBridge,
    ChannelHangupRequest,
    ChannelHold,
    ChannelLeftBridge,
    ChannelStateChange,
    ChannelTalkingFinished,
    ChannelTalkingStarted,
    ChannelToneDetected,
    ChannelTransfer,
    ChannelUnhold,
    ChannelUserevent,
    ChannelVarset,
    ContactStatusChange,
    DeviceStateChanged,
    Dial,
    EndpointStateChange,
    MissingParams,
    PeerStatusChange,
    PlaybackContinuing,
    PlaybackFinished,
    PlaybackStarted,
    RecordingFailed,
    RecordingFinished,
    RecordingStarted,
    StasisEnd,
    StasisStart,
    TextMessageReceived,
)
