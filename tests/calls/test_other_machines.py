"""An agent whose browser is on another machine: HTTPS and WSS, with a certificate of the centre's own authority."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import shutil
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import Error

from centre import jobs
from centre.setup import certificates
from ivr.api import AgentState, Phase
from ivr.prompts.changed import Speaking
from tests.agents import CALLER, AtDesk
from tests.calls.browser import PASSWORD, at_desk, in_browser
from tests.centre import Centre, eventually
from tests.parts.desktop.test_telephone import LISTEN


def own_address() -> str:
    """An address of this machine that is not `localhost`: no browser trusts it with a microphone by itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: the kernel only chooses the way out
        except OSError:
            return "127.0.0.2"
        return str(probe.getsockname()[0])


def trusting(authority: Path) -> str:
    """Chromium's argument to trust certificates of this authority, as if it were installed, and no others."""
    key = x509.load_pem_x509_certificate(authority.read_bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return f"--ignore-certificate-errors-spki-list={base64.b64encode(digest).decode()}"


@pytest.fixture(scope="module")
async def elsewhere() -> AsyncIterator[Centre]:
    """A centre on that address alone."""
    folder = Path(tempfile.mkdtemp(prefix="c311-https-"))
    centre = await Centre.start(folder / "centre", bind=own_address())
    try:
        yield centre
    finally:
        await centre.database.dispose()
        await centre.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def test_an_agent_on_another_machine_registers_over_wss_and_both_hear_each_other(
    elsewhere: Centre, number: str
) -> None:
    settings = elsewhere.settings
    trust = ssl.create_default_context(cafile=settings.tls / "ca.pem")
    for port in (settings.https_port, settings.asterisk_wss_port):
        await certificate_of(settings.bind, port, trust)

    # It is the authority that opens the page, and nothing looser: a browser that does not know it is warned.
    async with in_browser() as stranger:
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            await (await stranger.new_page()).goto(f"https://{settings.bind}:{settings.https_port}/login")

    await elsewhere.run("agent", "add", "maria", "--phone", "browser", "--password", PASSWORD)
    async with in_browser(trusting(settings.tls / "ca.pem")) as browser:
        sockets: list[str] = []
        page = await at_desk(
            elsewhere,
            browser,
            "maria",
            address=f"https://{settings.bind}:{settings.https_port}",
            sockets=sockets,
        )
        assert await page.evaluate("isSecureContext")
        assert sockets == [f"wss://{settings.bind}:{settings.asterisk_wss_port}/ws"]
        maria = AtDesk(elsewhere, "maria")
        await page.locator(".bar-buttons button[hx-vals*=ready]").click()
        await maria.becomes(AgentState.READY)
        async with elsewhere.phone(number, sends=CALLER) as phone:
            await phone.dial("311")
            await phone.press("111")
            await page.locator("[data-do=answer]").click(timeout=25_000)
            call = await maria.in_phase(Phase.TALKING)
            await phone.hear_something()
            assert await page.evaluate(LISTEN) > 0.05
            await phone.hang_up()
        await maria.becomes(AgentState.WRAP_UP)
        await elsewhere.nothing_is_left_of(call.id)
        await maria.set(AgentState.OFFLINE)


async def test_a_certificate_near_its_end_is_renewed_while_the_centre_runs(
    elsewhere: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = elsewhere.settings
    with monkeypatch.context() as soon:
        soon.setattr(certificates, "SERVER_DAYS", certificates.RENEW_DAYS - 1)
        certificates.make(settings)
    ending = (settings.tls / "server.pem").read_bytes()
    await jobs.app(settings, Speaking()).tasks[f"renew-certificates-{settings.node}"](timestamp=0)
    assert (settings.tls / "server.pem").read_bytes() != ending
    assert certificates.current(settings)
    renewed = x509.load_pem_x509_certificate((settings.tls / "server.pem").read_bytes())

    async def shown() -> list[x509.Certificate]:
        ports = (settings.https_port, settings.asterisk_wss_port, settings.sip_tls_port)
        trust = ssl.create_default_context(cafile=settings.tls / "ca.pem")
        return [await certificate_of(settings.bind, port, trust) for port in ports]

    await eventually(shown, lambda seen: seen == [renewed] * 3, 30, every=1)


async def certificate_of(host: str, port: int, trust: ssl.SSLContext) -> x509.Certificate:
    _, writer = await asyncio.open_connection(host, port, ssl=trust, server_hostname=host)
    try:
        return x509.load_der_x509_certificate(writer.get_extra_info("ssl_object").getpeercert(True))
    finally:
        writer.close()
