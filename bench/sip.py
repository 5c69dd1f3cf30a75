"""Many telephones in one process: as little SIP (RFC 3261) and RTP as a load needs, over UDP on loopback.

A telephone that measures must cost less than what it measures: no media is decoded, and none is sent but the digits
(RFC 4733, payload 101).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import re
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.sipmessage import Message, audio, digest_answer

HOST = "127.0.0.1"
ANSWER_SECONDS = 8.0
RESEND_SECONDS = 0.5
DIGIT_SECONDS = 0.08
DIGIT_PACKETS = 4
_serial = itertools.count(1)


@dataclass
class Dialog:
    """One call of one telephone."""

    id: str
    number: str
    to: str
    rtp: socket.socket
    target: str
    answered: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Resolved with the final status of our INVITE."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    began: float = field(default_factory=time.perf_counter)
    up_at: float | None = None
    arrived: bool = False
    """Whether the other side has our INVITE: then it is not sent again."""
    given_up: bool = False
    remote_tag: str = ""
    local_tag: str = field(default_factory=lambda: f"t{next(_serial)}")
    media: tuple[str, int] | None = None
    ours: bool = True
    """Whether we sent the INVITE."""
    cseq: int = 1
    branch: str = field(default_factory=lambda: _branch())
    """Of our INVITE, and of what must name it: its CANCEL, and the ACK of its refusal (RFC 3261, 9.1 and 17.1.1.3)."""
    _sequence: int = field(default_factory=lambda: random.randrange(1, 30_000))
    _clock: int = field(default_factory=lambda: random.randrange(1, 1_000_000))

    @property
    def rtp_port(self) -> int:
        return int(self.rtp.getsockname()[1])

    def header_pair(self) -> str:
        me = f"<sip:{self.number}@{HOST}>;tag={self.local_tag}"
        them = f"<{self.to}>" + (f";tag={self.remote_tag}" if self.remote_tag else "")
        return f"From: {me}\r\nTo: {them}\r\n"

    async def press(self, digit: str) -> float:
        """Send one digit; the moment (perf_counter) at which its end was sent first."""
        assert self.media is not None
        event = "0123456789*#".index(digit)
        self._clock += 160
        for packet in range(DIGIT_PACKETS):
            self._send_event(event, 160 * (packet + 1), end=False, marker=packet == 0)
            await asyncio.sleep(DIGIT_SECONDS / DIGIT_PACKETS)
        ended = time.perf_counter()
        for _ in range(3):
            self._send_event(event, 160 * DIGIT_PACKETS, end=True, marker=False)
        self._clock += 160 * DIGIT_PACKETS
        return ended

    def _send_event(self, event: int, duration: int, *, end: bool, marker: bool) -> None:
        assert self.media is not None
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = struct.pack("!BBHII", 0x80, (0x80 if marker else 0) | 101, self._sequence, self._clock, 0x311)
        body = struct.pack("!BBH", event, (0x80 if end else 0) | 10, duration)
        with contextlib.suppress(OSError):
            self.rtp.sendto(head + body, self.media)


class Switchboard(asyncio.DatagramProtocol):
    """All telephones of a load, behind one SIP socket. `on_invite` is told of calls that come in."""

    def __init__(self, server_port: int) -> None:
        self.server = (HOST, server_port)
        self.dialogs: dict[str, Dialog] = {}
        self.on_invite: Callable[[Dialog], None] | None = None
        self._registrations: dict[str, asyncio.Future[Message]] = {}
        self._awaited: set[tuple[str, str]] = set()
        """Requests within a call, by its id and their method, that have no answer yet."""
        self._transport: asyncio.DatagramTransport | None = None
        self.port = 0

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_000_000)
        sock.bind((HOST, 0))
        self.port = sock.getsockname()[1]
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=sock)

    def close(self) -> None:
        self._awaited.clear()
        if self._transport is not None:
            self._transport.close()

    # What goes out

    async def invite(self, number: str, extension: str) -> Dialog:
        """Call an extension from this number, and wait `ANSWER_SECONDS` at most for the final answer.

        `dialog.answered` tells how it went.
        """
        target = f"sip:{extension}@{HOST}:{self.server[1]}"
        dialog = Dialog(f"bench-{next(_serial)}-{self.port}", number, target, _rtp_socket(), target)
        self.dialogs[dialog.id] = dialog
        text = self._request(dialog, "INVITE", audio(HOST, dialog.rtp_port), branch=dialog.branch)
        for _ in range(int(ANSWER_SECONDS / RESEND_SECONDS)):
            if not dialog.arrived:
                self._send(text)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(dialog.answered), RESEND_SECONDS)
            if dialog.answered.done():
                break
        return dialog

    async def register(self, user: str, password: str) -> None:
        """Register a telephone with its digest (RFC 2617, MD5). RuntimeError where it is refused."""
        answer = await self._try_register(user, "")
        if challenge := answer.headers.get("www-authenticate"):
            proof = digest_answer(challenge, "REGISTER", f"sip:{HOST}:{self.server[1]}", user, password)
            answer = await self._try_register(user, f"Authorization: {proof}\r\n")
        if answer.status != 200:
            raise RuntimeError(f"{user} cannot register: {answer.first}")

    async def _try_register(self, user: str, authorization: str) -> Message:
        id = f"register-{next(_serial)}-{self.port}"
        answer = self._registrations[id] = asyncio.get_running_loop().create_future()
        me = f"sip:{user}@{HOST}:{self.server[1]}"
        self._send(
            f"REGISTER sip:{HOST}:{self.server[1]} SIP/2.0\r\n{self._via()}From: <{me}>;tag=r\r\nTo: <{me}>\r\n"
            f"Call-ID: {id}\r\nCSeq: {2 if authorization else 1} REGISTER\r\nMax-Forwards: 70\r\nExpires: 600\r\n"
            f"Contact: <sip:{user}@{HOST}:{self.port}>\r\n{authorization}Content-Length: 0\r\n\r\n"
        )
        return await asyncio.wait_for(answer, 5)

    def hang_up(self, dialog: Dialog) -> None:
        """End the call, or give it up where nobody has answered it yet."""
        if dialog.ours and not dialog.answered.done():
            dialog.given_up = True
            self._insist(dialog, "CANCEL", self._request(dialog, "CANCEL", branch=dialog.branch))
        elif not dialog.over.is_set():
            dialog.cseq += 1
            self._insist(dialog, "BYE", self._request(dialog, "BYE"))
            self._end(dialog)

    def _insist(self, dialog: Dialog, method: str, text: str) -> None:
        """Send a request until it is answered: a late server's buffer does not hold all that comes."""
        self._awaited.add((dialog.id, method))

        def send(times: int) -> None:
            if times and (dialog.id, method) in self._awaited:
                self._send(text)
                asyncio.get_running_loop().call_later(RESEND_SECONDS, send, times - 1)

        send(int(ANSWER_SECONDS / RESEND_SECONDS))

    def _request(self, dialog: Dialog, method: str, body: str = "", *, branch: str = "") -> str:
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (
            f"{method} {dialog.target} SIP/2.0\r\n{self._via(branch)}{dialog.header_pair()}Call-ID: {dialog.id}\r\n"
            f"CSeq: {dialog.cseq} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:{dialog.number}@{HOST}:{self.port}>\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def _via(self, branch: str = "") -> str:
        return f"Via: SIP/2.0/UDP {HOST}:{self.port};branch={branch or _branch()};rport\r\n"

    def _send(self, text: str) -> None:
        assert self._transport is not None
        self._transport.sendto(text.encode(), self.server)

    # What comes in

    def datagram_received(self, data: bytes, address: tuple[str | bytes, int]) -> None:
        message = Message.parse(data.decode(errors="replace"))
        id = message.headers.get("call-id", "")
        if id in self._registrations:
            if message.status >= 200 and not self._registrations[id].done():
                self._registrations[id].set_result(message)
        elif message.status:
            self._awaited.discard((id, message.method))
            if id in self.dialogs and message.method == "INVITE":
                self._invite_answered(self.dialogs[id], message)
        else:
            self._requested(id, message)

    def _invite_answered(self, dialog: Dialog, message: Message) -> None:
        dialog.arrived = True
        if message.status < 200:
            return
        dialog.remote_tag = _tag(message.headers["to"])
        if not dialog.answered.done():
            dialog.answered.set_result(message.status)
        if message.status > 200:
            self._send(self._request(dialog, "ACK", branch=dialog.branch))
            self._end(dialog)
            return
        dialog.up_at = dialog.up_at or time.perf_counter()
        dialog.media = message.media
        dialog.target = _address(message.headers.get("contact", dialog.target))
        self._send(self._request(dialog, "ACK"))
        if dialog.given_up:
            self.hang_up(dialog)

    def _requested(self, id: str, message: Message) -> None:
        dialog = self.dialogs.get(id)
        if message.method == "INVITE" and dialog is None and self.on_invite is not None:
            to = _address(message.headers["to"])
            number = to.removeprefix("sip:").partition("@")[0]
            caller = _address(message.headers["from"])
            dialog = Dialog(id, number, caller, _rtp_socket(), _address(message.headers["contact"]), ours=False)
            dialog.remote_tag = _tag(message.headers["from"])
            dialog.media = message.media
            self.dialogs[id] = dialog
            self._reply(message, dialog, audio(HOST, dialog.rtp_port))
            self.on_invite(dialog)
        elif message.method == "INVITE" and dialog is not None:
            self._reply(message, dialog, audio(HOST, dialog.rtp_port))
        elif message.method != "ACK":
            self._reply(message, dialog)
            if message.method in ("BYE", "CANCEL") and dialog is not None:
                self._end(dialog)

    def _reply(self, message: Message, dialog: Dialog | None, body: str = "") -> None:
        to = message.headers["to"]
        if dialog is not None and "tag=" not in to:
            to += f";tag={dialog.local_tag}"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        number = dialog.number if dialog else "bench"
        self._send(
            f"SIP/2.0 200 OK\r\nVia: {message.headers['via']}\r\nFrom: {message.headers['from']}\r\nTo: {to}\r\n"
            f"Call-ID: {message.headers['call-id']}\r\nCSeq: {message.headers['cseq']}\r\n"
            f"Contact: <sip:{number}@{HOST}:{self.port}>\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def _end(self, dialog: Dialog) -> None:
        dialog.over.set()
        dialog.rtp.close()
        self.dialogs.pop(dialog.id, None)


def _rtp_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind((HOST, 0))
    return sock


def _branch() -> str:
    return f"z9hG4bK{next(_serial)}"


def _tag(header: str) -> str:
    found = re.search(r";tag=([^;>\s]+)", header)
    return found[1] if found else ""


def _address(header: str) -> str:
    found = re.search(r"<(sips?:[^>]+)>", header)
    return found[1] if found else header.partition(";")[0]
