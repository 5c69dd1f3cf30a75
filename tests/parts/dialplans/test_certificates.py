"""A certificate that was renewed is shown to the next who connects; who is connected stays."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from cryptography import x509

import dialplans
from tests.parts.dialplans.node import LUIS, asterisk, certificate, until
from tests.parts.dialplans.rawsip import raw_phone


async def shown(port: int) -> int:
    """Serial number of the certificate that a listener shows."""
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
    try:
        return x509.load_der_x509_certificate(writer.get_extra_info("ssl_object").getpeercert(True)).serial_number
    finally:
        writer.close()


def on_disk(folder: Path) -> int:
    return x509.load_pem_x509_certificate((folder / "server.pem").read_bytes()).serial_number


async def test_a_renewed_certificate_is_shown_by_both_listeners_and_calls_go_on(tmp_path: Path) -> None:
    async with asterisk(tmp_path) as centre:
        ports = (centre.settings.asterisk_wss_port, centre.settings.sip_tls_port)
        before = on_disk(centre.settings.tls)
        assert [await shown(port) for port in ports] == [before, before]
        async with raw_phone(centre.sip, user="agent-luis", password=LUIS.password) as luis:
            await luis.register()
            certificate(centre.settings.tls)
            await asyncio.to_thread(dialplans.reload_certificates, centre.settings)
            after = on_disk(centre.settings.tls)
            assert after != before
            assert [await until(lambda port=port: shown(port), lambda serial: serial == after) for port in ports]
            endpoint = await centre.ari("GET", "endpoints/PJSIP/agent-luis")
            assert endpoint["state"] == "online"
