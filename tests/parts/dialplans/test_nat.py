"""Behind a router: who is outside is told the router's address, for SIP and for sound, and who is inside is not."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path

from dialplans.rendering import LOCAL_NETS
from tests.parts.dialplans.node import asterisk
from tests.parts.dialplans.rawsip import raw_phone

ROUTER = "203.0.113.9"


def own_address() -> str:
    """This machine's address towards the network; loopback where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


async def test_a_telephone_outside_is_told_the_routers_address_and_one_inside_is_not(tmp_path: Path) -> None:
    own = own_address()
    is_outside = not any(ipaddress.ip_address(own) in ipaddress.ip_network(net) for net in LOCAL_NETS)
    async with asterisk(tmp_path, bind="127.0.0.1", external_address=ROUTER) as centre:
        for transport in ("udp", "tcp", "tls"):
            shown = await centre.console(f"pjsip show transport transport-{transport}")
            assert shown.count(ROUTER) >= 2, shown
        for address, outside in {"127.0.0.1": False, own: is_outside}.items():
            async with raw_phone(centre.sip, address=address) as phone:
                call = await phone.call("311")
                assert call.last is not None
                told = [call.last.headers["contact"], call.last.body]
                assert [ROUTER in each for each in told] == [outside, outside], told
