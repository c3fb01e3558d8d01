"""The worker that runs beside the pages: begun with them, begun again when it ends unasked, ended with them."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from gridgov.cli.console import progress
from gridgov.settings import Settings

_PATIENCE = 10  # seconds for a worker to end
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds before one is begun again; twice as long each time it ends soon
_LASTING = 60.0  # seconds after which one counts as sound
_COMMAND = [sys.executable, "-c", "from gridgov.cli import main; main()", "worker", "--with-parent"]


@contextmanager
def worker_beside(chosen: Settings) -> Iterator[None]:
    """Run a worker as long as this process lives: it ends when the pipe to it does, however this one ends."""
    told = {
        "GRIDGOV_INSTANCE": str(chosen.instance),
        "GRIDGOV_DATABASE_URL": chosen.database_url,
        "GRIDGOV_JOBS_URL": chosen.jobs_address,
    }
    beside, owner = _Beside({**os.environ, **told}), os.getpid()
    try:
        yield
    finally:
        if os.getpid() == owner:  # the server's own processes pass here too
            beside.end()


class _Beside:
    """One worker after the other, each begun when the one before it ended, until told to end."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._ended = threading.Event()
        self._process, self._begun = self._begin()
        self._watch = threading.Thread(target=self._keep, daemon=True)
        self._watch.start()

    def end(self) -> None:
        """End the worker, and begin no other."""
        self._ended.set()
        self._tell_to_end()
        self._watch.join(_PATIENCE)
        if self._watch.is_alive():
            self._process.kill()

    def _begin(self) -> tuple[subprocess.Popen[bytes], float]:
        # In a session of its own: Ctrl+C is for the server, which ends the worker by the pipe.
        begun = subprocess.Popen(  # noqa: S603 - ourselves
            _COMMAND, stdin=subprocess.PIPE, env=dict(self._environment), start_new_session=True
        )
        return begun, time.monotonic()

    def _tell_to_end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _keep(self) -> None:
        """Wait for the worker to end; where nobody asked it to, say so and begin another, later each time."""
        wait = _FIRST_WAIT
        while True:
            self._process.wait()
            if time.monotonic() - self._begun > _LASTING:
                wait = _FIRST_WAIT
            if self._ended.is_set():
                return
            progress("The background worker ended unasked; another is begun in {seconds} s.", seconds=round(wait))
            if self._ended.wait(wait):
                return
            self._process, self._begun = self._begin()
            if self._ended.is_set():  # told so just now, as this one began
                self._tell_to_end()
            wait = min(2 * wait, _LONGEST_WAIT)
