"""An own PostgreSQL server with PostGIS for one test run, on 127.0.0.1 and a port of its own.

The server is the child of a guardian process (this file, run as a program). The guardian stops the server and removes
the run's folder when it is told to, and also once the run that asked for it is gone, however that ended.
"""

import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

OPTIONS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    "synchronous_commit": "off",
    "timezone": "UTC",
    "wal_level": "minimal",
}
SPATIAL = "spatial"


class NoServerError(Exception):
    """PostgreSQL with PostGIS isn't on this machine."""


@dataclass(frozen=True)
class Server:
    """A running server: how to reach it, and the process that guards it."""

    port: int
    password: str
    guardian: int

    def url(self, database: str) -> str:
        """Return the address of one database as gridgov's settings take it."""
        return f"postgresql+psycopg://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements one by one, outside a transaction."""
        with self._connect(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def duplicate(self, source: str, name: str) -> None:
        """Make a database as a copy of another, the quick way where the server knows it."""
        with self._connect("postgres") as connection:
            strategy = "STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {source} {strategy}".encode())

    def stop(self) -> None:
        """Have the guardian end the server, and wait until both are gone."""
        with suppress(ProcessLookupError):
            os.kill(self.guardian, signal.SIGTERM)
        wait_until(lambda: not alive(self.guardian), seconds=30)

    def _connect(self, database: str) -> psycopg.Connection:
        told = f"host=127.0.0.1 port={self.port} user=postgres password={self.password} dbname={database}"
        return psycopg.connect(told, autocommit=True)


def programs() -> Path:
    """Return the folder of the newest server that has PostGIS.

    Debian keeps a server's programs beside its version; an `initdb` on PATH may stand there without a server.
    """
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name), reverse=True)
    told = shutil.which("pg_config")
    if told:
        places.append(Path(_output(told, "--bindir")))
    for place in places:
        if (place / "postgres").exists() and (_extensions(place) / "postgis.control").exists():
            return place
    raise NoServerError("no PostgreSQL server with PostGIS is installed (Debian: postgresql postgresql-postgis)")


def start(folder: Path, owner: int) -> Server:
    """Start a server below the run's folder, guarded until process `owner` ends, with the spatial template made."""
    told = _output(sys.executable, __file__, str(programs()), str(folder), str(owner))
    server = Server(**json.loads(told))
    server.execute(f"CREATE DATABASE {SPATIAL}")
    server.execute("CREATE EXTENSION postgis", "CREATE EXTENSION btree_gist", database=SPATIAL)
    return server


def alive(pid: int) -> bool:
    """Tell whether a process is running."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition, and tell whether it came true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def main(place: str, folder: str, owner: str) -> int:
    """Leave a guardian behind, and print the server it guards once that answers."""
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as told:
            answer = told.read()
        (sys.stdout if answer.startswith("{") else sys.stderr).write(answer)
        return 0 if answer.startswith("{") else 1
    os.close(reader)
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    _guard(Path(place), Path(folder), int(owner), writer)
    return 0


def _extensions(place: Path) -> Path:
    config = place / "pg_config"
    share = _output(str(config), "--sharedir") if config.exists() else f"/usr/share/postgresql/{place.parent.name}"
    return Path(share) / "extension"


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def _guard(place: Path, folder: Path, owner: int, writer: int) -> None:
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda caught, _frame: stopped.append(caught))
    process = None
    try:
        server, process = _launch(place, folder / "postgresql")
        answer = json.dumps(asdict(server))
    except (OSError, RuntimeError, psycopg.Error) as error:
        answer = str(error)
        stopped.append(0)
    with os.fdopen(writer, "w", encoding="utf-8") as told:
        told.write(answer)
    while not stopped and alive(owner) and process and process.poll() is None:
        time.sleep(0.1)
    _end(process)
    shutil.rmtree(folder, ignore_errors=True)


def _launch(place: Path, folder: Path) -> tuple[Server, subprocess.Popen[bytes]]:
    user = _server_user()
    folder.mkdir(mode=0o700)
    password = secrets.token_hex(12)
    (folder / "password").write_text(password, encoding="utf-8")
    if user:
        for path in (folder, folder / "password"):
            shutil.chown(path, user, pwd.getpwnam(user).pw_gid)
    run_as = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    data = folder / "data"
    made = subprocess.run(
        [place / "initdb", "--pgdata", data, "--username=postgres", f"--pwfile={folder / 'password'}",
         "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"],
        capture_output=True, text=True, check=False, cwd=folder, **run_as,
    )  # fmt: skip
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr.strip()}")
    port = _free_port()
    options = [f"-c{name}={value}" for name, value in OPTIONS.items()]
    process = subprocess.Popen(
        [place / "postgres", "-D", data, "-p", str(port), "-k", str(folder), *options],
        stdout=(folder / "log").open("wb"), stderr=subprocess.STDOUT, cwd=folder, **run_as,
    )  # fmt: skip
    server = Server(port, password, os.getpid())
    if not wait_until(lambda: process.poll() is not None or _answers(server), seconds=60) or process.poll() is not None:
        _end(process)
        raise RuntimeError(f"postgres doesn't answer: {(folder / 'log').read_text(encoding='utf-8')}")
    return server, process


def _server_user() -> str | None:
    """Return whom root lends the server to: it refuses to run as root. Anybody else runs it as himself."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(server: Server) -> bool:
    try:
        server.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(20)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
