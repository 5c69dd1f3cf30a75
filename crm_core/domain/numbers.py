"""Case numbers: ten digits that can be keyed on a telephone, tell nothing of each other and catch mistyping.

Two digits for the year, seven that are a keyed permutation of a counter, one check digit by Damm over the
nine before it (H. M. Damm, "Total anti-symmetrische Quasigruppen", Marburg 2004): every single wrong digit
and every swap of two different neighbours is caught.

The permutation is a Feistel network over 24 bits, walked until it falls below ten million ("cycle walking",
J. Black and P. Rogaway, "Ciphers with arbitrary finite domains", 2002): a bijection for every secret and
year.
"""

from __future__ import annotations

import hashlib

from stdnum import damm

COUNTERS = 10_000_000
"""A year's counters are 0 to COUNTERS - 1."""
SECRET_BYTES = 32

_ROUNDS = 10
_HALF_BITS = 12
_HALF = (1 << _HALF_BITS) - 1


def number(year: int, counter: int, secret: bytes) -> str:
    """The case number of a year's counter. ValueError for a counter outside the year or a secret of another
    length.
    """
    if not 0 <= counter < COUNTERS:
        raise ValueError(f"a year has counters 0 to {COUNTERS - 1}, not {counter}")
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"the secret has {SECRET_BYTES} bytes, not {len(secret)}")
    value = _permute(year, counter, secret)
    while value >= COUNTERS:
        value = _permute(year, value, secret)
    digits = f"{year % 100:02d}{value:07d}"
    return digits + damm.calc_check_digit(digits)


def is_well_formed(text: str) -> bool:
    """Whether these are ten digits whose check digit is right: no look-up is worth its time otherwise."""
    return len(text) == 10 and text.isascii() and text.isdigit() and bool(damm.is_valid(text))


def groups(number: str) -> str:
    """The number as it is printed and spoken: `26 4071 3351`."""
    return " ".join(spoken_groups(number))


def spoken_groups(number: str) -> list[str]:
    """`["26", "4071", "3351"]`."""
    return [number[:2], number[2:6], number[6:]]


def _permute(year: int, value: int, secret: bytes) -> int:
    left, right = value >> _HALF_BITS, value & _HALF
    for turn in range(_ROUNDS):
        message = year.to_bytes(4, "big") + bytes([turn]) + right.to_bytes(2, "big")
        digest = hashlib.blake2b(message, key=secret, digest_size=2).digest()
        left, right = right, left ^ (int.from_bytes(digest, "big") & _HALF)
    return (left << _HALF_BITS) | right
