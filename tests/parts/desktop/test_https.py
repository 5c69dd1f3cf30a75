"""The centre on its own certificate, for machines other than this one."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import aiohttp
from cryptography import x509

from agent_desktop.install.routes import fingerprint
from tests.parts.desktop.house import PASSWORD, House, until
from tests.parts.dialplans.node import certificate


async def test_over_https_the_cookie_never_travels_in_the_open_and_the_telephone_is_encrypted(desktop: House) -> None:
    name = await desktop.add()
    address = f"https://localhost:{desktop.settings.https_port}"
    trust = ssl.create_default_context(cafile=desktop.settings.tls / "ca.pem")
    trust.check_hostname = False
    connector = aiohttp.TCPConnector(ssl=trust)
    async with aiohttp.ClientSession(address, headers={"Origin": address}, connector=connector) as client:
        sent = {"name": name, "password": PASSWORD}
        async with client.post("/login", data=sent, allow_redirects=False) as answer:
            assert answer.status == 303
            (cookie,) = answer.cookies.values()
            assert cookie["secure"]
        async with client.get("/desk/telephone") as answer:
            told = await answer.json()
    assert told["socket"] == f"wss://localhost:{desktop.settings.asterisk_wss_port}/ws"
    assert told["uri"] == f"sip:agent-{name}@localhost"


async def test_the_install_page_gives_the_authoritys_certificate_and_its_fingerprint(desktop: House) -> None:
    async with desktop.client() as client:
        async with client.get("/install") as answer:
            shown = fingerprint(desktop.settings.tls / "ca.pem")
            assert shown is not None
            assert shown in await answer.text()
        async with client.get("/install/ca.pem") as answer:
            assert answer.content_type == "application/x-x509-ca-cert"
            assert await answer.read() == (desktop.settings.tls / "ca.pem").read_bytes()


async def test_a_host_that_is_no_name_gets_into_no_policy(desktop: House) -> None:
    async with desktop.client() as client, client.get("/login", headers={"Host": "x; script-src *"}) as answer:
        assert "script-src *" not in answer.headers.get("Content-Security-Policy", "")


async def test_plain_http_is_for_this_machine_alone(desktop: House) -> None:
    async with desktop.client(await desktop.add()) as client, client.get("/desk/telephone") as answer:
        told = await answer.json()
    assert told["socket"] == f"ws://localhost:{desktop.settings.asterisk_http_port}/ws"


async def test_a_renewed_certificate_is_shown_without_a_restart(breakable: House) -> None:
    def on_disk(folder: Path) -> int:
        return x509.load_pem_x509_certificate((folder / "server.pem").read_bytes()).serial_number

    async def shown() -> int:
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        _, writer = await asyncio.open_connection("127.0.0.1", breakable.settings.https_port, ssl=trust)
        try:
            seen = writer.get_extra_info("ssl_object").getpeercert(True)
            return x509.load_der_x509_certificate(seen).serial_number
        finally:
            writer.close()

    async def is_shown() -> bool:
        return await shown() == on_disk(breakable.settings.tls)

    before = await shown()
    certificate(breakable.settings.tls)
    assert on_disk(breakable.settings.tls) != before
    await until(is_shown, 30)
