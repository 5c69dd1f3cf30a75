"""Recordings of calls and messages: the store, its checksums, and who may listen."""

from recordings.access import may_listen
from recordings.sound import repaired, stereo
from recordings.store import Side, Stored, store, verify

__all__ = ["Side", "Stored", "may_listen", "repaired", "stereo", "store", "verify"]
