"""Durable jobs of `worker`: kept in PostgreSQL by procrastinate, run at their time, once, whatever dies in between."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

import procrastinate
import psycopg
import psycopg_pool
import structlog
from procrastinate import exceptions
from procrastinate.jobs import Status

import dialplans
from centre import checksums
from centre.setup.certificates import renew
from config.settings import Settings
from crm_core.services import sweeps
from crm_core.storage.engine import engine
from ivr.prompts.catalogue import slips
from ivr.prompts.changed import Speaking, render_changed
from ivr.prompts.engines import SpeechError

log = structlog.get_logger()

AWAY = (exceptions.ConnectorException, psycopg.Error, psycopg_pool.PoolTimeout, OSError)
"""What is raised while the database is away."""
PAUSE = 5.0
"""Seconds between two attempts to reach it."""
LONGEST_LOG = 20_000_000
"""Bytes of Asterisk's log after which it begins a new one."""
STOPPING = 2.0
"""Seconds that a job has to end by itself when the process is told to stop; then it is cancelled, and done later."""
KEPT_HOURS = 24
"""How long a job that went well is remembered."""


def app(settings: Settings, speaking: Speaking) -> procrastinate.App:
    """Those of the queue `node-NAME` are about files of this node; those of `house` are done once for all nodes."""
    connector = procrastinate.PsycopgConnector(conninfo=settings.database, min_size=1, max_size=3, timeout=5.0)
    jobs = procrastinate.App(connector=connector)
    node, speech, renewing = _own(settings), f"speech-{settings.node}", f"renew-certificates-{settings.node}"
    checking = _checking(settings)

    @jobs.periodic(cron="*/5 * * * *")
    @jobs.task(name=f"render-prompts-{settings.node}", queue=node, lock=speech, queueing_lock=speech)
    async def render_prompts(timestamp: int) -> None:
        """Speak the texts that were changed, and take up new recordings."""
        for slip in await asyncio.to_thread(slips, settings.data):
            log.warning("changed texts not used", error=slip)
        try:
            spoken = await render_changed(settings, speaking)
        except SpeechError as error:
            # The old sound is heard meanwhile; the next round tries again.
            log.warning("prompts not spoken", error=str(error))
        else:
            if spoken:
                log.info("prompts spoken", count=spoken)

    @jobs.periodic(cron="23 * * * *")
    @jobs.task(name="sweep", queue="house", queueing_lock="sweep")
    async def sweep(timestamp: int) -> None:
        """Close drafts that nobody completed, and throw away what is old."""
        database = engine(settings.database, connections=1, statement_seconds=60.0)
        try:
            abandoned = await sweeps.draft_sweep(database)
            await sweeps.forget_old(database)
        finally:
            await database.dispose()
        if abandoned:
            log.info("drafts abandoned", count=len(abandoned))

    @jobs.periodic(cron="41 * * * *")
    @jobs.task(name=f"put-logs-aside-{settings.node}", queue=node, queueing_lock=f"put-logs-aside-{settings.node}")
    async def put_logs_aside(timestamp: int) -> None:
        """Our own processes turn their logs themselves; Asterisk is told to."""
        file = settings.asterisk / "log" / "messages.log"
        if file.exists() and file.stat().st_size > LONGEST_LOG:
            await asyncio.to_thread(dialplans.rotate_log, settings)
        # Asterisk opens this file anew for every event; `line` reads the rest of the one before.
        events = settings.asterisk / "log" / "cel.csv"
        if events.exists() and events.stat().st_size > LONGEST_LOG:
            events.replace(events.with_name("cel.csv.1"))

    @jobs.periodic(cron="7 * * * *")
    @jobs.task(name=renewing, queue=node, queueing_lock=renewing)
    async def renew_certificates(timestamp: int) -> None:
        """A centre runs for years without an `up`: certificates near their end, or of other names, are made anew."""
        await asyncio.to_thread(renew, settings)

    @jobs.periodic(cron="47 1 * * *")
    @jobs.task(name=checking, queue=node, queueing_lock=checking)
    async def check_recordings(timestamp: int) -> None:
        """Compare those whose turn it is with their checksums; also by day, where the centre was off at night."""
        database = engine(settings.database, connections=1, statement_seconds=60.0)
        try:
            count = await checksums.check(settings, database)
        finally:
            await database.dispose()
        log.info("recordings checked", count=count)

    @jobs.periodic(cron="17 3 * * *")
    @jobs.task(name="forget-old-jobs", queue="house", queueing_lock="forget-old-jobs")
    async def forget_old_jobs(timestamp: int) -> None:
        await jobs.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS, include_failed=False)

    @jobs.periodic(cron="* * * * *")
    @jobs.task(name="take-up-stalled-jobs", queue="house", queueing_lock="take-up-stalled-jobs")
    async def take_up_stalled_jobs(timestamp: int) -> None:
        """A worker that was killed leaves its jobs, and their locks, as if it still worked on them."""
        for job in await jobs.job_manager.get_stalled_jobs():
            try:
                await jobs.job_manager.retry_job(job)
                log.info("taken up again", job=job.task_name)
            except exceptions.UniqueViolation:  # the next one of its kind waits already
                await jobs.job_manager.finish_job(job, Status.FAILED, delete_job=False)

    return jobs


async def catch_up(settings: Settings, jobs: procrastinate.App) -> None:
    """Have recordings checked today where the centre was off at their hour."""
    if checksums.is_due(settings):
        with contextlib.suppress(exceptions.AlreadyEnqueued):
            await jobs.tasks[_checking(settings)].defer_async(timestamp=int(time.time()))


def _own(settings: Settings) -> str:
    """The queue of the jobs about this node's files."""
    return f"node-{settings.node}"


def _checking(settings: Settings) -> str:
    return f"check-recordings-{settings.node}"


async def run(settings: Settings, speaking: Speaking) -> None:
    """Run jobs until cancelled. With the database away they wait; calls do not notice."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    while True:
        jobs = app(settings, speaking)
        try:
            async with jobs.open_async():
                if not await jobs.check_connection_async():
                    await jobs.schema_manager.apply_schema_async()
                await catch_up(settings, jobs)
                await jobs.run_worker_async(
                    queues=["house", _own(settings)],
                    name=settings.node,
                    concurrency=2,
                    # No job is in a hurry, and listening wakes the process ten times a second.
                    listen_notify=False,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=STOPPING,
                )
        except AWAY as error:
            log.warning("jobs wait for the database", error=str(error).splitlines()[0] if str(error) else repr(error))
        await asyncio.sleep(PAUSE)
