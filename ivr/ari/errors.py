"""What can go wrong with a command.

AriError
├── Failed            Asterisk answered, and said no: nothing was done
│   ├── BadRequest      400
│   ├── Forbidden       401, 403
│   ├── NotFound        404: the channel, bridge, playback… is not there (any more)
│   ├── Conflict        409
│   │   └── NotInStasis   409, 422: the channel or bridge is not in an application
│   ├── InvalidState    412
│   ├── Unprocessable   422
│   └── ServerFailed    5xx
├── Unreadable        Asterisk answered with something that cannot be understood
├── Timeout           no answer in time; it may have been done, or may still be
└── Lost              the connection ended before the answer; it may have been done
    ├── NotConnected    there is no connection: nothing was sent
    ├── Replaced        another program has taken the application over: nothing is sent any more
    └── Closed          the client was closed
"""

from __future__ import annotations

import msgspec


class AriError(Exception):
    """A command did not succeed."""


class Failed(AriError):
    """Asterisk refused a command. `status` is the HTTP status, `reason` Asterisk's own words."""

    def __init__(self, status: int, reason: str, command: str) -> None:
        super().__init__(f"{command}: {status} {reason}")
        self.status = status
        self.reason = reason
        self.command = command


class BadRequest(Failed):
    """400: a parameter is missing or wrong."""


class Forbidden(Failed):
    """401 or 403: wrong user or password, a read-only user, or a forbidden address."""


class NotFound(Failed):
    """404: what the command names does not exist (any more)."""


class Conflict(Failed):
    """409: the thing is in a state that does not allow this."""


class NotInStasis(Conflict):
    """409 or 422: the channel or bridge is not in an application (not yet, or no longer)."""


class InvalidState(Failed):
    """412: the channel's state does not allow this, such as answering a channel that is being hung up."""


class Unprocessable(Failed):
    """422: understood, but not possible."""


class ServerFailed(Failed):
    """5xx: Asterisk could not do it. An endpoint that is not registered answers an originate with 500."""


class Unreadable(AriError):
    """Asterisk's answer is not what its description says."""


class Timeout(AriError, TimeoutError):
    """No answer in time. The command may have been done, or may still be."""


class Lost(AriError):
    """The connection ended before the answer came. The command may have been done."""


class NotConnected(Lost):
    """There is no connection now: the command was not sent."""


class Replaced(Lost):
    """Another program connected under the same application name; this client sends no further command."""


class Closed(Lost):
    """The client was closed."""


_BY_STATUS: dict[int, type[Failed]] = {
    400: BadRequest,
    401: Forbidden,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: InvalidState,
    422: Unprocessable,
}


def failure(status: int, reason: str, command: str) -> Failed:
    """The error for an answer that is not a success. `command` is method and path, for the message."""
    if status in (409, 422) and "stasis" in reason.lower():
        return NotInStasis(status, reason, command)
    kind = _BY_STATUS.get(status, ServerFailed if status >= 500 else Failed)
    return kind(status, reason, command)


def message_in(body: str | bytes) -> str:
    """The `message` of an error's JSON body; empty where there is none."""
    try:
        found = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return ""
    return str(found.get("message", "")) if isinstance(found, dict) else ""
