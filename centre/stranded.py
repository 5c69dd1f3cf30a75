"""Callers whom `line` has left alone, in Stasis with no agent to talk to, go into the dialplan's fallback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from centre.ari import Ari, NotThere

log = structlog.get_logger()

AFTER = 10.0
"""Seconds without a sign of life of `line` after which its callers are taken from it."""

Channel = Mapping[str, Any]


def stranded(channels: Iterable[Channel], bridges: Iterable[Mapping[str, Any]]) -> list[str]:
    """Ids of the callers in Stasis who share no bridge with an agent's leg. Arguments as ARI lists them."""
    listed = list(channels)
    agents = {c["id"] for c in listed if _role(c) == "agent"}
    talking = {
        member for bridge in bridges if agents & set(members := bridge.get("channels", ())) for member in members
    }
    return [c["id"] for c in listed if _role(c) == "caller" and _in_stasis(c) and c["id"] not in talking]


def rescue(ari: Ari) -> list[str]:
    """Send every stranded caller into the fallback; the ids of those sent. Never raises; try again."""
    try:
        left = stranded(ari.channels(), ari.bridges())
    except NotThere as error:
        log.warning("stranded callers unknown", reason=str(error))
        return []
    sent = []
    for channel in left:
        try:
            ari.carry_on(channel, "fallback")
        except NotThere as error:  # the caller hung up in between
            log.info("not sent", call=channel, reason=str(error))
        else:
            sent.append(channel)
            log.warning("sent to the fallback", call=channel)
    return sent


def _role(channel: Channel) -> str:
    """`caller`, `agent`, `snoop` or nothing. A leg that is not marked yet is known by how it came in."""
    marked = str(channel.get("channelvars", {}).get("C311_ROLE") or "")
    words = str(channel.get("dialplan", {}).get("app_data", "")).split(",")
    return marked or (words[1] if len(words) > 1 else "")


def _in_stasis(channel: Channel) -> bool:
    return str(channel.get("dialplan", {}).get("app_name", "")).startswith("Stasis")
