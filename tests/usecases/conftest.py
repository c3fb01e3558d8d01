"""What use-case tests share: the day they speak of, and runs of a rule pack of their own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.standards import RulePack
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Run
from gridgov.usecases import covering, deployment, reading_runs
from tests import cases

Runs = Callable[..., Run]
AT = At(cases.DAY)


@pytest.fixture
def run_with(session: Session, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Run coverage on the session's data by a rule pack that stands in no folder of packs."""

    def run(pack: RulePack, at: At = AT) -> Run:
        return run_by(session, pack, monkeypatch, at)

    return run


def run_by(session: Session, pack: RulePack, monkeypatch: pytest.MonkeyPatch, at: At = AT) -> Run:
    """Run coverage by a rule pack that stands in no folder of packs."""
    monkeypatch.setattr(deployment, "pack", lambda _session, _name=None: pack)
    deployment.keep(session, "pack", pack.id)
    return covering.run(session, at)


@pytest.fixture
def verdicts(session: Session, run_with: Runs, tmp_path: Path) -> Callable[..., dict[str, dict[str, Any]]]:
    """Load files, run a pack of one row, and return `show --level demand` by the demand's code."""

    def decide(files: cases.Files, **row: Any) -> dict[str, dict[str, Any]]:
        files.load(session)
        run = run_with(cases.pack(tmp_path, **row))
        return {told["demand"]: told for told in reading_runs.show(session, run, "demand", Scope.everything())}

    return decide
