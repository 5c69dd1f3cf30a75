"""A real Asterisk with rendered configuration, folder and ports of its own, and an application as `line` would be."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import random
import socket
import subprocess
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import dialplans
from config.settings import Secrets, Settings
from tests.parts.dialplans.rawsip import Call, RawPhone

PROMPTS = {
    "es/busy": 500,
    "en/busy": 600,
    "es/fallback.apology": 700,
    "en/fallback.apology": 800,
    "es/fallback.message": 900,
    "en/fallback.message": 1100,
    "es/fallback.thanks": 1200,
    "en/fallback.thanks": 1300,
}
"""Each prompt is a tone of its own (Hz), half a second long."""
BEEP = 1000
ANA = dialplans.AgentEndpoint(name="ana", phone="browser", password="ana's secret")
LUIS = dialplans.AgentEndpoint(name="luis", phone="sip", password="luis' secret")


class Centre:
    """A running Asterisk of ours."""

    def __init__(self, settings: Settings, secrets: Secrets, process: asyncio.subprocess.Process) -> None:
        self.settings, self.secrets, self.process = settings, secrets, process

    @property
    def sip(self) -> int:
        return self.settings.sip_port

    @property
    def login(self) -> dict[str, str]:
        return {"Authorization": aiohttp.encode_basic_auth("centro311", self.secrets.ari_password)}

    @property
    def log(self) -> str:
        return (self.settings.asterisk / "log/messages.log").read_text()

    def events(self) -> list[list[str]]:
        """The lines of cel.csv."""
        file = self.settings.asterisk / "log/cel.csv"
        return [line.split(",") for line in file.read_text().splitlines()] if file.exists() else []

    async def console(self, line: str) -> str:
        return await asyncio.to_thread(dialplans.console, self.settings, line)

    async def ari(self, method: str, path: str, **query: str) -> Any:
        """One ARI request; its JSON, or None where it has none."""
        url = f"http://127.0.0.1:{self.settings.asterisk_http_port}/ari/{path}"
        async with (
            aiohttp.ClientSession(headers=self.login) as session,
            session.request(method, url, params=query) as answer,
        ):
            answer.raise_for_status()
            return await answer.json() if answer.status == 200 else None

    async def no_channel_left(self) -> None:
        await until(lambda: self.ari("GET", "channels"), lambda channels: channels == [])


class Application:
    """The application `centro311` as `line` would be: it takes what comes and keeps the events."""

    def __init__(self) -> None:
        self.started: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        """The channel of each StasisStart."""

    async def call(self, seconds: float = 10) -> dict[str, Any]:
        """The next channel that was handed over."""
        async with asyncio.timeout(seconds):
            return await self.started.get()


@contextlib.asynccontextmanager
async def application(centre: Centre) -> AsyncIterator[Application]:
    ours = Application()
    url = f"http://127.0.0.1:{centre.settings.asterisk_http_port}/ari/events?app=centro311"

    async def read(socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            event = message.json()
            if event["type"] == "StasisStart":
                ours.started.put_nowait(event["channel"])

    async with aiohttp.ClientSession(headers=centre.login) as session, session.ws_connect(url) as websocket:
        reader = asyncio.create_task(read(websocket))
        yield ours
        reader.cancel()


async def until(look: Callable[[], Any], enough: Callable[[Any], bool], seconds: float = 10) -> Any:
    """Ask until the answer is enough; the last answer, in the failure, where it never is."""
    seen: Any = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                seen = look()
                if asyncio.iscoroutine(seen):
                    seen = await seen
                if enough(seen):
                    return seen
                await asyncio.sleep(0.05)
    raise AssertionError(f"not within {seconds} s; last seen: {seen!r}")


async def taken(
    centre: Centre, line: Application, phone: RawPhone, extension: str = "311", **more: Any
) -> tuple[Call, dict[str, Any]]:
    """Dial, and answer as the application: the call, and its channel as it was handed over."""
    dialling = asyncio.create_task(phone.call(extension, **more))
    channel = await line.call()
    await centre.ari("POST", f"channels/{channel['id']}/answer")
    call = await dialling
    assert call.status == 200
    return call, channel


@contextlib.asynccontextmanager
async def asterisk(
    folder: Path,
    *,
    agents: Sequence[dialplans.AgentEndpoint] = (ANA, LUIS),
    trunks: Sequence[dialplans.Trunk] = (),
    prompts: bool = True,
    node: str = "n1",
    bind: str = "0.0.0.0",
    external_address: str | None = None,
    **more: Any,
) -> AsyncIterator[Centre]:
    """Render, start, wait until it is up; stopped with the context. `more` goes to `dialplans.render`."""
    sip, http = free_block(2), free_block(5)
    parts = os.environ.get("CENTRO311_PARTS")
    settings = Settings(
        data=folder,
        node=node,
        bind=bind,
        external_address=external_address,
        sip_port=sip,
        http_port=http,
        parts=Path(parts) if parts else None,
    )
    secrets = Secrets(ari_password="ari's password", web_secret="00" * 32)
    certificate(settings.tls)
    if prompts:
        speak(settings.prompts)
    dialplans.render(settings, secrets, agents, trunks, **more)
    process = await asyncio.create_subprocess_exec(
        *dialplans.command(settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    centre = Centre(settings, secrets, process)
    try:
        await until(lambda: is_up(settings), bool, 30)
        yield centre
    finally:
        process.terminate()
        await process.wait()


def is_up(settings: Settings) -> bool:
    try:
        dialplans.console(settings, "core waitfullybooted")
    except dialplans.AsteriskError:
        return False
    return True


def free_block(size: int) -> int:
    """The first of so many ports in a row that nobody holds, for TCP and UDP."""
    while True:
        first = random.randrange(20000, 32000 - size)
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + size):
                    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                        held.enter_context(socket.socket(type=kind)).bind(("0.0.0.0", port))
            except OSError:
                continue
        return first


def speak(prompts: Path) -> None:
    """Write the prompts as tones."""
    at = np.arange(4000) / 8000
    for name, tone in PROMPTS.items():
        path = prompts / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes((np.sin(2 * np.pi * tone * at) * 8000).astype("<i2").tobytes())


def certificate(folder: Path) -> None:
    """A self-signed certificate for localhost."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
