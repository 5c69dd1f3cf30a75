"""Durable jobs of `worker`: kept in PostgreSQL by procrastinate, run at their time, once, whatever dies in between."""

from __future__ import annotations

import asyncio

import procrastinate
import psycopg
import psycopg_pool
import structlog
from procrastinate import exceptions

from config.settings import Settings
from ivr.prompts.changed import render_changed
from ivr.prompts.engines import SpeechError

log = structlog.get_logger()

AWAY = (exceptions.ConnectorException, psycopg.Error, psycopg_pool.PoolTimeout, OSError)
"""What is raised while the database is away."""
PAUSE = 5.0
"""Seconds between two attempts to reach it."""
QUIET_JOB_HOURS = 24


def app(settings: Settings) -> procrastinate.App:
    """The node's jobs. Those of speech are this node's own: its prompt files are."""
    url = settings.database.replace("postgresql+psycopg://", "postgresql://", 1)
    connector = procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=3, timeout=5.0)
    jobs = procrastinate.App(connector=connector)
    speech = f"speech-{settings.node}"

    @jobs.periodic(cron="*/5 * * * *")
    @jobs.task(name=f"render-prompts-{settings.node}", queue=speech, lock=speech, queueing_lock=speech)
    async def render_prompts(timestamp: int) -> None:
        """Speak the texts that were changed, and take up new recordings."""
        try:
            spoken = await render_changed(settings)
        except SpeechError as error:
            # The old sound is heard meanwhile; the next round tries again.
            log.warning("prompts not spoken", error=str(error))
        else:
            if spoken:
                log.info("prompts spoken", count=spoken)

    @jobs.periodic(cron="17 3 * * *")
    @jobs.task(name="forget-old-jobs", queue="house", queueing_lock="forget-old-jobs")
    async def forget_old_jobs(timestamp: int) -> None:
        await jobs.job_manager.delete_old_jobs(nb_hours=QUIET_JOB_HOURS, include_failed=False)

    return jobs


async def run(settings: Settings) -> None:
    """Run jobs until cancelled. With the database away they wait; calls do not notice."""
    while True:
        jobs = app(settings)
        try:
            async with jobs.open_async():
                if not await jobs.check_connection_async():
                    await jobs.schema_manager.apply_schema_async()
                await jobs.run_worker_async(
                    queues=["house", f"speech-{settings.node}"],
                    name=settings.node,
                    concurrency=2,
                    install_signal_handlers=False,
                )
        except AWAY as error:
            log.warning("jobs wait for the database", error=str(error).splitlines()[0] if str(error) else repr(error))
        await asyncio.sleep(PAUSE)
