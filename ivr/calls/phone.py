"""Telephone numbers as they come in: E.164, or nothing."""

from __future__ import annotations

import phonenumbers

REGION = "PA"


def e164(number: str) -> str | None:
    """The caller's number in E.164; None where it is withheld or cannot be one.

    National numbers are Panama's. A number that cannot be called back, such as an extension, is none.
    """
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
