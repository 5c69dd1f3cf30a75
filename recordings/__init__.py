"""Recordings of calls and messages: the store, its checksums, and who may listen. Players take `recordings.playing`."""

from recordings.access import may_listen
from recordings.store import Side, Stored, store, verify

__all__ = ["Side", "Stored", "may_listen", "store", "verify"]
