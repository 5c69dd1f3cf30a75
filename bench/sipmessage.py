"""SIP (RFC 3261) as text: what telephones of a few lines share, those of the load and those of the tests."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass


@dataclass
class Message:
    """One SIP message: its first line, its headers by lower-case name (the first of each), its body."""

    first: str
    headers: dict[str, str]
    body: str

    @classmethod
    def parse(cls, text: str) -> Message:
        head, _, body = text.partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), value.strip())
        return cls(first, headers, body)

    @property
    def status(self) -> int:
        """0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """A request's, or that of the request which this answers."""
        return self.headers["cseq"].split()[1] if self.status else self.first.split()[0]

    @property
    def media(self) -> tuple[str, int] | None:
        """Where the other side wants its audio."""
        host = re.search(r"^c=IN IP4 (\S+)", self.body, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        return (host[1], int(port[1])) if host and port else None


def audio(address: str, port: int) -> str:
    """An offer or answer (SDP) of G.711 mu-law and RFC 4733 digits."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
    )


def digest_answer(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """The Authorization header's value (RFC 2617, MD5, qop=auth)."""
    asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    count, own = "00000001", secrets.token_hex(8)
    first, second = _md5(f"{user}:{asked['realm']}:{password}"), _md5(f"{method}:{uri}")
    proof = _md5(f"{first}:{asked['nonce']}:{count}:{own}:auth:{second}")
    opaque = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
    return (
        f'Digest username="{user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", uri="{uri}", '
        f'response="{proof}", algorithm=MD5, qop=auth, nc={count}, cnonce="{own}"{opaque}'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
