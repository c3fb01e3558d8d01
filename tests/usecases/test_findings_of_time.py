"""Findings that come with time: parents that stand no longer, data long not loaded."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridgov.errors import GridgovError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Batch, UnitVersion
from gridgov.storage.versions import undo
from gridgov.usecases import checking, provenance
from gridgov.wording import sentence
from tests import cases
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()


def test_a_parent_that_stands_no_longer(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    later = cases.DAY + timedelta(days=10)
    session.execute(update(UnitVersion).where(UnitVersion.code == "C2").values(valid_to=later))
    assert not [finding for finding in checking.check(session, AT, EVERYTHING) if finding.kind == "parent_gone"]
    (found,) = [each for each in checking.check(session, At(later), EVERYTHING) if each.kind == "parent_gone"]
    assert (found.severity, found.subject, found.params["told"]) == ("warning", "B3", "C2")
    told = sentence(GridgovError("finding_parent_gone", subject=found.subject, **found.params), "en")
    assert told.startswith("1栋: its parent “C2”")


def test_a_parent_outside_the_askers_area_is_not_gone(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    number = session.scalar(select(UnitVersion.unit_id).where(UnitVersion.code == "C2"))
    found = checking.check(session, AT, Scope.of({number or 0}))
    assert "parent_gone" not in {finding.kind for finding in found}


def stale(session: Session, day: At) -> dict[str, int]:
    found = checking.check(session, day, EVERYTHING)
    return {finding.subject: finding.params["days"] for finding in found if finding.kind == "stale"}


def test_an_undone_batch_makes_nothing_fresh(session: Session, tmp_path: Path) -> None:
    files = cases.district(tmp_path)
    files.load(session)
    old = datetime(2024, 1, 1, tzinfo=UTC)
    session.execute(update(Batch).values(created_at=old))
    assert "units" in stale(session, AT)
    files.rows["units"][0]["name"] = "学院路街道"
    fresh = files.bring(session, "units").batch or 0
    session.execute(update(Batch).where(Batch.id == fresh).values(created_at=datetime(2026, 3, 1, tzinfo=UTC)))
    assert "units" not in stale(session, AT)
    undo(session, fresh)
    assert "units" in stale(session, AT)


@pytest.mark.parametrize("hours", [-8, 0, 8])
def test_a_time_is_read_in_its_own_zone(hours: int) -> None:
    written = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert provenance._in_utc(written.astimezone(timezone(timedelta(hours=hours)))) == written
    assert provenance._in_utc(written.replace(tzinfo=None)) == written
