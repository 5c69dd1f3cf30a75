"""What the listeners answer, and to whom."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from bench.sipmessage import Message, digest_answer
from tests.parts.dialplans.node import ANA, LUIS, Centre, application, asterisk, taken, until
from tests.parts.dialplans.rawsip import raw_phone

ELSEWHERE = "127.0.0.2"
"""Another address of this machine; only 127.0.0.1 and ::1 are let in to ARI."""


def tls(centre: Centre, source: str, to: str = "127.0.0.1") -> aiohttp.ClientSession:
    """HTTPS to Asterisk's outer listener, from an address of this machine."""
    context = ssl.create_default_context(cafile=str(centre.settings.tls / "server.pem"))
    context.check_hostname = False
    connector = aiohttp.TCPConnector(ssl=context, local_addr=(source, 0))
    return aiohttp.ClientSession(f"https://{to}:{centre.settings.asterisk_wss_port}", connector=connector)


@pytest.mark.parametrize(
    "path",
    [
        "/ari/channels",
        "/ari/asterisk/info",
        "/ari/events?app=centro311",
        "/ari/api-docs/resources.json",
        "/ARI/channels",
        "/aRi/channels",
    ],
)
async def test_ari_is_refused_to_other_addresses_even_with_the_password(centre: Centre, path: str) -> None:
    async with tls(centre, ELSEWHERE) as session, session.get(path, headers=centre.login) as answer:
        assert answer.status == 403


@pytest.mark.parametrize(
    "path", ["/%61ri/channels", "//ari/channels", "/./ari/channels", "/x/../ari/channels", "/ari%2Fchannels"]
)
async def test_ari_is_not_reached_from_other_addresses_by_another_spelling(centre: Centre, path: str) -> None:
    """Nobody may find ARI where the restriction does not."""
    address = URL(f"https://127.0.0.1:{centre.settings.asterisk_wss_port}{path}", encoded=True)
    async with tls(centre, ELSEWHERE) as session, session.get(address, headers=centre.login) as answer:
        assert answer.status in (403, 404)


async def test_ari_answers_on_the_same_listener_from_loopback(centre: Centre) -> None:
    async with tls(centre, "127.0.0.1") as session:
        async with session.get("/ari/channels", headers=centre.login) as answer:
            assert answer.status == 200
        async with session.get("/ari/channels") as answer:
            assert answer.status == 401


async def test_on_all_addresses_of_ipv4_and_ipv6_the_same_holds(tmp_path: Path) -> None:
    async with asterisk(tmp_path, bind="::") as centre:
        for source, to, status in (
            (ELSEWHERE, "127.0.0.1", 403),
            ("127.0.0.1", "127.0.0.1", 200),
            ("::1", "[::1]", 200),
        ):
            async with tls(centre, source, to) as session, session.get("/ari/channels", headers=centre.login) as answer:
                assert answer.status == status, source
        async with application(centre) as line, raw_phone(centre.sip) as phone:
            call, _ = await taken(centre, line, phone)
            await call.hang_up()


async def test_sip_over_websocket_is_open_to_other_addresses(centre: Centre) -> None:
    async with tls(centre, ELSEWHERE) as session, session.ws_connect("/ws", protocols=["sip"]) as socket:
        assert socket.protocol == "sip"


@pytest.mark.parametrize("path", ["/", "/httpstatus", "/static/index.html", "/metrics", "/phoneprov", "/amanager"])
async def test_nothing_else_is_served(centre: Centre, path: str) -> None:
    async with tls(centre, ELSEWHERE) as session, session.get(path) as answer:
        assert answer.status == 404
        assert "asterisk" not in answer.headers.get("Server", "").lower()


async def test_plain_http_listens_on_loopback_alone(centre: Centre) -> None:
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(ELSEWHERE, centre.settings.asterisk_http_port)


async def test_an_agents_browser_registers_over_the_websocket(centre: Centre) -> None:
    def request(number: int, *more: str) -> str:
        own = f"<sip:agent-ana@{ELSEWHERE}>"
        lines = [
            f"REGISTER sip:{ELSEWHERE} SIP/2.0",
            f"Via: SIP/2.0/WSS browser.invalid;branch=z9hG4bK{number}",
            f"From: {own};tag=1",
            f"To: {own}",
            "Call-ID: page",
            f"CSeq: {number} REGISTER",
            "Contact: <sip:page@browser.invalid;transport=ws>",
            "Expires: 120",
            "Max-Forwards: 70",
            *more,
            "Content-Length: 0",
        ]
        return "\r\n".join([*lines, "", ""])

    async with tls(centre, ELSEWHERE) as session, session.ws_connect("/ws", protocols=["sip"]) as socket:
        await socket.send_str(request(1))
        asked = Message.parse(await _text(socket))
        assert asked.status == 401
        proof = digest_answer(
            asked.headers["www-authenticate"], "REGISTER", f"sip:{ELSEWHERE}", "agent-ana", ANA.password
        )
        await socket.send_str(request(2, f"Authorization: {proof}"))
        assert Message.parse(await _text(socket)).status == 200
        assert "agent-ana" in await centre.console("pjsip show contacts")
    await until(lambda: centre.console("pjsip show contacts"), lambda told: "agent-ana" not in told)


async def _text(socket: aiohttp.ClientWebSocketResponse) -> str:
    message = await socket.receive(timeout=5)
    return message.data if isinstance(message.data, str) else message.data.decode()


async def test_a_sip_telephone_registers_with_its_password_and_the_newer_one_replaces_the_older(centre: Centre) -> None:
    async with (
        raw_phone(centre.sip, user="agent-luis", password=LUIS.password) as old,
        raw_phone(centre.sip, user="agent-luis", password=LUIS.password) as new,
    ):
        assert (await old.register()).status == 200
        answer = await new.register()
        assert answer.status == 200
        assert str(new.port) in answer.headers["contact"]
        assert str(old.port) not in answer.headers["contact"]
        assert (await new.register(expires=0)).status == 200


@pytest.mark.parametrize(("user", "password"), [("agent-luis", "wrong"), ("agent-luis", ""), ("agent-ana", "x")])
async def test_a_wrong_password_registers_nothing(centre: Centre, user: str, password: str) -> None:
    async with raw_phone(centre.sip, user=user, password=password) as phone:
        assert (await phone.register()).status == 401


@pytest.mark.parametrize("user", ["61234567", "anonymous", "trunk-carrier", "agent-nobody"])
async def test_a_stranger_registers_nothing(centre: Centre, user: str) -> None:
    async with raw_phone(centre.sip, user=user, address="127.0.0.9") as phone:
        assert (await phone.register()).status >= 400


async def test_sip_over_tls_answers_on_the_next_port(centre: Centre) -> None:
    context = ssl.create_default_context(cafile=str(centre.settings.tls / "server.pem"))
    context.check_hostname = False
    reader, writer = await asyncio.open_connection("127.0.0.1", centre.settings.sip_tls_port, ssl=context)
    writer.write(
        b"OPTIONS sip:311@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:x@a>;tag=1\r\n"
        b"To: <sip:311@127.0.0.1>\r\nCall-ID: t\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"SIP/2.0 ")
    writer.close()
