"""`gridgov worker`: takes work from the queue until it is told to end, and takes over what dead workers left.

It keeps nothing that matters: ended at any moment, by whatever means, the next one goes on.
"""

import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from gridgov.errors import ConflictError
from gridgov.jobs.places import Places, free, take_first
from gridgov.jobs.queue import NAME, SCHEMA, WORKS, Queue
from gridgov.jobs.work import Bench
from gridgov.settings import Settings
from gridgov.sources.limits import LIMITS, Limits
from gridgov.storage.database import open_engine, writing
from gridgov.usecases import documents, intaking

_ROUND, _TIDY = 1.0, 3600.0  # seconds between looks for dead workers' work, and for imports nobody went on with
_POLLED = 0.5  # seconds between looks for work: two looks a second cost an idle machine 2 % of a core
_UNPACKED = 10
_ATTEMPTS = 3  # work that kills its worker so often isn't begun again


def work(settings: Settings, ended: threading.Event) -> None:
    """Work until told to end; what is being done then is left to whoever comes next, so end the process at once."""
    queue = Queue(settings.jobs_address)
    number, held = take_first(queue.places)
    bench = Bench(open_engine(settings.database_url), queue, _folder(settings.instance, number), limits_of(settings))
    _launch(bench, queue, number)
    tidied = -_TIDY
    while not ended.wait(_ROUND):
        if not queue.places.stands(held):
            raise ConflictError("queue_lost")
        _take_over(queue.places, number)
        if time.monotonic() - tidied > _TIDY:
            tidied = time.monotonic()
            _tidy(bench, settings.instance)
    shutil.rmtree(bench.folder, ignore_errors=True)


def limits_of(settings: Settings) -> Limits:
    """Return what files brought may hold: archives unpack to ten times what may be brought at once, at most."""
    return replace(LIMITS, unpacked=min(LIMITS.unpacked, _UNPACKED * settings.upload_mb * 2**20))


def told_to_end(*, with_input: bool) -> threading.Event:
    """Return what is set when this process is asked to end, or when who started it has: its end of our input closes."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        ended.set()

    if with_input:
        threading.Thread(target=wait, daemon=True).start()
    return ended


def _launch(bench: Bench, queue: Queue, number: int) -> None:
    config: DBOSConfig = {
        "name": NAME,
        "system_database_url": queue.address,
        "dbos_system_schema": SCHEMA,
        "serializer": DBOSPortableJSONSerializer(),
        "application_version": "1",  # what a job is told stays the same from release to release
        "executor_id": str(number),
        "log_level": "ERROR",
        "enable_otlp": False,
    }
    logging.getLogger("dbos").setLevel(logging.ERROR)
    DBOS(config=config)
    for name, done in zip(WORKS, (bench.look, bench.apply, bench.draw), strict=True):
        DBOS.workflow(name=name, max_recovery_attempts=_ATTEMPTS)(_stepped(name, done))
    DBOS.launch()
    for name in WORKS:
        DBOS.register_queue(name, worker_concurrency=1, polling_interval_sec=_POLLED, on_conflict="always_update")


def _stepped(name: str, done: Callable[[str, str], None]) -> Callable[[str, str], None]:
    """Return a workflow of one step: begun again after a crash, and known as done once it is."""

    @DBOS.step(name=f"{name}_step")
    def step(token: str, job: str) -> None:
        done(token, job)

    def workflow(token: str, job: str) -> None:
        step(token, job)

    return workflow


def _take_over(places: Places, own: int) -> None:
    """Put work that a dead worker had begun back into the queue."""
    begun = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    for executor in {one.executor_id for one in begun} - {str(own), None}:
        with free(places, int(str(executor))) as dead:
            if dead:
                DBOS._recover_pending_workflows([str(executor)])


def _tidy(bench: Bench, instance: Path) -> None:
    """Let go of imports nobody went on with, and of what dead workers left in their folders: other people's data."""
    with writing(bench.engine) as session:
        intaking.let_old_go(session, datetime.now(UTC))
        documents.let_old_go(session, datetime.now(UTC))
    for folder in instance.glob("worker-*"):
        number = folder.name.removeprefix("worker-")
        if folder != bench.folder and number.isdecimal():
            with free(bench.queue.places, int(number)) as dead:
                if dead:
                    shutil.rmtree(folder, ignore_errors=True)


def _folder(instance: Path, number: int) -> Path:
    """Return an empty folder for this worker, which nobody else may read."""
    folder = instance / f"worker-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder
