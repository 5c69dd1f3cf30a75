"""The process `web`: `python -m agent_desktop --data DIR`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import structlog
import uvloop
from aiohttp import web

from agent_desktop.app import build, shared
from agent_desktop.certificate import Certificate
from config.logs import log_to
from config.settings import Secrets, Settings
from config.signs import sign_of_life

log = structlog.get_logger()
CLOSING_SECONDS = 2.0


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
        tls = await serve_securely(runner, settings, stack)

        def describe() -> dict[str, Any]:
            return {"pid": os.getpid(), "ready": True, "line": context.live.up, "database": context.health.up}

        await stack.enter_async_context(sign_of_life(settings.run / "web.sock", describe))
        log.info("web serves", http=settings.http_port, https=settings.https_port if tls else None)
        await stop.wait()
        context.live.stop()
        log.info("web stops")


async def serve_securely(runner: web.AppRunner, settings: Settings, stack: contextlib.AsyncExitStack) -> bool:
    """HTTPS, with a certificate that is kept current; False where there is none."""
    try:
        certificate = Certificate(settings)
    except FileNotFoundError:
        log.warning("no certificate: plain HTTP on this machine alone", folder=str(settings.tls))
        return False
    await web.TCPSite(runner, settings.bind, settings.https_port, ssl_context=certificate.context).start()
    stack.callback(asyncio.create_task(certificate.keep_current()).cancel)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m agent_desktop", description="The staff's web application.")
    parser.add_argument("--data", type=Path, required=True, help="the node's folder")
    data = parser.parse_args().data.resolve()
    settings = Settings.load(data)
    log_to(settings.log / "web.jsonl")
    uvloop.run(serve(settings, Secrets.load(data)))


if __name__ == "__main__":
    main()
