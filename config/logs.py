"""Logs: one JSON line per step, with the ids of call, case and agent, and never a telephone number."""

from __future__ import annotations

import logging
import logging.handlers
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

LONGEST = 20_000_000
"""Bytes after which a new file is begun."""


class _Rotating(logging.handlers.RotatingFileHandler):
    """Looks at the size of the file; the standard library's formats every line once more to do it."""

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # the standard library's name
        return self.stream is not None and os.fstat(self.stream.fileno()).st_size >= self.maxBytes


def _json(line: Any, default: Callable[[Any], Any], **_: Any) -> str:
    return msgspec.json.encode(line, enc_hook=default).decode()


def log_to(path: Path) -> None:
    """Send this process's structlog and standard-library logs to a file of JSON lines, rotated at 20 MB."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = _Rotating(path, maxBytes=LONGEST, backupCount=10)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
