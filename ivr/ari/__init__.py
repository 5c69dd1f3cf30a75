"""A typed ARI client for asyncio. It stands by itself: take this folder, add `aiohttp` and `msgspec`."""

from .client import Client
from .errors import (
    AriError,
    BadRequest,
    Closed,
    Conflict,
    Failed,
    Forbidden,
    InvalidState,
    Lost,
    NotConnected,
    NotFound,
    NotInStasis,
    Replaced,
    ServerFailed,
    Timeout,
    Unprocessable,
    Unreadable,
)
from .generated import events, models
from .generated.events import Event
from .listeners import Subscription
from .messages import UnknownEvent, moment
from .state import State

__all__ = [
    "AriError",
    "BadRequest",
    "Client",
    "Closed",
    "Conflict",
    "Event",
    "Failed",
    "Forbidden",
    "InvalidState",
    "Lost",
    "NotConnected",
    "NotFound",
    "NotInStasis",
    "Replaced",
    "ServerFailed",
    "State",
    "Subscription",
    "Timeout",
    "UnknownEvent",
    "Unprocessable",
    "Unreadable",
    "events",
    "models",
    "moment",
]
