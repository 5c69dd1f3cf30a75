"""The ports of a node: whether they are free, and who holds one that is not."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from centre.errors import Trouble
from config.settings import Settings


@dataclass(frozen=True)
class Port:
    number: int
    what: str
    """What it is for, in words."""
    address: str
    udp: bool
    option: str
    """The option of `up` that moves it."""


def of(settings: Settings, parts: set[str]) -> Iterator[Port]:
    """The ports that these parts of the node listen on."""
    any_, loopback = settings.bind, "127.0.0.1"
    if "asterisk" in parts:
        yield Port(settings.sip_port, "SIP", any_, True, "--sip-port")
        yield Port(settings.sip_port, "SIP", any_, False, "--sip-port")
        yield Port(settings.sip_tls_port, "SIP over TLS", any_, False, "--sip-port")
        yield Port(settings.asterisk_http_port, "Asterisk's requests", loopback, False, "--http-port")
        yield Port(settings.asterisk_wss_port, "browser telephones", any_, False, "--http-port")
    if "web" in parts:
        yield Port(settings.http_port, "the web pages", loopback, False, "--http-port")
        yield Port(settings.https_port, "the secure web pages", any_, False, "--http-port")
    if "nats" in parts and settings.nats_url is None:
        yield Port(settings.nats_port, "NATS", loopback, False, "--http-port")


def need_free(settings: Settings, parts: set[str]) -> None:
    """Trouble, naming who holds it, where a port that these parts need is taken or not allowed."""
    for port in of(settings, parts):
        reason = _refusal(port)
        if reason is None:
            continue
        other = port.number + (1000 if port.number < 60000 else -1000)
        choose = f"hoose another with {port.option} (for example {port.option} {other})"
        if isinstance(reason, PermissionError):
            raise Trouble(f"Port {port.number} for {port.what} needs a right that this user has not: c{choose}.")
        if reason.errno == 99:  # EADDRNOTAVAIL
            raise Trouble(f"{port.address} is no address of this machine: choose another with --bind.")
        raise Trouble(f"Port {port.number} for {port.what} is taken{_by(port)}: stop it, or c{choose}.")


def _refusal(port: Port) -> OSError | None:
    family = socket.AF_INET6 if ":" in port.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if port.udp else socket.SOCK_STREAM) as probe:
        if not port.udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.address, port.number))
            if not port.udp:
                probe.listen(1)
        except OSError as error:
            return error
    return None


def _by(port: Port) -> str:
    """` by NAME (process N)`; nothing where the holder belongs to another user and cannot be seen."""
    wanted = {f"socket:[{inode}]" for inode in _inodes(port)}
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with contextlib.suppress(OSError):
            for link in folder.iterdir():
                if os.readlink(link) in wanted:
                    name = (folder.parent / "comm").read_text().strip()
                    return f" by {name} (process {folder.parent.name})"
    return " by another program"


def _inodes(port: Port) -> Iterator[str]:
    """Inodes of the sockets bound to this port, from `/proc/net` (proc_net(5)); of TCP only those that listen."""
    kind = "udp" if port.udp else "tcp"
    for table in (f"/proc/net/{kind}", f"/proc/net/{kind}6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                local = re.fullmatch(r"[0-9A-F]+:([0-9A-F]{4})", fields[1])
                if local and int(local[1], 16) == port.number and (port.udp or fields[3] == "0A"):
                    yield fields[9]
