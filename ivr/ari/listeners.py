"""Who is told of events: plain functions, called at once, and queues, emptied at their readers' own pace."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from .generated.events import Event

log = logging.getLogger(__name__)
E = TypeVar("E", bound=Event)


class Listeners:
    """Handlers of events, by the event's type."""

    def __init__(self) -> None:
        self._every: tuple[Callable[[Any], None], ...] = ()
        self._by_type: dict[type[Event], tuple[Callable[[Any], None], ...]] = {}

    def add(self, handler: Callable[[Any], None], kinds: tuple[type[Event], ...]) -> Callable[[], None]:
        """Call `handler` with every event of these types, or with all. Returns how to stop it."""
        if not kinds:
            self._every = (*self._every, handler)
        for kind in kinds:
            self._by_type[kind] = (*self._by_type.get(kind, ()), handler)

        def remove() -> None:
            if not kinds:
                self._every = tuple(other for other in self._every if other is not handler)
            for kind in kinds:
                self._by_type[kind] = tuple(h for h in self._by_type.get(kind, ()) if h is not handler)

        return remove

    def tell(self, event: Event) -> None:
        """Call the handlers one after another. One that raises is logged and stops nobody else's."""
        for handler in (*self._every, *self._by_type.get(type(event), ())):
            try:
                handler(event)
            except Exception:
                log.exception("a handler of %s raised", type(event).__name__)


class Subscription(Generic[E]):
    """A queue of events: `with client.listen(StasisStart) as starts: async for start in starts: …`.

    It has no bound, so a slow reader delays nobody but itself, and lasts over lost connections.
    """

    def __init__(self, listeners: Listeners, kinds: tuple[type[E], ...]) -> None:
        self._queue: asyncio.Queue[E] = asyncio.Queue()
        self._stop = listeners.add(self._queue.put_nowait, kinds)

    def __len__(self) -> int:
        """Events that wait to be read."""
        return self._queue.qsize()

    async def get(self) -> E:
        """The next event, waiting for it if need be."""
        return await self._queue.get()

    def close(self) -> None:
        """No further event is put in; those that wait can still be read."""
        self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        return await self._queue.get()
