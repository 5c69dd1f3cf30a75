"""What works of a trunk, from here to the carrier: its name, the way there, an answer to OPTIONS, the registration."""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import ssl

import msgspec

import dialplans
from config.settings import Settings
from dialplans import AsteriskError, Trunk

SECONDS = 4.0


class Step(msgspec.Struct, kw_only=True):
    what: str
    works: bool
    told: str


async def trunk(settings: Settings, chosen: Trunk) -> list[Step]:
    """The steps in order; those after one that fails are left out where they cannot work."""
    address = await resolve(chosen)
    if address is None:
        return [Step(what="name", works=False, told=f"{chosen.host} is not known to the name service")]
    steps = [Step(what="name", works=True, told=f"{chosen.host} is {address}"), await _options(chosen, address)]
    if chosen.register:
        steps.append(await asyncio.to_thread(_registration, settings, chosen))
    else:
        steps.append(await asyncio.to_thread(_known, settings, chosen))
    return steps


async def resolve(chosen: Trunk) -> str | None:
    """Its server's address, as this machine's name service knows it."""
    kind = socket.SOCK_DGRAM if chosen.transport == "udp" else socket.SOCK_STREAM
    try:
        found = await asyncio.get_running_loop().getaddrinfo(chosen.host, chosen.port, type=kind)
    except OSError:
        return None
    return str(found[0][4][0]) if found else None


async def _options(chosen: Trunk, address: str) -> Step:
    """Any answer at all, be it a refusal, shows that SIP comes through (RFC 3261, section 11)."""
    try:
        async with asyncio.timeout(SECONDS):
            answer = await (_over_udp if chosen.transport == "udp" else _over_stream)(chosen, address)
    except ssl.SSLError as error:
        return Step(what="answer", works=False, told=f"its certificate is not accepted: {error.reason}")
    except (TimeoutError, OSError) as error:
        reason = "nothing comes back" if isinstance(error, TimeoutError) else (error.strerror or str(error))
        return Step(
            what="answer",
            works=False,
            told=f"{reason} from {chosen.server} over {chosen.transport}: is the port open, and are we known there?",
        )
    found = re.match(rb"SIP/2\.0 (\d{3} [^\r\n]*)", answer)
    if not found:
        return Step(what="answer", works=False, told="what answers there is not SIP")
    return Step(what="answer", works=True, told=f"{chosen.server} says {found[1].decode(errors='replace')}")


async def _over_udp(chosen: Trunk, address: str) -> bytes:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.setblocking(False)
        await loop.sock_connect(link, (address, chosen.port))
        # An unreliable transport: the request is repeated until it is answered (RFC 3261, timer E).
        request = _request(chosen, link.getsockname()[:2])
        pause = 0.5
        while True:
            await loop.sock_sendall(link, request)
            try:
                async with asyncio.timeout(pause):
                    return await loop.sock_recv(link, 65536)
            except TimeoutError:
                pause *= 2


async def _over_stream(chosen: Trunk, address: str) -> bytes:
    tls = ssl.create_default_context() if chosen.transport == "tls" else None
    reader, writer = await asyncio.open_connection(
        address, chosen.port, ssl=tls, server_hostname=chosen.host if tls else None
    )
    try:
        writer.write(_request(chosen, writer.get_extra_info("sockname")[:2]))
        return await reader.readuntil(b"\r\n")
    finally:
        writer.close()


def _request(chosen: Trunk, ours: tuple[str, int]) -> bytes:
    host = f"[{ours[0]}]" if ":" in ours[0] else ours[0]
    lines = (
        f"OPTIONS sip:{chosen.server} SIP/2.0",
        f"Via: SIP/2.0/{chosen.transport.upper()} {host}:{ours[1]};branch=z9hG4bK{secrets.token_hex(8)};rport",
        "Max-Forwards: 70",
        f"From: <sip:311@{host}>;tag={secrets.token_hex(4)}",
        f"To: <sip:{chosen.server}>",
        f"Call-ID: {secrets.token_hex(12)}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:311@{host}:{ours[1]}>",
        "Content-Length: 0",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


def _registration(settings: Settings, chosen: Trunk) -> Step:
    try:
        told = dialplans.console(settings, "pjsip show registrations")
    except AsteriskError as error:
        return Step(what="registration", works=False, told=str(error))
    line = next((line for line in told.splitlines() if line.strip().startswith(f"{chosen.endpoint}/")), "")
    state = next((word for word in ("Registered", "Rejected", "Unregistered") if word in line), "unknown to Asterisk")
    return Step(what="registration", works=state == "Registered", told=f"{state} as {chosen.user}")


def _known(settings: Settings, chosen: Trunk) -> Step:
    sources = ", ".join(chosen.sources or (chosen.host,))
    try:
        told = dialplans.console(settings, f"pjsip show endpoint {chosen.endpoint}")
    except AsteriskError as error:
        return Step(what="incoming calls", works=False, told=str(error))
    if "Unable to find" in told:
        return Step(what="incoming calls", works=False, told="Asterisk does not know the trunk yet")
    return Step(what="incoming calls", works=True, told=f"taken from {sources}")
