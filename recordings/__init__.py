"""Recordings of calls and messages: the store, its checksums, and who may listen."""

from recordings.access import may_listen
from recordings.playing import Playing
from recordings.store import Side, Stored, store, verify

__all__ = ["Playing", "Side", "Stored", "may_listen", "store", "verify"]
