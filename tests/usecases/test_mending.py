"""`check --fix`: what needs no judgement is mended as one batch that can be undone, once; the rest stays a finding."""

from datetime import timedelta
from typing import Any

import pytest
import shapely
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Batch, GateVersion, GridVersion, SiteVersion, UnitVersion, Versioned
from gridgov.storage.models.base import located
from gridgov.storage.versions import attributes, version_models
from gridgov.usecases import checking, mending
from gridgov.usecases.findings import Ground
from gridgov.usecases.importing import undo
from tests import cases
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()
BOW = shapely.Polygon([(600, 300), (700, 400), (700, 300), (600, 400)])


@pytest.fixture
def session(town: Session) -> Session:
    """A session on the small district."""
    return town


def kinds(session: Session, at: At = AT) -> set[tuple[str, str]]:
    return {(finding.kind, finding.subject) for finding in checking.check(session, at, EVERYTHING)}


def unit(session: Session, code: str, at: At = AT) -> UnitVersion:
    session.flush()
    session.expire_all()
    return session.scalars(current(UnitVersion, at, EVERYTHING).where(UnitVersion.code == code)).one()


def state(session: Session) -> set[str]:
    """Return all that stands, each thing in words."""
    session.flush()
    session.expire_all()
    standing: list[Versioned] = [
        version for model in version_models() for version in session.scalars(select(model)) if not version.superseded_by
    ]
    return {repr((type(each).__name__, each.valid_from, each.valid_to, sorted(said(each)))) for each in standing}


def said(version: Versioned) -> list[tuple[str, Any]]:
    return [(name, getattr(value, "wkt", str(value))) for name, value in attributes(version).items()]


def place(session: Session, code: str, shape: shapely.Polygon, model: Any = UnitVersion) -> None:
    """Put a shape in its version as it is, as an editor of old would have."""
    moved = shapely.transform(shape, lambda xy: [cases.degrees(x, y) for x, y in xy])
    session.execute(update(model).where(model.code == code).values(**located(moved)))


def spiked(x: float, y: float) -> shapely.Polygon:
    """A rectangle with a spike that goes out and back on itself: invalid, and its area is known all the same."""
    return shapely.Polygon([(x, y), (x + 20, y), (x + 20, y + 10), (x + 10, y + 10), (x + 10, y + 15), (x + 10, y + 10),
                            (x, y + 10)])  # fmt: skip


def test_nothing_is_mended_where_nothing_is_wrong(session: Session) -> None:
    before = state(session)
    assert mending.plan(Ground(session, AT, EVERYTHING)) == []
    assert mending.mend(session, AT) == mending.Mended(None, [])
    assert state(session) == before
    assert "fix" not in set(session.scalars(select(Batch.kind)))


@pytest.mark.parametrize(
    ("model", "code"), [(UnitVersion, "B1"), (GridVersion, "420503001001001"), (SiteVersion, "K1")]
)
def test_a_shape_is_repaired_where_its_area_stays(session: Session, model: Any, code: str) -> None:
    shape = spiked(100, 100) if model is UnitVersion else spiked(400, 30)
    place(session, code, shape, model)
    assert ("geometry_invalid", code) in kinds(session)
    (mended,) = mending.mend(session, AT).mends
    assert (mended.kind, mended.subject, mended.params["name"] != "") == ("geometry_invalid", code, True)
    session.flush()
    session.expire_all()
    repaired = session.scalars(current(model, AT, EVERYTHING).where(model.code == code)).one()
    assert repaired.geometry.is_valid
    assert repaired.geometry.geom_type == "Polygon"
    assert shapely.box(*repaired.geometry.bounds).equals_exact(
        shapely.box(repaired.min_x, repaired.min_y, repaired.max_x, repaired.max_y), 1e-12
    )
    assert repaired.valid_from == cases.DAY
    assert ("geometry_invalid", code) not in kinds(session)


def test_a_shape_whose_repair_changes_it_stays_a_finding(session: Session) -> None:
    place(session, "C2", BOW)
    assert mending.mend(session, AT).mends == []
    assert ("geometry_invalid", "C2") in kinds(session)


@pytest.mark.parametrize("untidy", [" G1", "G1\t", "Ｇ１"])
def test_codes_lose_blanks_and_full_width_digits_only(session: Session, untidy: str) -> None:
    session.execute(update(GateVersion).values(code=untidy))
    mended = mending.mend(session, AT).mends
    session.flush()
    session.expire_all()
    now = set(session.scalars(current(GateVersion, AT, EVERYTHING).with_only_columns(GateVersion.code)))
    assert now == {"Ｇ1" if untidy == "Ｇ１" else "G1"}
    assert [(each.kind, each.params["old"], each.params["new"]) for each in mended] == [
        ("code_untidy", untidy, next(iter(now)))
    ]
    assert kinds(session) == set()


def test_a_code_that_another_has_is_left_to_people(session: Session) -> None:
    session.execute(update(UnitVersion).where(UnitVersion.code == "B2").values(code="B1 "))
    assert mending.mend(session, AT).mends == []
    assert kinds(session) == {("code_untidy", "B1 ")}


def test_two_codes_that_would_become_one_are_left_to_people(session: Session) -> None:
    session.execute(update(UnitVersion).where(UnitVersion.code == "B1").values(code=" B7"))
    session.execute(update(UnitVersion).where(UnitVersion.code == "B2").values(code="B7 "))
    assert mending.mend(session, AT).mends == []


def test_a_recorded_parent_follows_the_code_and_the_place(session: Session) -> None:
    session.execute(
        update(UnitVersion).where(UnitVersion.code == "420503001002").values(parent_code="420503009", orphan=True)
    )
    assert ("code_contradicts", "420503001002") in kinds(session)
    assert {mended.kind for mended in mending.mend(session, AT).mends} == {"code_contradicts"}
    now = unit(session, "420503001002")
    assert (now.parent_code, now.orphan) == ("420503001", False)
    assert kinds(session) == set()


def test_a_code_that_contradicts_where_it_hangs_is_left_to_people(session: Session) -> None:
    session.execute(update(UnitVersion).where(UnitVersion.code == "420503001").values(code="420503009"))
    assert mending.mend(session, AT).mends == []


@pytest.mark.parametrize(
    ("told", "parent", "orphan"),
    [("C2", "C2", False), ("nowhere", "C1", True), (None, "C1", True)],
)
def test_an_orphan_is_hung_where_told_or_covered(session: Session, told: str | None, parent: str, orphan: bool) -> None:
    values = {"parent_id": None, "parent_code": told, "orphan": True}
    session.execute(update(UnitVersion).where(UnitVersion.code == "B2").values(**values))
    later = At(cases.DAY + timedelta(days=5))
    (mended,) = mending.mend(session, later).mends
    assert (mended.kind, mended.subject) == ("orphan", "B2")
    now = unit(session, "B2", later)
    assert (now.parent_id, now.orphan, now.valid_from) == (unit(session, parent).unit_id, orphan, later.day)
    assert unit(session, "B2").parent_id is None
    assert mending.mend(session, later).mends == []


def test_an_orphan_that_nothing_covers_stays_one(session: Session) -> None:
    place(session, "B3", shapely.box(3000, 3000, 3010, 3010))
    session.execute(
        update(UnitVersion).where(UnitVersion.code == "B3").values(parent_id=None, orphan=True, parent_code=None)
    )
    assert mending.mend(session, AT).mends == []
    assert ("orphan", "B3") in kinds(session)


def everything_wrong(session: Session) -> None:
    place(session, "B1", spiked(100, 100))
    session.execute(update(UnitVersion).where(UnitVersion.code == "B1").values(code=" B1"))
    session.execute(update(UnitVersion).where(UnitVersion.code == "C2").values(code="C2 "))
    session.execute(
        update(UnitVersion).where(UnitVersion.code == "B3").values(parent_id=None, orphan=True, parent_code="C2")
    )
    session.execute(
        update(UnitVersion).where(UnitVersion.code == "420503001002").values(parent_id=None, parent_code="420503009")
    )


def test_all_at_once_is_one_batch_that_is_undone_as_a_whole(session: Session) -> None:
    everything_wrong(session)
    before, planned = state(session), mending.plan(Ground(session, AT, EVERYTHING))
    assert state(session) == before
    done = mending.mend(session, AT)
    assert {(each.kind, each.subject) for each in planned} <= {(each.kind, each.subject) for each in done.mends}
    # what is known only once a code is tidy, or a unit hung, comes in further rounds of the same batch
    assert {each.kind for each in done.mends} == {"geometry_invalid", "code_untidy", "orphan", "code_contradicts"}
    assert (unit(session, "B3").parent_id, unit(session, "B3").orphan) == (unit(session, "C2").unit_id, False)
    assert kinds(session) == set()
    batch = session.get_one(Batch, done.batch)
    assert (batch.kind, batch.counts["changed"]) == ("fix", len({(each.thing, each.identity) for each in done.mends}))
    assert mending.mend(session, AT) == mending.Mended(None, [])
    undo(session, batch.id)
    assert state(session) == before
