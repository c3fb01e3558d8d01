"""Writing versions: add, revise, end, undo; on both engines."""

from datetime import date, timedelta

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, NotFoundError
from gridgov.storage import filling
from gridgov.storage.models import Batch, Gate, GateVersion, Unit, UnitVersion, located
from gridgov.storage.versions import (
    Revision,
    add_identities,
    add_versions,
    attributes,
    open_batch,
    revise,
    undo,
    version_models,
)
from tests.storage.things import (
    AUTUMN,
    SPRING,
    SUMMER,
    WINTER,
    add_unit,
    history,
    named,
    rename,
    standing,
    unit_row,
)


def town(session: Session) -> tuple[int, Batch]:
    batch = open_batch(session, "units", ["a.csv"], "digest")
    return add_unit(session, batch, "street", "420503001", name="old"), batch


def test_a_batch_says_what_it_is(session: Session) -> None:
    batch = open_batch(session, "units", ["a.csv", "b.csv"], "digest")
    session.commit()
    kept = session.get(Batch, batch.id, populate_existing=True)
    assert (kept.kind, kept.files, kept.digest, kept.undoes) == ("units", ["a.csv", "b.csv"], "digest", None)


def test_identities_come_back_in_the_order_given(session: Session) -> None:
    ids = add_identities(session, Unit, [{"level": level} for level in ("street", "community", "street")])
    levels = dict(session.execute(select(Unit.id, Unit.level)).all())
    assert [levels[number] for number in ids] == ["street", "community", "street"]
    assert add_identities(session, Unit, []) == []


def test_added_versions_hold_from_their_first_day(session: Session) -> None:
    town(session)
    assert named(session, SPRING) == ["old"]
    assert named(session, SPRING - timedelta(days=1)) == []


def test_revised_from_the_middle_the_past_is_kept(session: Session) -> None:
    unit, first = town(session)
    second = rename(session, unit, "new", SUMMER)
    assert history(session, unit) == [(SPRING, SUMMER, "old"), (SUMMER, None, "new")]
    assert [named(session, day) for day in (SPRING, SUMMER - timedelta(days=1), SUMMER)] == [["old"], ["old"], ["new"]]
    assert named(session, SUMMER, first.id) == ["old"]
    assert named(session, SUMMER, second.id) == ["new"]


@pytest.mark.parametrize("day", [SPRING, SPRING - timedelta(days=30)])
def test_revised_from_its_start_or_before_nothing_old_is_left(session: Session, day: date) -> None:
    unit, _ = town(session)
    rename(session, unit, "new", day)
    assert history(session, unit) == [(day, None, "new")]


def test_a_revision_with_an_end_ends_there(session: Session) -> None:
    unit, _ = town(session)
    rename(session, unit, "new", SUMMER, AUTUMN)
    assert history(session, unit) == [(SPRING, SUMMER, "old"), (SUMMER, AUTUMN, "new")]
    assert named(session, AUTUMN) == []


def test_a_revision_keeps_the_end_it_finds(session: Session) -> None:
    batch = open_batch(session, "units")
    unit = add_unit(session, batch, "street", "S", name="old", valid_to=WINTER)
    rename(session, unit, "new", SUMMER)
    assert history(session, unit) == [(SPRING, SUMMER, "old"), (SUMMER, WINTER, "new")]


def test_ended_it_is_gone_from_that_day(session: Session) -> None:
    unit, _ = town(session)
    rename(session, unit, None, SUMMER)
    assert history(session, unit) == [(SPRING, SUMMER, "old")]
    assert named(session, SUMMER) == []


def test_ended_on_its_first_day_it_never_was(session: Session) -> None:
    unit, first = town(session)
    rename(session, unit, None, SPRING)
    assert history(session, unit) == []
    assert named(session, SPRING, first.id) == ["old"]


def test_a_revision_keeps_what_it_does_not_change(session: Session) -> None:
    batch = open_batch(session, "units")
    unit = add_unit(session, batch, "street", "S", name="old", people=300.0, office_phone="0717")
    before = attributes(standing(session, unit))
    rename(session, unit, "new", SPRING)
    assert attributes(standing(session, unit)) == before | {"name": "new"}


def test_undo_restores_what_a_batch_replaced(session: Session) -> None:
    unit, first = town(session)
    second = rename(session, unit, "new", SUMMER)
    taken = undo(session, second.id)
    assert (taken.kind, taken.undoes) == ("undo", second.id)
    assert taken.counts == {"ended": 2, "restored": 1}
    assert history(session, unit) == [(SPRING, None, "old")]
    assert named(session, SUMMER, second.id) == ["new"]
    assert named(session, SUMMER, first.id) == ["old"]


def test_what_a_batch_wrote_and_replaced_itself_never_comes_back(session: Session) -> None:
    first = open_batch(session, "units")
    old, later = add_unit(session, first, "street", "S1", name="first"), open_batch(session, "fix")
    new = add_unit(session, later, "street", "S2", name="new")
    for name in ("second", "third"):
        for unit in (old, new):
            revise(session, UnitVersion, later.id, [Revision(standing(session, unit), SPRING, {"name": name})])
    assert named(session, SUMMER) == ["third", "third"]
    undo(session, later.id)
    assert named(session, SUMMER) == ["first"]


def test_undo_of_the_first_batch_leaves_nothing(session: Session) -> None:
    unit, first = town(session)
    undo(session, first.id)
    assert history(session, unit) == []
    assert named(session, SPRING, first.id) == ["old"]


def test_undo_after_undo_goes_back_step_by_step(session: Session) -> None:
    unit, first = town(session)
    second, third = rename(session, unit, "new", SUMMER), rename(session, unit, "newest", AUTUMN)
    undo(session, third.id)
    assert history(session, unit) == [(SPRING, SUMMER, "old"), (SUMMER, None, "new")]
    undo(session, second.id)
    assert history(session, unit) == [(SPRING, None, "old")]
    undo(session, first.id)
    assert history(session, unit) == []
    assert named(session, AUTUMN, third.id) == ["newest"]


def test_undo_of_an_undo_is_a_redo(session: Session) -> None:
    unit, _ = town(session)
    second = rename(session, unit, "new", SUMMER)
    taken = undo(session, second.id)
    undo(session, taken.id)
    assert history(session, unit) == [(SPRING, SUMMER, "old"), (SUMMER, None, "new")]


def test_redone_it_can_be_taken_back_again(session: Session) -> None:
    unit, _ = town(session)
    second = rename(session, unit, "new", SUMMER)
    redone = undo(session, undo(session, second.id).id)
    undo(session, redone.id)
    assert history(session, unit) == [(SPRING, None, "old")]


def test_what_a_later_batch_changed_is_not_taken_back(session: Session) -> None:
    unit, first = town(session)
    second = rename(session, unit, "new", SUMMER)
    with pytest.raises(ConflictError) as refused:
        undo(session, first.id)
    assert refused.value.code == "batch_built_upon"
    assert refused.value.params == {"batch": first.id, "later": ((second.id, second.kind, tuple(second.files)),)}
    assert history(session, unit) == [(SPRING, SUMMER, "old"), (SUMMER, None, "new")]


def test_what_a_later_batch_hangs_on_is_not_taken_back(session: Session) -> None:
    unit, first = town(session)
    later = open_batch(session, "gates")
    (gate,) = add_identities(session, Gate, [{}])
    row = {"gate_id": gate, "code": "G", "name": None, "unit_id": unit, "state": "open", "hours": None}
    add_versions(session, GateVersion, later.id, [row | located(None) | {"valid_from": SPRING, "valid_to": None}])
    with pytest.raises(ConflictError, match="batch_built_upon"):
        undo(session, first.id)
    undo(session, later.id)
    undo(session, first.id)
    assert history(session, unit) == []


def test_a_child_in_the_same_batch_goes_with_its_parent(session: Session) -> None:
    batch = open_batch(session, "units")
    street = add_unit(session, batch, "street", "S")
    add_unit(session, batch, "community", "C", parent_id=street)
    undo(session, batch.id)
    assert named(session, SPRING) == []


def test_a_batch_is_taken_back_once_and_only_if_there_is_one(session: Session) -> None:
    _, first = town(session)
    undo(session, first.id)
    with pytest.raises(ConflictError, match="batch_undone"):
        undo(session, first.id)
    with pytest.raises(NotFoundError, match="batch_unknown"):
        undo(session, 4_711)


def test_standing_versions_of_one_thing_may_not_overlap(session: Session) -> None:
    unit, first = town(session)
    session.commit()
    with pytest.raises(IntegrityError, match="overlap"):
        add_versions(session, UnitVersion, first.id, [unit_row(unit, "street", "S", valid_from=AUTUMN)])
    session.rollback()
    assert history(session, unit) == [(SPRING, None, "old")]


def test_the_day_one_ends_the_next_may_begin(session: Session) -> None:
    unit, first = town(session)
    rename(session, unit, None, SUMMER)
    add_versions(session, UnitVersion, first.id, [unit_row(unit, "street", "S", valid_from=SUMMER)])
    assert [start for start, _, _ in history(session, unit)] == [SPRING, SUMMER]


@pytest.mark.parametrize("change", [{"valid_to": None}, {"valid_from": SPRING}, {"superseded_by": None}])
def test_no_update_makes_them_overlap_either(session: Session, change: dict[str, object]) -> None:
    unit, first = town(session)
    rename(session, unit, "new", SUMMER)
    session.commit()
    told = UnitVersion.__table__.update().where(UnitVersion.unit_id == unit)
    rows = {
        "valid_to": UnitVersion.name == "old",
        "valid_from": UnitVersion.name == "new",
        "superseded_by": UnitVersion.batch_id == first.id,
    }
    with pytest.raises(IntegrityError):
        session.execute(told.where(rows[next(iter(change))]).values(**change))


def test_a_period_that_ends_before_it_begins_is_refused_by_the_database(session: Session) -> None:
    batch = open_batch(session, "units")
    with pytest.raises(IntegrityError):
        add_unit(session, batch, "street", "S", valid_from=SUMMER, valid_to=SPRING)


def test_what_is_not_there_cannot_be_hung_on(session: Session) -> None:
    add_unit(session, open_batch(session, "units"), "community", "C")
    with pytest.raises(IntegrityError):
        session.execute(UnitVersion.__table__.update().values(parent_id=999))


def test_more_versions_than_a_statement_may_hold(session: Session) -> None:
    batch = open_batch(session, "units")
    ids = add_identities(session, Unit, [{"level": "building"}] * 1203)
    add_versions(session, UnitVersion, batch.id, [unit_row(unit, "building", f"B{unit}") for unit in ids])
    later = open_batch(session, "units")
    versions = list(session.scalars(select(UnitVersion)))
    revise(session, UnitVersion, later.id, [Revision(version, SUMMER, {"name": "n"}) for version in versions])
    count = select(func.count()).select_from(UnitVersion)
    assert session.scalar(count.where(UnitVersion.superseded_by.is_(None))) == 2406
    undo(session, later.id)
    assert session.scalar(count.where(UnitVersion.superseded_by.is_(None))) == 1203


def test_undone_again_and_again(session: Session) -> None:
    """What was restored twice, by two undos, still belongs to the batch that wrote it first."""
    unit, _ = town(session)
    first = rename(session, unit, "one", SUMMER)
    for name in ("two", "three"):
        undo(session, rename(session, unit, name, SUMMER + timedelta(days=1)).id)
    undo(session, first.id)
    assert {row[2] for row in history(session, unit)} == {"old"}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(["rename", "end", "undo"]), st.none() | st.integers(1, 30)),
        max_size=7,
    )
)
def test_any_past_state_is_reproduced(session: Session, steps: list[tuple[int, str, int | None]]) -> None:
    """Whatever is done later, a day asked about as of a batch answers as it did right after that batch."""
    savepoint = session.begin_nested()
    unit, first = town(session)
    days = [SPRING + timedelta(days=number) for number in range(0, 80, 3)]
    done = [first.id]
    seen = {first.id: [named(session, day) for day in days]}
    for offset, what, length in steps:
        if what == "undo":
            if len(done) < 2:
                continue
            batch = undo(session, done.pop())
        else:
            latest = max(history(session, unit), default=None, key=lambda row: row[0])
            if latest is None:
                continue
            start = max(latest[0] + timedelta(days=1), SPRING + timedelta(days=offset))
            if latest[1] and latest[1] <= start:
                continue
            version = standing(session, unit)
            batch = open_batch(session, "units")
            end = None if length is None or what == "end" else start + timedelta(days=length)
            values = {"name": f"{offset}"} if what == "rename" else None
            revise(session, UnitVersion, batch.id, [Revision(version, start, values, end)])
            done.append(batch.id)
        seen[batch.id] = [named(session, day) for day in days]
    assert {batch: [named(session, day, batch) for day in days] for batch in seen} == seen
    savepoint.rollback()


def test_every_version_model_is_known(session: Session) -> None:
    names = {model.__tablename__ for model in version_models()}
    assert names >= {"unit_version", "gate_version", "contact_version", "network_version", "service_point_version"}
    for model in version_models():
        session.execute(insert(model.__table__).from_select(["id"], select(model.id).where(model.id < 0)))


def test_many_rows_are_refused_as_one_is(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "_PART", 100)  # they go part by part, the last one with a few rows
    batch = open_batch(session, "test")
    ids = add_identities(session, Unit, [{"level": "building"}] * 320)
    shapes = [shapely.box(111 + step / 1000, 30, 111.5, 30.5) for step in range(320)]
    rows = [
        {"unit_id": unit, "level": "building", "code": f"B{unit}", "valid_from": SPRING, "geometry": shape}
        for unit, shape in zip(ids, shapes, strict=True)
    ]
    for wrong in (150, 319):
        with pytest.raises(IntegrityError, match="overlap"), session.begin_nested():
            add_versions(session, UnitVersion, batch.id, [*rows[:wrong], rows[0], *rows[wrong:]])
    add_versions(session, UnitVersion, batch.id, rows)
    written = session.scalars(select(UnitVersion).order_by(UnitVersion.id)).all()
    assert [version.unit_id for version in written] == ids
    assert [(version.min_x, version.min_y, version.max_x, version.max_y) for version in written] == [
        shape.bounds for shape in shapes
    ]
    assert {(version.batch_id, version.orphan, version.name) for version in written} == {(batch.id, False, None)}


def test_many_versions_are_taken_back_as_few_are(session: Session) -> None:
    first = open_batch(session, "test")
    ids = add_identities(session, Unit, [{"level": "building"}] * 1200)
    add_versions(session, UnitVersion, first.id, [unit_row(unit, "building", f"B{unit}") for unit in ids])
    stood = select(UnitVersion).where(UnitVersion.superseded_by.is_(None))
    second = open_batch(session, "test")
    renamed = [Revision(version, SUMMER, {"name": "new"}) for version in session.scalars(stood)]
    revise(session, UnitVersion, second.id, renamed)
    assert undo(session, second.id).counts == {"ended": 2400, "restored": 1200}
    assert {version.name for version in session.scalars(stood)} == {None}
    assert undo(session, first.id).counts == {"ended": 1200, "restored": 0}
    assert session.scalars(stood).all() == []
