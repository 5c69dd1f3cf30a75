"""The certificate that the pages are served with: the centre's own, or the administrator's."""

from __future__ import annotations

import asyncio
import ssl

import structlog

from config.settings import Settings

log = structlog.get_logger()
LOOK_SECONDS = 10.0


class Certificate:
    """`context` is what the listener uses; FileNotFoundError where there is no certificate yet."""

    def __init__(self, settings: Settings) -> None:
        self._files = (settings.tls / "server.pem", settings.tls / "server.key")
        self._taken = self._mark()
        self.context = self._load(_context())

    async def keep_current(self) -> None:
        """Take up what is renewed, for ever: whoever connects from then on is shown it."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                mark = self._mark()
                if mark != self._taken:
                    self._load(_context())  # a pair that is half written is refused here
                    self._load(self.context)
                    self._taken = mark
                    log.info("certificate taken up")
            except OSError as error:
                log.warning("certificate not taken up", error=str(error))

    def _load(self, context: ssl.SSLContext) -> ssl.SSLContext:
        context.load_cert_chain(*self._files)
        return context

    def _mark(self) -> list[tuple[int, int]]:
        return [((told := file.stat()).st_ino, told.st_mtime_ns) for file in self._files]


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
