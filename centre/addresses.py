"""Where a node can be reached: the number to dial and the addresses to open."""

from __future__ import annotations

import ipaddress
import socket

from config.settings import Settings


def host(settings: Settings) -> str:
    """The address that others on the network reach this machine by; loopback where it has no other."""
    bound = ipaddress.ip_address(settings.bind)
    if not bound.is_unspecified:
        return settings.bind
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: the kernel only chooses the way out
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def is_loopback(settings: Settings) -> bool:
    """No other machine reaches this one."""
    return ipaddress.ip_address(host(settings)).is_loopback


def sip(settings: Settings) -> str:
    return f"sip:311@{_in_uri(host(settings))}:{settings.sip_port}"


def local_web(settings: Settings) -> str:
    return f"http://localhost:{settings.http_port}/"


def secure_web(settings: Settings) -> str:
    return f"https://{_in_uri(host(settings))}:{settings.https_port}/"


def _in_uri(address: str) -> str:
    return f"[{address}]" if ":" in address else address
