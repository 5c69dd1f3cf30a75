"""What a person can mend: shown as one sentence with the way out, never as a stack trace."""

from __future__ import annotations

import errno


class Trouble(Exception):
    """Something that a person can mend. Its text is one clear sentence (or two) and says how."""


def explain(error: OSError, doing: str) -> Trouble:
    """The sentence for an operating-system error met while `doing` something ("unpacking Asterisk")."""
    where = f" ({error.filename})" if error.filename else ""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return Trouble(
                f"The disk is full: {doing} stopped{where}. Free some space (3 GB are enough) and repeat the command."
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return Trouble(
                f"{doing[:1].upper()}{doing[1:]} needs a right that this user has not{where}. "
                "Give --data a folder that belongs to you, or give that folder to this user with chown."
            )
        case errno.EADDRINUSE:
            return Trouble(
                f"A port is taken by another program: {doing} stopped. Choose others with --sip-port and --http-port."
            )
        case _:
            return Trouble(f"{doing[:1].upper()}{doing[1:]} failed{where}: {error.strerror or error}.")
