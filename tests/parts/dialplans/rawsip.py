"""A SIP telephone of a few lines that may say anything: forged headers, odd numbers, another source address.

It speaks UDP, sends and keeps G.711 mu-law, answers calls at once and knows MD5 digests. What a well-behaved telephone
hears is tried with the test telephone; this one tries what a stranger, a carrier or an agent's telephone may do.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.sipmessage import Message, audio, digest_answer

RATE = 8000
FRAME = 160
COMFORT_NOISE = 13


def mu_law(sound: NDArray[np.int16]) -> bytes:
    """G.711 mu-law of 16 bit samples."""
    level = np.minimum(np.abs(sound.astype(np.int32)), 32635) + 132
    exponent = np.floor(np.log2(level)).astype(np.int32) - 7
    mantissa = (level >> (exponent + 3)) & 15
    coded = ~(((sound < 0) << 7) | (exponent << 4) | mantissa)
    return coded.astype(np.uint8).tobytes()


def linear(coded: bytes) -> NDArray[np.float64]:
    """Samples from G.711 mu-law, full scale 1."""
    bits = ~np.frombuffer(coded, np.uint8).astype(np.int32) & 255
    level = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132
    return np.where(bits & 128, -level, level) / 32768.0


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.queue.put_nowait((data, addr))


@dataclass
class Call:
    """One call of a raw telephone."""

    phone: RawPhone
    call_id: str
    target: str
    local: str
    """Our From or To with its tag."""
    remote: str = ""
    status: int = 0
    """The final answer to our INVITE; 200 for a call that came in and was answered."""
    last: Message | None = None
    heard: bytearray = field(default_factory=bytearray)
    kept_alive: int = 0
    """Packets of comfort noise that came."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the other side hung up."""
    bye: Message | None = None
    media: asyncio.DatagramTransport | None = None
    far_media: tuple[str, int] | None = None
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(2))
    frames: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    answers: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)

    def sound(self) -> NDArray[np.float64]:
        return linear(bytes(self.heard))

    def tones(self, piece: int = 800) -> list[int]:
        """The frequencies heard, in order, to the nearest 50 Hz, one entry for each stretch; silence left out."""
        found: list[int] = []
        sound, before = self.sound(), 0
        for at in range(0, len(sound) - piece, piece):
            part = sound[at : at + piece]
            tone = 0
            if np.sqrt(np.mean(part**2)) > 0.02:
                tone = round(np.argmax(np.abs(np.fft.rfft(part * np.hanning(piece)))) * RATE / piece / 50) * 50
            if tone and tone == before and (not found or found[-1] != tone):
                found.append(tone)  # two pieces in a row: not the seam of two tones
            if not tone and found and found[-1] != 0:
                found.append(0)
            before = tone
        return [tone for tone in found if tone]

    async def hear(self, *tones: int, seconds: float = 10) -> None:
        """Wait until these tones have been heard, in this order (others may lie between)."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            heard = self.tones()
            if _in_order(tones, heard):
                return
            assert asyncio.get_running_loop().time() < end, f"expected {tones}, heard {heard}"
            await asyncio.sleep(0.05)

    async def speak(self, tone: int, seconds: float) -> None:
        """Send a tone at the pace of speech."""
        at = np.arange(int(RATE * seconds)) / RATE
        coded = mu_law((np.sin(2 * np.pi * tone * at) * 8000).astype(np.int16))
        await self._send(0, [coded[start : start + FRAME] for start in range(0, len(coded), FRAME)], FRAME)

    async def press(self, key: str) -> None:
        """An RFC 4733 digit of 160 ms."""
        event = "0123456789*#".index(key)
        parts = [bytes([event, 10]) + (FRAME * step).to_bytes(2, "big") for step in range(1, 8)]
        last = bytes([event, 138]) + (FRAME * 8).to_bytes(2, "big")
        await self._send(101, [*parts, last, last, last], 0)

    async def _send(self, kind: int, payloads: list[bytes], step: int) -> None:
        assert self.media
        assert self.far_media
        stamp = next(self.frames) * FRAME + 100_000
        for index, payload in enumerate(payloads):
            number = next(self.frames)
            mark = 128 if index == 0 else 0
            head = bytes([128, kind | mark]) + number.to_bytes(2, "big")
            self.media.sendto(head + (stamp + index * step).to_bytes(4, "big") + b"\0\0\0\7" + payload, self.far_media)
            await asyncio.sleep(0.02)

    async def hang_up(self) -> None:
        if self.status == 200 and not self.over.is_set():
            self.phone.send(self, "BYE", f"{next(self.numbers)} BYE")
            async with asyncio.timeout(5):
                while (answer := await self.answers.get()).method != "BYE":
                    pass
            assert answer.status == 200, answer.first
        self.over.set()


def _in_order(wanted: tuple[int, ...], heard: list[int]) -> bool:
    left = iter(heard)
    return all(any(abs(tone - one) <= 50 for one in left) for tone in wanted)


class RawPhone:
    """Use `raw_phone`."""

    def __init__(self, server: tuple[str, int], address: str, user: str, password: str) -> None:
        self.server, self.address, self.user, self.password = server, address, user, password
        self.port = 0
        self.arrived: asyncio.Queue[Call] = asyncio.Queue()
        """Calls that came in, already answered."""
        self._calls: dict[str, Call] = {}
        self._outside: dict[str, asyncio.Queue[Message]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sip: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._sip, protocol = await loop.create_datagram_endpoint(_Datagrams, local_addr=(self.address, 0))
        self.port = self._sip.get_extra_info("sockname")[1]
        self._spawn(self._read(protocol.queue))

    async def close(self) -> None:
        for call in list(self._calls.values()):
            with contextlib.suppress(TimeoutError):
                await call.hang_up()
            if call.media:
                call.media.close()
        for task in self._tasks:
            task.cancel()
        if self._sip:
            self._sip.close()

    async def call(
        self,
        extension: str,
        number: str = "61234567",
        *,
        sender: str | None = None,
        headers: tuple[str, ...] = (),
        password: str | None = None,
        seconds: float = 15,
    ) -> Call:
        """Dial and wait for the final answer. `sender` is the whole From without its tag."""
        sender = sender or f"<sip:{number}@{self.address}>"
        call = Call(
            self,
            secrets.token_hex(8),
            f"sip:{extension}@{self.server[0]}:{self.server[1]}",
            f"{sender};tag={secrets.token_hex(4)}",
        )
        call.remote = f"<{call.target}>"
        self._calls[call.call_id] = call
        await self._open_media(call)
        self.send(call, "INVITE", "1 INVITE", headers, self._sdp(call))
        answer = await self._final(call, seconds)
        if answer.status in (401, 407) and password is not None:
            self.send(call, "ACK", "1 ACK")
            proof = digest_answer(answer.headers["www-authenticate"], "INVITE", call.target, self.user, password)
            self.send(call, "INVITE", "2 INVITE", (*headers, f"Authorization: {proof}"), self._sdp(call))
            call.numbers = itertools.count(3)
            answer = await self._final(call, seconds)
        call.status, call.last = answer.status, answer
        call.remote = answer.headers["to"]
        self.send(call, "ACK", answer.headers["cseq"].split()[0] + " ACK")
        if call.status == 200:
            call.far_media = answer.media
            call.target = re.search(r"<([^>;]+)", answer.headers["contact"])[1]  # type: ignore[index]
        return call

    async def register(self, *, expires: int = 120, password: str | None = None) -> Message:
        """Register as our user; the last answer."""
        answer = await self.request("REGISTER", expires=expires)
        if answer.status == 401:
            proof = digest_answer(
                answer.headers["www-authenticate"],
                "REGISTER",
                f"sip:{self.server[0]}:{self.server[1]}",
                self.user,
                self.password if password is None else password,
            )
            answer = await self.request("REGISTER", (f"Authorization: {proof}",), expires=expires)
        return answer

    async def request(
        self, method: str, headers: tuple[str, ...] = (), *, expires: int = 120, seconds: float = 5
    ) -> Message:
        """A request outside of a call, and its answer."""
        key = secrets.token_hex(8)
        answers: asyncio.Queue[Message] = asyncio.Queue()
        self._outside[key] = answers
        uri = f"sip:{self.server[0]}:{self.server[1]}"
        own = f"<sip:{self.user}@{self.server[0]}>"
        self._out(
            f"{method} {uri} SIP/2.0",
            f"From: {own};tag={secrets.token_hex(4)}",
            f"To: {own}",
            f"Call-ID: {key}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:{self.user}@{self.address}:{self.port}>",
            f"Expires: {expires}",
            *headers,
        )
        async with asyncio.timeout(seconds):
            return await answers.get()

    def send(self, call: Call, method: str, number: str, headers: tuple[str, ...] = (), body: str = "") -> None:
        self._out(
            f"{method} {call.target} SIP/2.0",
            f"From: {call.local}",
            f"To: {call.remote}",
            f"Call-ID: {call.call_id}",
            f"CSeq: {number}",
            f"Contact: <sip:{self.user}@{self.address}:{self.port}>",
            *headers,
            body=body,
        )

    def _out(self, start: str, *headers: str, body: str = "", to: tuple[str, int] | None = None) -> None:
        kind = ("Content-Type: application/sdp",) if body else ()
        via = () if start.startswith("SIP/2.0") else self._via()
        lines = [start, *via, *headers, "Max-Forwards: 70", *kind, f"Content-Length: {len(body)}", "", body]
        assert self._sip
        self._sip.sendto("\r\n".join(lines).encode(), to or self.server)

    def _via(self) -> tuple[str, ...]:
        return (f"Via: SIP/2.0/UDP {self.address}:{self.port};rport;branch=z9hG4bK{secrets.token_hex(6)}",)

    def _sdp(self, call: Call) -> str:
        assert call.media
        return audio(self.address, call.media.get_extra_info("sockname")[1])

    async def _open_media(self, call: Call) -> None:
        loop = asyncio.get_running_loop()
        call.media, protocol = await loop.create_datagram_endpoint(_Datagrams, local_addr=(self.address, 0))
        self._spawn(_listen(call, protocol.queue))

    async def _final(self, call: Call, seconds: float) -> Message:
        async with asyncio.timeout(seconds):
            while (answer := await call.answers.get()).status < 200:
                pass
        return answer

    async def _read(self, queue: asyncio.Queue[tuple[bytes, tuple[str, int]]]) -> None:
        while True:
            data, addr = await queue.get()
            message = Message.parse(data.decode(errors="replace"))
            key = message.headers.get("call-id", "")
            if message.status:
                call = self._calls.get(key)
                (call.answers if call else self._outside.get(key, asyncio.Queue())).put_nowait(message)
            else:
                await self._asked(message, key, addr)

    async def _asked(self, message: Message, key: str, addr: tuple[str, int]) -> None:
        method = message.method
        call = self._calls.get(key)
        body = ""
        if method == "INVITE" and call is None:
            call = self._calls[key] = Call(self, key, "", message.headers["to"] + f";tag={secrets.token_hex(4)}")
            call.remote, call.status = message.headers["from"], 200
            call.target = re.search(r"<([^>]+)", message.headers["contact"])[1]  # type: ignore[index]
            call.last = message
            await self._open_media(call)
            call.far_media = message.media
            self.arrived.put_nowait(call)
        if method == "INVITE" and call:
            body = self._sdp(call)
        if method == "BYE" and call:
            call.bye = message
            call.over.set()
        if method != "ACK":
            to = call.local if call and method == "INVITE" else message.headers["to"]
            self._out(
                "SIP/2.0 200 OK",
                *(f"{name.title()}: {message.headers[name]}" for name in ("via", "from", "call-id", "cseq")),
                f"To: {to}",
                f"Contact: <sip:{self.user}@{self.address}:{self.port}>",
                body=body,
                to=addr,
            )

    def _spawn(self, work: object) -> None:
        task = asyncio.get_running_loop().create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)


async def _listen(call: Call, queue: asyncio.Queue[tuple[bytes, tuple[str, int]]]) -> None:
    while True:
        packet, _ = await queue.get()
        if len(packet) <= 12:
            continue
        kind = packet[1] & 127
        if kind == 0:
            call.heard += packet[12:]
        call.kept_alive += kind == COMFORT_NOISE


@contextlib.asynccontextmanager
async def raw_phone(
    sip_port: int, *, address: str = "127.0.0.1", user: str = "caller", password: str = "", host: str = "127.0.0.1"
) -> AsyncIterator[RawPhone]:
    """A telephone at a loopback address. What it began ends with the context."""
    phone = RawPhone((host, sip_port), address, user, password)
    await phone.open()
    try:
        yield phone
    finally:
        await phone.close()
