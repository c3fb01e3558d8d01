"""A `gridgov` to call: in an instance folder of its own, in English."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gridgov.cli import main
from tests import cases
from tests.databases import Databases

Gridgov = Callable[..., Result]
Answer = Callable[..., Any]
Refused = Callable[..., str]


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty instance folder that the environment names."""
    folder = tmp_path / "instance"
    monkeypatch.setenv("GRIDGOV_INSTANCE", str(folder))
    monkeypatch.setenv("GRIDGOV_LANGUAGE", "en")
    for name in ("GRIDGOV_DATABASE_URL", "GRIDGOV_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def gridgov(instance: Path) -> Gridgov:  # noqa: ARG001 - the commands find it by the environment
    """Call a command; an exception that isn't told in one line fails the test."""

    def call(*words: object, code: int = 0) -> Result:
        result = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return call


@pytest.fixture
def begun(instance: Path, databases: Databases) -> None:
    """The database as `gridgov init` leaves it."""
    _stand(databases, "empty", instance)


@pytest.fixture
def loaded(instance: Path, databases: Databases, tmp_path: Path) -> cases.Files:
    """The database with the small district in it, and the district's rows."""
    _stand(databases, "town", instance)
    return cases.district(tmp_path)


@pytest.fixture
def answer(gridgov: Gridgov) -> Answer:
    """Call a command with `--format json` and return what it answers."""

    def ask(*words: object, code: int = 0) -> Any:
        return json.loads(gridgov(*words, "--format", "json", code=code).stdout)

    return ask


@pytest.fixture
def refused(gridgov: Gridgov) -> Refused:
    """Call a command that must end with exit status 2 and one line, and return the line."""

    def call(*words: object) -> str:
        result = gridgov(*words, code=2)
        lines = [line for line in result.stderr.splitlines() if line.startswith("gridgov: ")]
        assert len(lines) == 1, result.stderr
        assert result.stderr.splitlines()[-1] == lines[0]
        assert "{" not in lines[0]
        assert " " in lines[0].removeprefix("gridgov: ") or "。" in lines[0]
        return lines[0]

    return call


def _stand(databases: Databases, template: str, instance: Path) -> None:
    instance.mkdir()
    with databases.copy("sqlite", template) as url:
        shutil.copyfile(url.removeprefix("sqlite:///"), instance / "gridgov.sqlite")
