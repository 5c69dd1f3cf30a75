"""Connections that give up soon: a caller never waits for the database."""

from __future__ import annotations

from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS = 2
STATEMENT_SECONDS = 5.0
POOL_SECONDS = 1.0


def engine(url: str, *, connections: int = 5, statement_seconds: float = STATEMENT_SECONDS) -> AsyncEngine:
    """An engine for one process. `url` is a SQLAlchemy URL (`postgresql://` means psycopg 3).

    Nothing is connected yet. Give `worker` a longer `statement_seconds`. Its errors hold no values: they may be logged.
    """
    milliseconds = int(statement_seconds * 1000)
    made = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=connections,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=True,  # a database that was started again is met by a new connection, not by an error
        pool_recycle=1800,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "centro311",
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": milliseconds,
            "options": (
                f"-c timezone=UTC -c statement_timeout={milliseconds} -c lock_timeout={milliseconds}"
                f" -c idle_in_transaction_session_timeout={milliseconds * 2}"
                # The server too notices within half a minute that this machine is gone, and frees what it held.
                " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
            ),
        },
    )
    event.listen(made.sync_engine, "handle_error", _keep_to_the_sentence)
    return made


def _keep_to_the_sentence(context: ExceptionContext) -> None:
    """PostgreSQL's DETAIL shows rows, and in them telephone numbers: of an error its first line is kept."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])
