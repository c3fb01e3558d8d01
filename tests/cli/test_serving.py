"""The worker beside the pages: begun again when it is killed, ended with the server."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gridgov.jobs.queue import Queue
from gridgov.settings import Settings
from tests.databases import Databases

PATIENCE = 240.0  # two processes begin one after the other, on machines as busy as they are
COMMAND = [sys.executable, "-c", "from gridgov.cli import main; main()"]


@pytest.fixture
def city(databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    with databases.copy("sqlite", "empty") as url:
        yield Settings(instance=tmp_path, database_url=url, secret_key="0" * 64)


@pytest.fixture
def server(city: Settings) -> Iterator[subprocess.Popen[bytes]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    own = {"GRIDGOV_INSTANCE": str(city.instance), "GRIDGOV_DATABASE_URL": city.database_url, "LANGUAGE": "en"}
    words = [*COMMAND, "serve", "--workers", "1", "--port", port]
    with (
        (city.instance / "told").open("wb") as file,
        subprocess.Popen(words, env=os.environ | own, stderr=file) as process,
    ):
        yield process
        process.kill()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are found in /proc")
def test_a_worker_that_is_killed_is_begun_again_and_ends_with_the_server(
    server: subprocess.Popen[bytes], city: Settings
) -> None:
    queue = Queue(city.jobs_address)
    until(lambda: bool(workers(server.pid)) and queue.heard())
    (first,) = workers(server.pid)
    os.kill(first, signal.SIGKILL)
    until(lambda: workers(server.pid) not in ([], [first]) and queue.heard())
    (second,) = workers(server.pid)
    assert "ended unasked" in (city.instance / "told").read_text(encoding="utf-8")
    queue.close()
    server.send_signal(signal.SIGTERM)
    assert server.wait(PATIENCE) == 0
    until(lambda: not Path(f"/proc/{second}").exists())


def workers(parent: int) -> list[int]:
    """Return the children of a process that are workers, and live."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, above = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it ended meanwhile
            continue
        if int(above) == parent and state != "Z" and b"worker" in words:
            found.append(int(folder.name))
    return found


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)
