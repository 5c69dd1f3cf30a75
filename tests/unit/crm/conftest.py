"""Hypothesis without a clock: a busy machine is not a wrong result."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("no clock", deadline=None)
settings.load_profile("no clock")
