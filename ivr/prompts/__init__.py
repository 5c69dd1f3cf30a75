"""Words to audio: the catalogue of what callers hear, the voices that speak it, and the files that are played.

A call asks `Prompts` for the media of some pieces; all of it are files that exist before any caller waits.
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
]
