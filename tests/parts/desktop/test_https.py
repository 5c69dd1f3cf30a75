"""The centre on its own certificate, for machines other than this one."""

from __future__ import annotations

import ssl

import aiohttp

from agent_desktop.install.routes import fingerprint
from tests.parts.desktop.house import PASSWORD, House


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
