"""Who works here."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    AGENT = "agent"  # takes calls
    SUPERVISOR = "supervisor"  # watches the floor, hears every recording
    ADMINISTRATOR = "administrator"  # both, and keeps the centre
