"""Plans are made ready beside the requests of planners, once, and of nobody else."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from flask import Flask

from gridgov.errors import InputError
from gridgov.usecases import planning
from gridgov.web import warming
from tests.databases import TODAY, Databases
from tests.web.conftest import application


@pytest.fixture
def warmed(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """The application as a server makes it."""
    with databases.copy("sqlite", "demo") as url:
        made = application(url, tmp_path, demo=True)
        warming.install(made)
        made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        yield made
        made.extensions["gridgov.engine"].dispose()


def test_a_planners_page_makes_plans_ready(warmed: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    told: Queue[tuple[date, bool]] = Queue()

    def ready(_session: Any, day: date, *, edits: bool) -> None:
        told.put((day, edits))
        raise InputError("no_demand", day=day.isoformat())

    monkeypatch.setattr(warming, "FIRST", 0.0)
    monkeypatch.setattr(planning, "make_ready", ready)
    other, planner = warmed.test_client(), warmed.test_client()
    other.post("/demo", data={"role": "coordinator"})
    planner.post("/demo", data={"role": "planner"})
    for browser, path in ((other, "/"), (other, "/who"), (planner, "/healthz"), (planner, "/who")):
        browser.get(path)
    with pytest.raises(Empty):
        told.get(timeout=0.2)
    for path in ("/planner/siting", "/planner/siting", "/planner/compare"):
        assert planner.get(path).status_code == 200
    assert {told.get(timeout=30), told.get(timeout=30)} == {(TODAY, False), (TODAY, True)}
    with pytest.raises(Empty):
        told.get(timeout=0.2)
