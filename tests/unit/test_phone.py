"""Telephone numbers at the entrance: E.164 or nothing."""

from __future__ import annotations

import pytest

from ivr.calls.phone import e164


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("61234567", "+50761234567"),
        ("2345678", "+5072345678"),
        ("+50761234567", "+50761234567"),
        ("+12125550123", "+12125550123"),
        ("", None),
        ("anonymous", None),
        ("311", None),
        ("agent-ana", None),
    ],
)
def test_a_number_is_kept_in_e164_or_not_at_all(given: str, kept: str | None) -> None:
    assert e164(given) == kept
