"""Looking before an edit, two editors, the same form twice, areas, and undoing."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, ForbiddenError, GridgovError, NotFoundError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import (
    Batch,
    BranchVersion,
    CadreVersion,
    ContactVersion,
    GateVersion,
    GridVersion,
    PostVersion,
    UnitVersion,
)
from gridgov.storage.models.base import located
from gridgov.usecases import accounts, covering, deployment, editing, history, importing, things
from gridgov.usecases.acts import Change, End, Merge, RefusedError, Split
from gridgov.usecases.dividing import propose_split
from gridgov.usecases.editing import StaleError
from gridgov.usecases.inputs import fingerprint
from tests.cases import DAY
from tests.usecases.by_hand import ALL, THEN, do, halves, here, now, number, refused, rows, standing

# --- looking first, two editors, the same form twice, areas ---------------------------------------------------------


def test_a_look_tells_what_would_change_and_leaves_nothing(town: Session) -> None:
    compound = number(town, "units", "C1")
    before = rows(town)
    look = editing.preview(town, Split("units", compound, THEN, halves()), ALL)
    assert rows(town) == before
    told = {(one.kind, one.what, one.label): {name for name, _, _ in one.fields} for one in look.changes}
    assert told == {
        ("units", "changed", "桂花苑小区"): {"geometry"},
        ("units", "new", "桂花苑东区"): {"code", "name", "parent", "kind", "geometry"},
        ("units", "changed", "2栋"): {"parent"},
        ("gates", "changed", "G1"): {"compound"},
        ("branches", "changed", "桂花苑党支部"): {"compounds"},
    }
    assert look.counts == {"units": 3, "gates": 1, "branches": 1}
    assert [(move.label, len(move.before), len(move.after)) for move in look.on_grids] == [("桂花苑东区", 0, 1)]
    assert look.coverage.changes


def test_a_name_does_not_change_what_coverage_is_computed_from(town: Session) -> None:
    compound = number(town, "units", "C1")
    look = editing.preview(town, Change("units", compound, THEN, {"name": "桂花里"}), ALL)
    assert not look.coverage.changes
    before = fingerprint(town, At(THEN), deployment.pack(town))
    do(town, Change("units", compound, THEN, {"name": "桂花里"}))
    assert fingerprint(town, At(THEN), deployment.pack(town)) == before
    gate = editing.preview(town, Change("gates", number(town, "gates", "G1"), THEN, {"state": "closed"}), ALL)
    assert gate.coverage.before != gate.coverage.after
    post = now(town, PostVersion, role="building_head")[0].post_id
    assert editing.preview(town, Change("posts", post, THEN, {"holder": "乙"}), ALL).coverage.before is None


def test_a_preview_says_the_hash_that_the_next_run_has(town: Session) -> None:
    act = Change("gates", number(town, "gates", "G1"), THEN, {"state": "closed"})
    look = editing.preview(town, act, ALL)
    assert covering.compute(town, At(THEN)).record["hash"] == look.coverage.before
    do(town, act)
    assert covering.compute(town, At(THEN)).record["hash"] == look.coverage.after


def test_the_second_editor_sees_what_the_first_changed(town: Session) -> None:
    compound = number(town, "units", "C1")
    seen = things.read(town, "units", compound, At(THEN), ALL).stamp
    do(town, Change("units", compound, THEN, {"name": "桂花里"}, stamp=seen))
    before = rows(town)
    with pytest.raises(StaleError) as error:
        do(town, Change("units", compound, THEN, {"management": "none"}, stamp=seen))
    assert rows(town) == before
    assert [one.fields for one in error.value.changes] == [[("name", "桂花苑小区", "桂花里")]]
    do(town, Change("units", compound, THEN, {"management": "none"}, stamp=error.value.thing.stamp))
    unit = now(town, UnitVersion, code="C1")[0]
    assert (unit.name, unit.management) == ("桂花里", "none")


def test_the_same_form_sent_twice_is_done_once(town: Session) -> None:
    act = Change("departments", None, THEN, {"code": "D9", "name": "水务局"})
    first = do(town, act, token="one-form")
    before = rows(town)
    assert do(town, act, token="one-form").id == first.id
    assert rows(town) == before


def test_a_form_filled_in_anew_is_another_though_its_token_is_the_same(town: Session) -> None:
    act = Change("departments", None, THEN, {"code": "D9", "name": "水务局"})
    first = do(town, act, token="one-form")
    second = do(town, replace(act, told={"code": "D8", "name": "园林局"}), token="one-form")
    assert second.id != first.id
    assert number(town, "departments", "D8")
    other = accounts.add(town, "somebody else", "correct horse battery")
    with pytest.raises(RefusedError):
        do(town, act, account=other.id, token="one-form")


def test_an_editor_touches_his_own_area_only(town: Session) -> None:
    own = Scope.of({number(town, "units", "420503001001")})
    do(town, Change("units", number(town, "units", "C1"), THEN, {"name": "桂花里"}), own)
    do(town, Change("sites", number(town, "sites", "K1"), THEN, {"address": "一号"}), own)
    do(town, Change("branches", number(town, "branches", "BR1"), THEN, {"name": "一支部"}), own)
    elsewhere, there = number(town, "units", "C2"), here(shapely.Point(750, 200))
    for act, error in [
        (Change("units", elsewhere, THEN, {"name": "x"}), NotFoundError),
        (End("units", elsewhere, THEN, along=True), NotFoundError),
        (Change("units", None, THEN, {"code": "C9", "parent": "420503001002"}, None, "compound"), ForbiddenError),
        (Change("units", None, THEN, {"code": "420503009"}, None, "street"), ForbiddenError),
        (Change("units", number(town, "units", "B1"), THEN, {"parent": "C2"}, there), ForbiddenError),
        (Change("sites", number(town, "sites", "K2"), THEN, {"address": "x"}), ForbiddenError),
        (Change("departments", number(town, "departments", "D1"), THEN, {"phone": "1"}), ForbiddenError),
        (Change("posts", None, THEN, {"role": "building_head", "unit": "B3", "holder": "x"}), ForbiddenError),
    ]:  # fmt: skip
        before = rows(town)
        with pytest.raises(error):
            do(town, act, own)
        assert rows(town) == before


def test_an_edit_is_undone_as_a_whole_unless_another_rests_on_it(town: Session) -> None:
    before = standing(town)
    compound = number(town, "units", "C1")
    first = do(town, Change("units", compound, THEN, {"name": "桂花里"}))
    second = do(town, Change("units", compound, date(2026, 7, 1), {"name": "丹桂里"}))
    with pytest.raises(ConflictError, match="batch_built_upon"):
        importing.undo(town, first.id)
    assert importing.undo(town, second.id).counts == {"ended": 2, "restored": 1}
    importing.undo(town, first.id)
    assert standing(town) == before


def test_an_undo_leaves_nothing_on_what_was_ended_since(town: Session) -> None:
    moved = do(
        town, Change("units", number(town, "units", "B1"), THEN, {"parent": "C2"}, here(shapely.Point(750, 200)))
    )
    ended = do(town, End("units", number(town, "units", "C1"), date(2026, 7, 1), along=True))
    assert not_undone(town, moved) == str(ended.id)
    importing.undo(town, ended.id)
    importing.undo(town, moved.id)


def test_an_undo_leaves_nothing_on_what_an_undo_wrote_again(town: Session) -> None:
    made = do(town, Change("units", None, THEN, {"code": "C9", "parent": "420503001001"}, None, "compound"))
    named = do(town, Change("units", number(town, "units", "C9"), THEN, {"name": "丹桂里"}))
    importing.undo(town, named.id)
    place = here(shapely.Point(300, 300))
    child = do(town, Change("units", None, THEN, {"code": "B9", "parent": "C9"}, place, "building"))
    assert not_undone(town, made) == str(child.id)


def test_an_undo_takes_no_days_away_that_others_stand_on(town: Session) -> None:
    told = {"code": "C9", "parent": "420503001001"}
    do(town, Change("units", None, date(2026, 8, 1), told, None, "compound"))
    earlier = do(town, Change("units", number(town, "units", "C9"), THEN, {"name": "丹桂里"}))
    place = here(shapely.Point(300, 300))
    child = do(town, Change("units", None, THEN, {"code": "B9", "parent": "C9"}, place, "building"))
    assert not_undone(town, earlier) == str(child.id)


def test_an_undo_gives_no_code_back_that_another_bears_now(town: Session) -> None:
    recoded = do(town, Change("departments", number(town, "departments", "D1"), THEN, {"code": "D1-1"}))
    taker = do(town, Change("departments", None, THEN, {"code": "D1", "name": "园林局"}))
    assert not_undone(town, recoded) == str(taker.id)
    post = now(town, PostVersion, role="community_secretary")[0]
    ended = do(town, End("posts", post.post_id, THEN))
    told = {"role": "community_secretary", "unit": "420503001001", "holder": "乙"}
    second = do(town, Change("posts", None, THEN, told))
    assert not_undone(town, ended) == str(second.id)
    importing.undo(town, second.id)
    importing.undo(town, ended.id)


def not_undone(session: Session, batch: Batch) -> str:
    """Return the later batches that keep one from being undone; nothing was written then."""
    before = rows(session)
    with pytest.raises(ConflictError, match="batch_built_upon") as error:
        importing.undo(session, batch.id)
    assert rows(session) == before
    return ", ".join(str(number) for number, _, _ in error.value.params["later"])


def test_an_undo_keeps_to_the_area_of_who_asks(town: Session) -> None:
    west = Scope.of({number(town, "units", "420503001001")})
    east = Scope.of({number(town, "units", "420503001002")})
    before = standing(town)
    renamed = do(town, Change("units", number(town, "units", "C1"), THEN, {"name": "桂花里"}), west)
    ended = do(town, End("units", number(town, "units", "C1"), date(2026, 7, 1), along=True), west)
    for batch in (ended, renamed):
        told = rows(town)
        with pytest.raises(ForbiddenError):
            importing.undo(town, batch.id, scope=east)
        assert rows(town) == told
        importing.undo(town, batch.id, scope=west)
    assert standing(town) == before


def test_a_household_is_edited_without_its_name_being_shown_or_lost(town: Session) -> None:
    household = number(town, "units", "H1")
    thing = things.read(town, "units", household, At(THEN), ALL)
    assert (thing.label, thing.values["name"]) == ("H1", "****")
    do(town, Change("units", household, THEN, {**thing.values, "purpose": "联络与议事"}, stamp=thing.stamp))
    kept = now(town, UnitVersion, code="H1")[0]
    assert (kept.name, kept.purpose) == ("王建国", "联络与议事")
    told = [change for _, changes in history.of_thing(town, "units", household) for change in changes]
    assert "王建国" not in str(told)


def test_what_nobody_is_shown_stays_as_it_is_unless_told_anew(town: Session) -> None:
    cadre = number(town, "cadres", "P1")
    thing = things.read(town, "cadres", cadre, At(THEN), ALL)
    assert thing.values["mobile"] == "138****1234"
    do(town, Change("cadres", cadre, THEN, {**thing.values, "post": "科长"}))
    assert [(one.mobile, one.post) for one in now(town, CadreVersion, code="P1")] == [("13812341234", "科长")]
    do(town, Change("cadres", cadre, THEN, {"mobile": "13900001111"}))
    assert now(town, CadreVersion, code="P1")[0].mobile == "13900001111"
    building = number(town, "units", "B2")
    assert things.read(town, "units", building, At(THEN), ALL).values["age_60_79"] == "****"
    do(town, Change("units", building, THEN, {"age_60_79": "5", "name": "二栋"}))
    assert now(town, UnitVersion, code="B2")[0].age_60_79 == 5
    told = str(history.of_thing(town, "cadres", cadre)) + str(history.of_thing(town, "units", building))
    assert "13812341234" not in told
    assert "('age_60_79', '****', '****')" in told


def test_who_may_edit_goes_with_where_it_lies_on_the_day(town: Session) -> None:
    do(town, Change("units", None, THEN, {"code": "420503002"}, None, "street"))
    first, second = (Scope.of({number(town, "units", code)}) for code in ("420503001", "420503002"))
    community, compound = number(town, "units", "420503001001"), number(town, "units", "C1")
    do(town, Change("units", community, date(2026, 7, 1), {"parent": "420503002"}))
    after = date(2026, 8, 1)
    assert things.read(town, "units", compound, At(after), second).code == "C1"
    assert things.read(town, "units", compound, At(THEN), first).code == "C1"
    for day, scope in ((after, first), (THEN, second)):
        with pytest.raises(NotFoundError):
            things.read(town, "units", compound, At(day), scope)
        with pytest.raises(NotFoundError):
            do(town, Change("units", compound, day, {"name": "x"}), scope)
    do(town, Change("units", compound, after, {"name": "桂花里"}), second)


def test_an_area_is_not_moved_elsewhere_by_its_own_editor(town: Session) -> None:
    do(town, Change("units", None, THEN, {"code": "420503002"}, None, "street"))
    own = Scope.of({number(town, "units", "420503001001")})
    with pytest.raises(ForbiddenError):
        do(town, Change("units", number(town, "units", "420503001001"), THEN, {"parent": "420503002"}), own)


def test_orphans_elsewhere_are_left_to_who_edits_there(town: Session) -> None:
    orphan = do(town, Change("units", None, THEN, {"code": "C8"}, here(shapely.box(920, 20, 960, 60)), "compound"))
    town.execute(update(UnitVersion).where(UnitVersion.batch_id == orphan.id).values(parent_id=None, orphan=True))
    own = Scope.of({number(town, "units", "420503001001")})
    told = {"code": "C7", "parent": "420503001001"}
    made = do(town, Change("units", None, THEN, told, here(shapely.box(300, 300, 350, 350)), "compound"), own)
    assert [one.label for one in history.of_batch(town, made.id)] == ["C7"]
    do(town, Change("units", number(town, "units", "C7"), THEN, {"code": "C7-1"}))
    assert now(town, UnitVersion, code="C8")[0].parent_id == number(town, "units", "420503001002")


def test_a_unit_is_not_hung_under_what_ends_before_it(town: Session) -> None:
    do(town, Change("units", None, THEN, {"code": "420503001009", "parent": "420503001"}, None, "community"))
    do(town, End("units", number(town, "units", "420503001009"), date(2027, 1, 1)))
    compound = number(town, "units", "C1")
    assert refused(town, Change("units", compound, THEN, {"parent": "420503001009"})) == {"parent": "thing_ends_ahead"}


def test_a_term_goes_no_further_than_what_it_stands_on(town: Session) -> None:
    post = now(town, PostVersion, role="building_head")[0]
    do(town, Change("posts", post.post_id, THEN, {"valid_to": "2026-09-01"}))
    do(town, End("units", post.unit_id, date(2026, 10, 1), along=True))
    for told in ("2027-09-01", ""):
        do(town, Change("posts", post.post_id, THEN, {"valid_to": told}))
        assert things.timeline(town, "posts", post.post_id)[-1].valid_to == date(2026, 10, 1)
        assert everything_hangs_together(town)
        do(town, Change("posts", post.post_id, THEN, {"valid_to": "2026-09-01"}))


def test_a_term_with_a_successor_is_told_more_of(town: Session) -> None:
    held = now(town, ContactVersion, tier=3)[0].contact_id
    do(town, Change("contacts", held, THEN, {"valid_to": "2027-01-01"}))
    after = {"tier": "3", "unit": "C1", "role": "lead", "holder": "P3"}
    do(town, Change("contacts", None, date(2027, 1, 1), after))
    do(town, Change("contacts", held, THEN, {"document": "宜办〔2026〕2号"}))
    assert [(one.document, one.valid_to) for one in now(town, ContactVersion, tier=3)] == [
        ("宜办〔2026〕2号", date(2027, 1, 1))
    ]
    assert refused(town, Change("contacts", held, THEN, {"valid_to": "2027-02-01"})) == {"holder": "post_taken"}


def test_children_know_the_code_though_another_was_planned(town: Session) -> None:
    compound, later = number(town, "units", "C1"), date(2026, 9, 1)
    do(town, Change("units", compound, later, {"code": "C1-9"}))
    do(town, Change("units", compound, THEN, {"code": "C1-6"}))
    for day in (THEN, later):
        assert {one.parent_code for one in now(town, UnitVersion, day, parent_id=compound)} == {"C1-6"}


def test_what_came_in_broken_is_worked_with_all_the_same(town: Session) -> None:
    square, place = shapely.box(300, 100, 400, 200), here(shapely.box(310, 120, 330, 140))
    do(town, Change("units", None, THEN, {"code": "C9", "parent": "420503001001"}, here(square), "compound"))
    compound = number(town, "units", "C9")
    bow = located(here(shapely.Polygon([(300, 100), (400, 200), (400, 100), (300, 200)])))
    town.execute(update(UnitVersion).where(UnitVersion.unit_id == compound).values(**bow))
    town.expire_all()
    line = here(shapely.LineString([(350, 50), (350, 250)]))
    assert all(part.geometry.is_valid for part in propose_split(town, "units", compound, At(THEN), ALL, line))
    do(town, Change("units", None, THEN, {"code": "B9", "parent": "C9"}, place, "building"))
    do(town, Merge("units", number(town, "units", "C1"), (compound,), THEN))
    assert now(town, UnitVersion, code="C1")[0].geometry.is_valid


def test_a_refusal_shows_no_personal_number(town: Session) -> None:
    post = now(town, PostVersion, role="community_secretary")[0]
    do(town, Change("posts", post.post_id, THEN, {"holder": "吴书记 13812345678"}))
    told = {"role": "community_secretary", "unit": "420503001001", "holder": "乙"}
    with pytest.raises(RefusedError) as error:
        do(town, Change("posts", None, THEN, told))
    assert [problem.params["holder"] for problem in error.value.problems] == ["吴书记 138****5678"]


# --- whatever is done by hand can be undone -------------------------------------------------------------------------

DAYS = st.dates(date(2026, 2, 1), date(2026, 12, 31))
ACTS = st.one_of(
    st.builds(
        lambda day, code, told: ("units", code, Change("units", 0, day, told)),
        DAYS,
        st.sampled_from(["420503001001", "C1", "C2", "B1", "B3"]),
        st.fixed_dictionaries(
            {}, optional={"name": st.sampled_from(["甲", "乙"]), "people": st.sampled_from(["", "7", "90"])}
        ).filter(bool),
    ),
    st.builds(
        lambda day, code, state: ("gates", code, Change("gates", 0, day, {"state": state})),
        DAYS,
        st.just("G1"),
        st.sampled_from(["open", "residents", "closed"]),
    ),
    st.builds(lambda day, code: ("units", code, End("units", 0, day, along=True)), DAYS, st.sampled_from(["C1", "B3"])),
    st.builds(lambda day: ("units", "C1", Split("units", 0, day, halves())), DAYS),
    st.builds(lambda day: ("units", "C1", Merge("units", 0, (-1,), day)), DAYS),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(ACTS, min_size=1, max_size=5))
def test_whatever_was_done_is_undone_in_turn(town: Session, acts: list[tuple[str, str, Any]]) -> None:
    savepoint = town.begin_nested()
    states = [standing(town)]
    done = []
    for kind, code, act in acts:
        others = {"others": (number(town, "units", "C2"),)} if isinstance(act, Merge) else {}
        try:
            done.append(do(town, replace(act, identity=number(town, kind, code), **others)).id)
        except GridgovError:
            assert standing(town) == states[-1]
            continue
        states.append(standing(town))
        assert everything_hangs_together(town)
    for batch in reversed(done):
        assert standing(town) == states.pop()
        importing.undo(town, batch)
    assert standing(town) == states.pop()
    savepoint.rollback()


def everything_hangs_together(session: Session) -> bool:
    """Tell whether on no day anything stands on a unit that doesn't."""
    for day in (DAY, THEN, date(2026, 12, 31), date(2027, 6, 1)):
        units = {unit.unit_id for unit in now(session, UnitVersion, day)}
        for model in (GateVersion, PostVersion, ContactVersion, GridVersion):
            assert {one.unit_id for one in now(session, model, day)} <= units
        assert {unit.parent_id for unit in now(session, UnitVersion, day)} - {None} <= units
        assert {unit for branch in now(session, BranchVersion, day) for unit in branch.compounds} <= units
    return True
