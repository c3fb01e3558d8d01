"""`gridgov serve`, `gridgov demo` and `gridgov worker`."""

import os
import socket
import sys
from contextlib import nullcontext
from datetime import date

import click

from gridgov.cli.beside import worker_beside
from gridgov.cli.console import clearly, locale, progress, say, settings, table, today, told
from gridgov.errors import InputError
from gridgov.settings import DEMO_FILE, Settings
from gridgov.spatial.warming import warm_up
from gridgov.storage.database import is_current, open_engine, reading, upgrade, writing
from gridgov.usecases import deployment
from gridgov.wording import term

HOST = "127.0.0.1"


@click.command()
@click.option("--host", default=HOST, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, help="The port to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, help="How many processes answer.")
@click.option("--no-worker", is_flag=True, help="Start no process for background work beside the pages.")
@clearly
def serve(host: str, port: int, workers: int, no_worker: bool) -> None:
    """Serve the pages, and do background work in a process beside them."""
    chosen = settings()
    _require_ready(chosen)
    _require_free(host, port)
    _get_ready()
    with nullcontext() if no_worker else worker_beside(chosen):
        _serve(chosen, host, port, workers)


@click.command()
@click.option("--with-parent", is_flag=True, hidden=True, help="End when standard input is closed.")
@clearly
def worker(with_parent: bool) -> None:
    """Do background work: look at what was uploaded, and import it."""
    from gridgov.jobs.worker import told_to_end, work

    chosen = settings()
    _require_ready(chosen)
    work(chosen, told_to_end(with_input=with_parent))
    os._exit(0)  # what is being done now is left to the next worker: it resumes, or begins anew


@click.command()
@click.option("--size", type=click.Choice(["district", "city"]), default="district", help="How much to invent.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, help="The port to listen on.")
@click.option("--no-serve", is_flag=True, help="Build only.")
@clearly
def demo(size: str, port: int, no_serve: bool) -> None:
    """Build the invented district or city, compute its coverage and serve it on this machine."""
    chosen = settings(demo=True)
    if not no_serve:
        _require_free(HOST, port)
    _prepare(chosen, size, today(None).day)
    _tell_counts(chosen)
    if chosen.database_url == _own_address(chosen):
        say("Other commands read the demo with GRIDGOV_DATABASE_URL={address}", address=chosen.database_url)
    if not no_serve:
        _get_ready()
        with worker_beside(chosen):
            _serve(chosen, HOST, port, 2)


def _own_address(chosen: Settings) -> str:
    """Return the address of the demo's own file; one that was given may hold a password."""
    return f"sqlite:///{chosen.instance / DEMO_FILE}"


def _prepare(chosen: Settings, size: str, day: date) -> None:
    """Build the demo for today where it doesn't stand; one of an earlier day in its own file is built anew."""
    from gridgov.demo import ready

    engine = open_engine(chosen.database_url)
    upgrade(engine)
    with reading(engine) as session:
        standing = ready.found(session)
    if standing == {"size": size, "today": day.isoformat()}:
        return
    own_file = chosen.instance / DEMO_FILE
    if standing is not None and engine.url.database == str(own_file):
        engine.dispose()
        for path in own_file.parent.glob(f"{DEMO_FILE}*"):
            path.unlink()
        upgrade(engine)
    elif standing is not None:
        return
    with writing(engine) as session:
        ready.make_ready(session, size, day, progress=lambda step: progress("Building the demo: {step}", step=step))


def _tell_counts(chosen: Settings) -> None:
    """Say how many of everything the demo holds, and which numbers echo a published one."""
    with reading(open_engine(chosen.database_url)) as session:
        counts = deployment.demo_counts(session)
    table(
        ["What is counted", "Number", "Comes from"],
        [
            (
                term("demo_count", row["count"], locale()),
                row["number"],
                told("published by the programme") if row["published"] else told("invented"),
            )
            for row in counts
        ],
    )


def _require_ready(chosen: Settings) -> None:
    engine = open_engine(chosen.database_url)
    if not is_current(engine):
        raise InputError("database_not_ready", address=engine.url.render_as_string(hide_password=True))
    engine.dispose()


def _get_ready() -> None:
    """Compile the loops before anybody waits, or load them where they are kept; a server's processes share them."""
    say("Getting ready; after an upgrade this takes a minute")
    sys.stdout.flush()
    warm_up()


def _serve(chosen: Settings, host: str, port: int, workers: int) -> None:
    say("Serving on http://{host}:{port}/ (Ctrl+C stops it)", host=host, port=port)
    sys.stdout.flush()
    try:
        from gunicorn.app.base import BaseApplication
    except ImportError:  # Windows: no gunicorn there
        from gridgov.web.wsgi import application

        application(chosen).run(host=host, port=port)
        return

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options = {
                "bind": f"{host}:{port}",
                "workers": workers,
                "threads": 4,
                "worker_class": "gthread",
                "accesslog": None,
                "control_socket_disable": True,
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> object:
            from gridgov.web.wsgi import application

            return application(chosen)

    Server().run()


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError("port_taken", host=host, port=port, reason=error.strerror or str(error)) from error
