"""Logs: one JSON line per step, with the ids of call, case and agent, and never a telephone number."""

from __future__ import annotations

import atexit
import faulthandler
import logging
import logging.handlers
import os
import queue
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

LONGEST = 20_000_000
"""Bytes after which a new file is begun."""
TRACE = signal.SIGUSR1
"""On this signal a process prints what each of its threads is doing."""


class _Rotating(logging.handlers.RotatingFileHandler):
    """Looks at the size of the file; the standard library's formats every line once more to do it."""

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # the standard library's name
        return self.stream is not None and os.fstat(self.stream.fileno()).st_size >= self.maxBytes


class _Queued(logging.handlers.QueueHandler):
    """Hands over the finished line: what it tells of may change before it is written."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        record.msg = self.format(record)
        record.args = record.exc_info = record.exc_text = record.stack_info = None
        return record


def _json(line: Any, default: Callable[[Any], Any], **_: Any) -> str:
    return msgspec.json.encode(line, enc_hook=default).decode()


def log_to(path: Path) -> None:
    """Send this process's structlog and standard-library logs to a file of JSON lines, rotated at 20 MB.

    A thread of its own writes them: no event loop, and no call, waits for a slow disk. Prints a trace on `TRACE`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    handler = _Queued(lines)
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
    listener = logging.handlers.QueueListener(lines, _Rotating(path, maxBytes=LONGEST, backupCount=10))
    listener.start()
    atexit.register(listener.stop)
    faulthandler.register(TRACE)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
