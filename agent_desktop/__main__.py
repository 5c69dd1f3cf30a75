"""The process `web`: `python -m agent_desktop --data DIR`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import ssl
from pathlib import Path
from typing import Any

import structlog
import uvloop
from aiohttp import web

from agent_desktop.app import build, shared
from config.logs import log_to
from config.settings import Secrets, Settings
from config.signs import sign_of_life

log = structlog.get_logger()
CLOSING_SECONDS = 2.0


def certificate(settings: Settings) -> ssl.SSLContext | None:
    """The centre's own certificate, or the administrator's; None where there is none yet."""
    chain, key = settings.tls / "server.pem", settings.tls / "server.key"
    if not (chain.is_file() and key.is_file()):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(chain, key)
    return context


async def serve(settings: Settings, secrets: Secrets) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        context = await stack.enter_async_context(shared(settings, secrets))
        runner = web.AppRunner(build(context), access_log=None, shutdown_timeout=CLOSING_SECONDS)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        # Plain HTTP on loopback alone: browsers trust `localhost` with a microphone, and nothing else without TLS.
        await web.TCPSite(runner, "127.0.0.1", settings.http_port).start()
        tls = certificate(settings)
        if tls is not None:
            await web.TCPSite(runner, settings.bind, settings.https_port, ssl_context=tls).start()
        else:
            log.warning("no certificate: plain HTTP on this machine alone", folder=str(settings.tls))

        def describe() -> dict[str, Any]:
            return {"pid": os.getpid(), "ready": True, "line": context.live.up, "database": context.health.up}

        await stack.enter_async_context(sign_of_life(settings.run / "web.sock", describe))
        log.info("web serves", http=settings.http_port, https=settings.https_port if tls else None)
        await stop.wait()
        context.live.stop()
        log.info("web stops")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m agent_desktop", description="The staff's web application.")
    parser.add_argument("--data", type=Path, required=True, help="the node's folder")
    data = parser.parse_args().data.resolve()
    settings = Settings.load(data)
    log_to(settings.log / "web.jsonl")
    uvloop.run(serve(settings, Secrets.load(data)))


if __name__ == "__main__":
    main()
