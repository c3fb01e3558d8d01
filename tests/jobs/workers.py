"""Workers as processes of their own, which a test can kill at a moment it chooses; imports brought for them."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

from gridgov.jobs.following import Follower
from gridgov.jobs.queue import Queue
from gridgov.jobs.work import Bench
from gridgov.jobs.worker import work as run
from gridgov.settings import Settings
from gridgov.storage.database import open_engine, reading, writing
from gridgov.usecases import accounts, intaking
from gridgov.usecases.accounts import Grant
from gridgov.usecases.intaking import Asked

PATIENCE = 60.0
PASSWORD = "a long enough password"
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["gridgov.jobs.worker"])


class Yard:
    """A database with its queue, and what a test does to them."""

    def __init__(self, url: str, instance: Path) -> None:
        self.settings = Settings(instance=instance, database_url=url, secret_key="0" * 64)
        self.engine, self.queue = open_engine(url), Queue(self.settings.jobs_address)
        with writing(self.engine) as session:
            self.account = accounts.add(session, "admin", PASSWORD, grants=[Grant("admin")]).id

    def bring(self, name: str, content: bytes, **asked: object) -> str:
        """Bring a file, and return what the import is known by."""
        with writing(self.engine) as session:
            told = Asked(**asked)  # type: ignore[arg-type]
            intake, (upload,) = intaking.begin(session, self.account, [(name, len(content))], told, largest=2**28)
            for number in range(intaking.parts_of(len(content))):
                piece = content[number * intaking.PART : (number + 1) * intaking.PART]
                intaking.add_part(session, intake, upload.id, number, piece)
            return intake.token

    def ask(self, what: str, token: str) -> str:
        """Hand over a look or a writing, and return the job."""
        job = self.queue.new(what)
        with writing(self.engine) as session:
            intake = intaking.by_token(session, token)
            if what == "look":
                intaking.ask_look(session, intake, Asked.of(intake), job)
            else:
                intaking.ask_apply(intake, job)
        self.queue.put(job, token)
        return job

    def look_here(self, token: str) -> None:
        """Look at an import in this very process, as a worker would."""
        job = self.queue.new("look")
        with writing(self.engine) as session:
            intake = intaking.by_token(session, token)
            intaking.ask_look(session, intake, Asked.of(intake), job)
        self.settings.instance.mkdir(exist_ok=True)
        Bench(self.engine, self.queue, self.settings.instance).look(token, job)
        assert self.state(token) == "looked", self.report(token)

    def state(self, token: str) -> str:
        """Return an import's state."""
        with reading(self.engine) as session:
            return intaking.by_token(session, token).state

    def report(self, token: str) -> dict[str, object]:
        """Return what the last look told."""
        with reading(self.engine) as session:
            return dict(intaking.by_token(session, token).report or {})

    def close(self) -> None:
        """Let go of all connections."""
        self.queue.close()
        self.engine.dispose()


@contextmanager
def working(settings: Settings, hang: str | None = None) -> Iterator[BaseProcess]:
    """Run a worker in a process of its own, one that stays where it is at a stage if told; killed at the end."""
    process = _processes.Process(target=_work, args=(settings, hang), daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()


def until(true: Callable[[], bool], what: str) -> None:
    """Wait until something is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.02)


def _work(settings: Settings, hang: str | None) -> None:
    if hang == "done":
        _hang_after()
    elif hang is not None:
        _hang_at(hang)
    run(settings, threading.Event())


def _hang_at(stage: str) -> None:
    told = Follower.__call__

    def follow(self: Follower, name: str, done: int, of: int) -> None:
        told(self, name, done, of)
        if name == stage:
            time.sleep(PATIENCE)

    Follower.__call__ = follow  # type: ignore[method-assign]


def _hang_after() -> None:
    apply = Bench.apply

    def slowly(self: Bench, token: str, job: str) -> None:
        apply(self, token, job)
        self.queue.tell(job, "done", 0, 0)
        time.sleep(PATIENCE)

    Bench.apply = slowly  # type: ignore[method-assign]
