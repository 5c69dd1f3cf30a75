"""Words to audio: the catalogue of what callers hear, the voices that speak it, and the files that are played.

A call asks `Prompts` for the files of some pieces; all of them are there before any caller waits.
"""

from ivr.prompts.pieces import (
    CaseNumber,
    CaseState,
    CaseType,
    Day,
    Institution,
    Key,
    Piece,
    Position,
    Prompts,
    media,
    seconds,
)

__all__ = [
    "CaseNumber",
    "CaseState",
    "CaseType",
    "Day",
    "Institution",
    "Key",
    "Piece",
    "Position",
    "Prompts",
    "media",
    "seconds",
]
