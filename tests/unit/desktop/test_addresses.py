"""What a browser says of itself and of where it was: taken for what it is."""

from __future__ import annotations

import pytest

from agent_desktop.login.routes import own_address
from agent_desktop.pages import preferred


@pytest.mark.parametrize(
    ("given", "own"),
    [
        ("/cases?find=agua+%C3%A1", "/cases?find=agua+%C3%A1"),
        ("http://centre:1/desk?x#y", "/desk?x"),
        ("/desk\r\nSet-Cookie:x", "/deskSet-Cookie:x"),
        *((other, "/") for other in ("", "desk", "//evil/desk", "/\\evil", "https://evil/desk", "http://[")),
    ],
)
def test_only_addresses_of_this_site_are_led_back_to(given: str, own: str) -> None:
    assert own_address(given, "centre:1") == own


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("es-PA,es;q=0.9,en;q=0.8", "es"),
        ("fr,en;q=0.3", "en"),
        ("en;q=0.2, es;q=0.7", "es"),
        *((other, "es") for other in ("", "fr", "*", "en;q=0", "en;q=x", ";;,")),
    ],
)
def test_the_language_that_a_browser_prefers_is_taken_where_there_is_one(header: str, language: str) -> None:
    assert preferred(header) == language
