"""Editing by hand: what a form makes of the data, what it refuses, what a look beforehand tells, and undoing it."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, ForbiddenError, GridgovError, InputError, NotFoundError
from gridgov.spatial.crs import to_geographic
from gridgov.storage.current import At, Scope, current
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
from gridgov.storage.versions import version_models
from gridgov.usecases import browsing, contacting, covering, deployment, editing, history, importing, things
from gridgov.usecases.acts import Act, Change, End, LeavesError, Merge, Part, RefusedError, Split
from gridgov.usecases.dividing import propose_split
from gridgov.usecases.editing import StaleError
from gridgov.usecases.inputs import fingerprint
from gridgov.usecases.targets import TARGETS
from tests import cases
from tests.cases import CRS, DAY, placed

ALL = Scope.everything()
THEN = date(2026, 6, 1)
BEFORE = date(2026, 5, 31)


@pytest.fixture
def town(session: Session, tmp_path: Path) -> Session:
    cases.district(tmp_path).load(session)
    return session


def here(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape of the small place's metres in longitude and latitude."""
    return to_geographic(np.array([placed(shape)], dtype=object), CRS)[0]


def number(session: Session, kind: str, code: str, **also: Any) -> int:
    """Return the identity of what bears a code."""
    model: Any = TARGETS[kind].version
    wanted = select(getattr(model, model.subject)).where(model.superseded_by.is_(None), model.code == code)
    for name, value in also.items():
        wanted = wanted.where(getattr(model, name) == value)
    return int(session.scalars(wanted).unique().first() or 0)


def now(session: Session, model: Any, day: date = THEN, **said: Any) -> list[Any]:
    """Return what stands on a day and says something."""
    wanted = current(model, At(day), ALL)
    for name, value in said.items():
        wanted = wanted.where(getattr(model, name) == value)
    return list(session.scalars(wanted.order_by(model.id)))


def do(session: Session, act: Act, scope: Scope = ALL, **more: Any) -> Batch:
    return editing.apply(session, act, scope, **more)


def refused(session: Session, act: Act) -> dict[str | None, str]:
    """Return the codes of what is wrong with an act, by field; nothing was written then."""
    before = rows(session)
    with pytest.raises(RefusedError) as error:
        do(session, act)
    assert rows(session) == before
    return {problem.field: problem.code for problem in error.value.problems}


def refusal(session: Session, act: Act, scope: Scope = ALL) -> str:
    """Return the code of the refusal of an act as a whole; nothing was written then."""
    before = rows(session)
    with pytest.raises(GridgovError) as error:
        do(session, act, scope)
    assert rows(session) == before
    return error.value.code


def rows(session: Session) -> dict[str, int]:
    return {
        model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
        for model in (*version_models(), Batch)
    }


def standing(session: Session) -> list[tuple[Any, ...]]:
    """Return all that stands, told without its numbers."""
    told = []
    for kind in things.KINDS:
        model: Any = TARGETS[kind].version
        for one in session.scalars(select(model).where(model.superseded_by.is_(None))):
            place = getattr(one, "geometry", None)
            subject = getattr(one, one.subject)
            told.append((kind, subject, one.valid_from, one.valid_to, getattr(one, "code", None), place and place.wkt))
    return sorted(told, key=str)


# --- making and changing --------------------------------------------------------------------------------------------


def test_a_gate_is_made_and_stands_from_its_day(town: Session) -> None:
    act = Change("gates", None, THEN, {"compound": "C1", "state": "open", "code": "G9"}, here(shapely.Point(50, 150)))
    batch = do(town, act, account=None, note="现场核实")
    assert [gate.code for gate in now(town, GateVersion)] == ["G1", "G9"]
    assert [gate.code for gate in now(town, GateVersion, BEFORE)] == ["G1"]
    assert (batch.kind, batch.counts, batch.note) == ("edit", {"gates": 1}, "现场核实")


@pytest.mark.parametrize(
    ("kind", "code", "told", "field", "before", "after"),
    [
        ("units", "C1", {"name": "桂花里"}, "name", "桂花苑小区", "桂花里"),
        ("units", "C1", {"people": "1,200"}, "people", None, 1200.0),
        ("units", "C1", {"kind": "open"}, "kind", "walled", "open"),
        ("grids", "420503001001001", {"kind": "special"}, "kind", "basic", "special"),
        ("gates", "G1", {"state": "closed"}, "state", "open", "closed"),
        ("sites", "K1", {"address": "学院街2号"}, "address", None, "学院街2号"),
        ("services", "K1", {"capacity": "90"}, "capacity", None, 90.0),
        ("departments", "D1", {"phone": "0717-9"}, "phone", "0717-6100001", "0717-9"),
        ("cadres", "P1", {"post": "科长"}, "post", None, "科长"),
        ("branches", "BR1", {"enlarged": "是"}, "enlarged", False, True),
        ("partners", "W1", {"pledges": "护学 | 2026-12-31"}, "pledges", [],
         [{"text": "护学", "due": "2026-12-31", "kept": None}]),
    ],
)  # fmt: skip
def test_a_change_holds_from_its_day_and_not_before(
    town: Session, kind: str, code: str, told: dict[str, str], field: str, before: Any, after: Any
) -> None:
    model: Any = TARGETS[kind].version
    identity = number(town, kind, code if kind != "services" else "K1")
    do(town, Change(kind, identity, THEN, told))
    assert [getattr(one, field) for one in now(town, model, code=code)] == [after]
    assert [getattr(one, field) for one in now(town, model, BEFORE, code=code)] == [before]
    assert len(things.timeline(town, kind, identity)) == 2


def test_a_change_leaves_what_it_does_not_tell(town: Session) -> None:
    compound = number(town, "units", "C1")
    do(town, Change("units", compound, date(2026, 9, 1), {"people": "900"}))
    do(town, Change("units", compound, THEN, {"name": "桂花里"}))
    told = [(one.valid_from, one.name, one.people) for one in things.timeline(town, "units", compound)]
    assert told == [
        (DAY, "桂花苑小区", None),
        (THEN, "桂花里", None),
        (date(2026, 9, 1), "桂花里", 900.0),
    ]


def test_a_form_read_and_sent_back_changes_nothing(town: Session) -> None:
    for kind in things.KINDS:
        listed, count = things.listed(town, kind, At(THEN), ALL, part=slice(0, 3))
        assert count
        for shown in listed:
            thing = things.read(town, kind, shown.identity, At(THEN), ALL)
            act = Change(kind, thing.identity, THEN, thing.values, thing.geometry, stamp=thing.stamp)
            assert refusal(town, act) == "edit_empty"


def test_every_kind_is_made_by_a_form(town: Session) -> None:
    point, area = here(shapely.Point(420, 40)), here(shapely.box(700, 300, 800, 400))
    acts = [
        Change("units", None, THEN, {"code": "C3", "name": "新苑", "parent": "420503001002", "kind": "walled"}, area,
               "compound"),
        Change("units", None, THEN, {"code": "B9", "name": "9栋", "parent": "C3", "people": "30"},
               here(shapely.Point(750, 350)), "building"),
        Change("units", None, THEN, {"code": "H9", "parent": "B9", "name": "甲", "consent_date": "2026年5月1日",
               "purpose": "联络"}, None, "household"),
        Change("grids", None, THEN, {"code": "420503001002009", "community": "420503001002", "kind": "special"}, area),
        Change("sites", None, THEN, {"code": "S9", "name": "新址"}, point),
        Change("services", None, THEN, {"code": "S9/library", "site": "S9", "type": "library"}),
        Change("departments", None, THEN, {"code": "D9", "name": "水务局"}),
        Change("cadres", None, THEN, {"code": "P9", "name": "李九", "department": "D9"}),
        Change("branches", None, THEN, {"code": "BR9", "name": "新苑党支部", "compounds": "C3; C2"}),
        Change("posts", None, THEN, {"role": "building_head", "unit": "B9", "holder": "楼栋长甲"}),
        Change("contacts", None, THEN, {"tier": "3", "unit": "C3", "role": "lead", "holder": "P9"}),
        Change("partners", None, THEN, {"code": "W9", "kind": "property_company", "name": "物业", "unit": "C3"}, point),
    ]  # fmt: skip
    for act in acts:
        do(town, act)
    told = {kind: things.listed(town, kind, At(THEN), ALL)[1] for kind in things.KINDS}
    before = {kind: things.listed(town, kind, At(BEFORE), ALL)[1] for kind in things.KINDS}
    made = {kind: sum(act.kind == kind for act in acts) for kind in things.KINDS}
    assert {kind: told[kind] - before[kind] for kind in told} == made
    assert now(town, BranchVersion, code="BR9")[0].formation == "joint"
    assert now(town, ContactVersion, role="lead", unit_id=number(town, "units", "C3"))[0].confirmed


@pytest.mark.parametrize(
    ("kind", "told", "shape", "level", "problems"),
    [
        ("units", {"code": "C9", "people": "viele", "households": "-3"}, None, "compound",
         {"people": "value_unreadable", "households": "value_unreadable"}),
        ("units", {"name": "无码"}, None, "compound", {"code": "field_missing"}),
        ("units", {"code": "C1", "parent": "420503001001"}, None, "compound", {"code": "code_taken"}),
        ("units", {"code": "C9", "parent": "nowhere"}, None, "compound", {"parent": "row_unit_unknown"}),
        ("units", {"code": "C9", "parent": "C2"}, None, "compound", {"parent": "parent_not_above"}),
        ("units", {"code": "C9", "parent": "B1"}, None, "compound", {"parent": "parent_not_above"}),
        ("units", {"code": "C9", "parent": "420503001002"}, shapely.box(0, 0, 40, 40), "compound",
         {"geometry": "place_outside_parent"}),
        ("units", {"code": "H9", "parent": "B1"}, None, "household", {"consent_date": "consent_missing"}),
        ("gates", {"compound": "C1", "state": "open"}, shapely.Point(150, 150), None, {"geometry": "gate_off_wall"}),
        ("gates", {"compound": "C1", "state": "ajar"}, shapely.Point(50, 150), None, {"state": "choice_unknown"}),
        ("gates", {"compound": "C1", "state": "open"}, None, None, {"geometry": "point_needed"}),
        ("grids", {"code": "12", "community": "420503001001"}, shapely.box(0, 0, 9, 9), None, {"code": "grid_code"}),
        ("services", {"code": "X", "site": "K1", "type": "castle"}, None, None, {"type": "facility_type_unknown"}),
        ("services", {"code": "X", "site": "nowhere", "type": "library"}, None, None, {"site": "site_unknown"}),
        ("cadres", {"code": "P9", "name": "无部门", "department": "D9"}, None, None,
         {"department": "row_department_unknown"}),
        ("branches", {"code": "BR9", "name": "支部", "compounds": "C1; C7"}, None, None,
         {"compounds": "row_unit_unknown"}),
        ("posts", {"role": "community_secretary", "unit": "420503001001", "holder": "二"}, None, None,
         {"role": "post_stands"}),
        ("contacts", {"tier": "3", "unit": "C1", "role": "lead", "holder": "P3"}, None, None, {"holder": "post_taken"}),
        ("contacts", {"tier": "2", "unit": "420503001001", "role": "leading", "holder": "D2"}, None, None,
         {"holder": "post_taken"}),
        ("contacts", {"tier": "3", "unit": "420503001001", "role": "lead", "holder": "P3"}, None, None,
         {"unit": "row_unit_unknown"}),
        ("contacts", {"tier": "3", "unit": "C2", "role": "lead", "holder": "P7"}, None, None,
         {"holder": "holder_unknown"}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(
    town: Session, kind: str, told: dict[str, str], shape: Any, level: str | None, problems: dict[str, str]
) -> None:
    place = None if shape is None else here(shape)
    assert refused(town, Change(kind, None, THEN, told, place, level)) == problems


def test_a_crossed_outline_is_refused(town: Session) -> None:
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    act = Change("units", number(town, "units", "C1"), THEN, {}, here(bow))
    assert refused(town, act) == {"geometry": "drawing_invalid"}


def test_what_ended_is_not_changed_any_more(town: Session) -> None:
    gate = number(town, "gates", "G1")
    do(town, End("gates", gate, THEN))
    assert refusal(town, Change("gates", gate, date(2026, 7, 1), {"state": "closed"})) == "thing_ended"
    do(town, Change("gates", gate, BEFORE, {"state": "closed"}))
    assert [gate.state for gate in now(town, GateVersion, BEFORE)] == ["closed"]
    assert now(town, GateVersion) == []


def test_nothing_stands_on_a_unit_before_or_after_that_stands(town: Session) -> None:
    place = here(shapely.Point(50, 150))
    early = Change("gates", None, date(2026, 1, 1), {"compound": "C1", "state": "open", "code": "G9"}, place)
    assert refused(town, early) == {"unit": "unit_not_then"}
    assert refused(town, Change("gates", number(town, "gates", "G1"), date(2026, 1, 1), {"state": "closed"})) == {
        "unit": "unit_not_then"
    }
    do(town, End("units", number(town, "units", "C1"), date(2026, 10, 1), along=True))
    act = replace(early, day=THEN)
    assert [warning.code for warning in editing.preview(town, act, ALL).warnings] == ["ends_with_unit"]
    do(town, act)
    assert [gate.valid_to for gate in now(town, GateVersion, code="G9")] == [date(2026, 10, 1)]
    assert refusal(town, Split("units", number(town, "units", "C1"), THEN, halves())) == "thing_ends_ahead"


# --- identity: code, name, border and parent change, history and contacts stay --------------------------------------


def test_a_new_code_name_and_border_keep_history_and_contacts(town: Session) -> None:
    compound = number(town, "units", "C1")
    held = [one.contact for one in contacting.contacts_of(town, At(THEN), ALL, [compound])]
    told = {"code": "C77", "name": "丹桂苑"}
    do(town, Change("units", compound, THEN, told, here(shapely.box(50, 50, 260, 250))))
    assert browsing.unit_by_code(town, "C77", At(THEN), ALL).unit_id == compound  # type: ignore[union-attr]
    assert browsing.unit_by_code(town, "C1", At(BEFORE), ALL).name == "桂花苑小区"  # type: ignore[union-attr]
    assert browsing.unit_by_code(town, "C1", At(THEN), ALL) is None
    assert [one.contact for one in contacting.contacts_of(town, At(THEN), ALL, [compound])] == held != []
    assert {child.parent_code for child in now(town, UnitVersion, parent_id=compound)} == {"C77"}
    assert {child.parent_code for child in now(town, UnitVersion, BEFORE, parent_id=compound)} == {"C1"}
    batches = [[change.label for change in changes] for _, changes in history.of_thing(town, "units", compound)]
    assert batches == [["丹桂苑"], ["桂花苑小区"]]


def test_a_unit_moves_under_another_parent(town: Session) -> None:
    building = number(town, "units", "B3")
    assert refused(town, Change("units", building, THEN, {"parent": "C1"})) == {"geometry": "place_outside_parent"}
    do(town, Change("units", building, THEN, {"parent": "C1"}, here(shapely.Point(150, 200))))
    above = [unit.code for unit in browsing.chain(town, building, At(THEN))]
    assert above == ["420503001", "420503001001", "C1", "B3"]
    assert [unit.code for unit in browsing.chain(town, building, At(BEFORE))][1] == "420503001002"


def test_a_parent_below_is_refused_so_that_no_circle_closes(town: Session) -> None:
    street, community = number(town, "units", "420503001"), number(town, "units", "420503001001")
    assert refused(town, Change("units", community, THEN, {"parent": "C1"})) == {"parent": "parent_not_above"}
    assert refused(town, Change("units", community, THEN, {"parent": "420503001001"})) == {"parent": "parent_not_above"}
    assert refusal(town, Change("units", street, THEN, {"parent": "420503001001"})) == "option_unknown"


def test_a_smaller_border_warns_of_the_children_it_leaves_outside(town: Session) -> None:
    look = editing.preview(town, Change("units", number(town, "units", "C1"), THEN, {}, here(shapely.box(50, 50, 150, 250))), ALL)  # fmt: skip  # noqa: E501
    assert [(warning.code, warning.params["names"]) for warning in look.warnings] == [("children_outside", "2栋")]


# --- posts and contacts ---------------------------------------------------------------------------------------------


def lead(session: Session, day: date, unit: str = "C1") -> list[str]:
    held = contacting.contacts_of(session, At(day), ALL, [number(session, "units", unit)])
    return [one.holder for one in held if one.role in {"lead", "first_secretary"}]


def test_a_post_passes_on_and_the_former_holder_is_remembered(town: Session) -> None:
    contact = now(town, ContactVersion, tier=3, role="lead")[0].contact_id
    do(town, Change("contacts", contact, THEN, {"holder": "P3", "document": "宜办〔2026〕9号"}))
    assert (lead(town, BEFORE), lead(town, THEN)) == (["钱二"], ["孙三"])
    unit = number(town, "units", "C1")
    assert [held.holder for held in contacting.earlier(town, At(THEN), ALL, unit)] == ["钱二"]
    assert now(town, ContactVersion, tier=3, role="lead")[0].document == "宜办〔2026〕9号"


def test_a_transfer_vacates_the_post_and_leaves_the_pairing(town: Session) -> None:
    town.execute(select(1))
    community = number(town, "units", "420503001001")
    do(town, Change("contacts", None, date(2026, 4, 20), {"tier": "2", "unit": "420503001001", "role": "first_secretary", "holder": "P1"}))  # fmt: skip  # noqa: E501
    do(town, Change("cadres", number(town, "cadres", "P1"), THEN, {"department": "D2"}, vacate=True))
    assert now(town, CadreVersion, code="P1")[0].department_id == number(town, "departments", "D2")
    told = {(one.role, one.holder) for one in contacting.contacts_of(town, At(THEN), ALL, [community])}
    assert told == {("leading", "教育局")}
    assert ("first_secretary", "赵一") in {
        (one.role, one.holder) for one in contacting.contacts_of(town, At(BEFORE), ALL, [community])
    }


def test_a_term_is_given_and_taken_away(town: Session) -> None:
    contact = now(town, ContactVersion, tier=3, role="lead")[0].contact_id
    do(town, Change("contacts", contact, THEN, {"valid_to": "2026-12-01"}))
    assert [one.valid_to for one in things.timeline(town, "contacts", contact)] == [date(2026, 12, 1)]
    do(town, Change("contacts", contact, THEN, {"valid_to": ""}))
    assert [one.valid_to for one in things.timeline(town, "contacts", contact)] == [None]


def test_a_single_post_passes_on_within_its_own_line(town: Session) -> None:
    post = now(town, PostVersion, role="community_secretary")[0].post_id
    do(town, Change("posts", post, THEN, {"holder": "新书记"}))
    assert [(one.valid_from, one.holder) for one in things.timeline(town, "posts", post)] == [
        (DAY, "吴书记"),
        (THEN, "新书记"),
    ]


# --- ending ---------------------------------------------------------------------------------------------------------


def test_ending_what_others_live_on_is_refused_and_counted(town: Session) -> None:
    with pytest.raises(LeavesError) as error:
        do(town, End("units", number(town, "units", "C1"), THEN))
    assert error.value.left == {
        "units": 3, "gates": 1, "posts": 1, "contacts": 1, "partners": 1, "branches": 1,
    }  # fmt: skip


def test_ending_along_ends_all_that_lives_on_it_and_undo_brings_it_back(town: Session) -> None:
    before = standing(town)
    batch = do(town, End("units", number(town, "units", "C1"), THEN, along=True))
    assert [unit.code for unit in now(town, UnitVersion)] == [
        "420503001", "420503001001", "420503001002", "C2", "B3", "H2",
    ]  # fmt: skip
    assert now(town, GateVersion) == [] == now(town, BranchVersion)
    assert len(now(town, UnitVersion, BEFORE)) == 10
    importing.undo(town, batch.id)
    assert standing(town) == before


def test_a_branch_keeps_its_other_compounds(town: Session) -> None:
    branch = number(town, "branches", "BR1")
    do(town, Change("branches", branch, DAY, {"compounds": "C1; C2"}))
    do(town, End("units", number(town, "units", "C2"), THEN, along=True))
    assert now(town, BranchVersion)[0].compounds == [number(town, "units", "C1")]


def test_a_department_that_goes_takes_cadres_and_contacts_along(town: Session) -> None:
    with pytest.raises(LeavesError) as error:
        do(town, End("departments", number(town, "departments", "D1"), THEN))
    assert error.value.left == {"cadres": 2, "contacts": 3}
    do(town, End("departments", number(town, "departments", "D1"), THEN, along=True))
    assert [cadre.code for cadre in now(town, CadreVersion)] == ["P3"]


# --- dividing and joining -------------------------------------------------------------------------------------------


def halves(**counts: tuple[str, str]) -> tuple[Part, ...]:
    left, right = shapely.box(50, 50, 160, 250), shapely.box(160, 50, 250, 250)
    first = {name: told[0] for name, told in counts.items()}
    second = {"code": "C1-2", "name": "桂花苑东区"} | {name: told[1] for name, told in counts.items()}
    return Part(first, here(left)), Part(second, here(right))


def test_a_compound_is_divided_and_nobody_is_lost(town: Session) -> None:
    compound = number(town, "units", "C1")
    batch = do(town, Split("units", compound, THEN, halves()))
    new = number(town, "units", "C1-2")
    assert {unit.code: unit.parent_id for unit in now(town, UnitVersion, level="building")} == {
        "B1": compound, "B2": new, "B3": number(town, "units", "C2"),
    }  # fmt: skip
    assert [gate.unit_id for gate in now(town, GateVersion)] == [new]
    assert now(town, BranchVersion)[0].compounds == sorted([compound, new])
    assert [unit.kind for unit in now(town, UnitVersion, code="C1-2")] == ["walled"]
    assert lead(town, THEN) == ["钱二"]
    assert lead(town, THEN, "C1-2") == []
    people = [unit.people for unit in now(town, UnitVersion, level="building")]
    importing.undo(town, batch.id)
    assert [unit.people for unit in now(town, UnitVersion, level="building")] == people
    assert now(town, UnitVersion, code="C1-2") == []


def test_a_drawn_line_proposes_parts_that_lose_nothing(town: Session) -> None:
    compound = number(town, "units", "C1")
    do(town, Change("units", compound, DAY, {"people": "201", "age_60_79": "35"}))
    line = here(shapely.LineString([(160, 0), (160, 300)]))
    parts = propose_split(town, "units", compound, At(THEN), ALL, line)
    assert [(part.told["code"], part.told["name"], part.told["people"]) for part in parts] == [
        ("C1", "桂花苑小区", "121"), ("C1-2", "桂花苑小区（2）", "80"),
    ]  # fmt: skip
    do(town, Split("units", compound, THEN, tuple(parts)))
    told = [(unit.people, unit.age_60_79) for unit in now(town, UnitVersion, level="compound") if unit.code != "C2"]
    assert [sum(column) for column in zip(*told, strict=True)] == [201.0, 35.0]
    with pytest.raises(InputError, match="split_line_misses"):
        propose_split(town, "units", compound, At(THEN), ALL, here(shapely.LineString([(60, 60), (70, 70)])))


def test_a_division_that_loses_ground_or_people_is_refused(town: Session) -> None:
    compound = number(town, "units", "C1")
    short = (halves()[0], Part({"code": "C1-2"}, here(shapely.box(170, 50, 250, 250))))
    assert refusal(town, Split("units", compound, THEN, short)) == "split_loses_ground"
    wide = (halves()[0], Part({"code": "C1-2"}, here(shapely.box(150, 50, 250, 250))))
    assert refusal(town, Split("units", compound, THEN, wide)) == "split_loses_ground"
    do(town, Change("units", compound, DAY, {"people": "200"}))
    assert refused(town, Split("units", compound, THEN, halves(people=("120", "60")))) == {
        "people": "split_loses_people"
    }
    do(town, Split("units", compound, THEN, halves(people=("120", "80"))))


def test_a_grid_is_divided_and_joined_again(town: Session) -> None:
    grid = number(town, "grids", "420503001002001")
    west, east = here(shapely.box(500, 0, 700, 500)), here(shapely.box(700, 0, 1000, 500))
    do(town, Split("grids", grid, THEN, (Part({}, west), Part({"code": "420503001002002"}, east))))
    assert [one.code for one in now(town, GridVersion)][-2:] == ["420503001002001", "420503001002002"]
    other = number(town, "grids", "420503001002002")
    do(town, Merge("grids", grid, (other,), date(2026, 7, 1)))
    whole = now(town, GridVersion, date(2026, 7, 1), code="420503001002001")[0]
    assert now(town, GridVersion, date(2026, 7, 1), code="420503001002002") == []
    assert shapely.equals_exact(shapely.normalize(whole.geometry), shapely.normalize(here(shapely.box(500, 0, 1000, 500))), 1e-6) or whole.geometry.area == pytest.approx(here(shapely.box(500, 0, 1000, 500)).area, rel=1e-6)  # fmt: skip  # noqa: E501


def test_communities_are_joined_and_what_lived_on_one_moves(town: Session) -> None:
    kept, gone = number(town, "units", "420503001001"), number(town, "units", "420503001002")
    before = standing(town)
    batch = do(town, Merge("units", kept, (gone,), THEN, {"name": "东陵社区"}))
    assert {unit.parent_id for unit in now(town, UnitVersion, level="compound")} == {kept}
    assert {grid.unit_id for grid in now(town, GridVersion)} == {kept}
    assert [unit.name for unit in now(town, UnitVersion, level="community")] == ["东陵社区"]
    assert now(town, UnitVersion, level="community")[0].geometry.area == pytest.approx(
        here(shapely.box(0, 0, 1000, 500)).area, rel=1e-6
    )
    importing.undo(town, batch.id)
    assert standing(town) == before


def test_people_of_joined_compounds_add_up_or_are_unknown(town: Session) -> None:
    first, second = number(town, "units", "C1"), number(town, "units", "C2")
    do(town, Change("units", first, DAY, {"people": "200", "households": "70"}))
    do(town, Change("units", second, DAY, {"people": "60"}))
    act = Merge("units", first, (second,), THEN)
    assert {warning.code for warning in editing.preview(town, act, ALL).warnings} >= {"merge_apart", "merge_unknown"}
    do(town, act)
    joined = now(town, UnitVersion, level="compound")[0]
    assert (joined.people, joined.households) == (260.0, None)
    assert now(town, BranchVersion)[0].compounds == [first]


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
    importing.undo(town, second.id)
    importing.undo(town, first.id)
    assert standing(town) == before


def test_a_household_is_edited_without_its_name_being_shown_or_lost(town: Session) -> None:
    household = number(town, "units", "H1")
    thing = things.read(town, "units", household, At(THEN), ALL)
    assert (thing.label, thing.values["name"]) == ("H1", "")
    do(town, Change("units", household, THEN, {**thing.values, "purpose": "联络与议事"}, stamp=thing.stamp))
    kept = now(town, UnitVersion, code="H1")[0]
    assert (kept.name, kept.purpose) == ("王建国", "联络与议事")
    told = [change for _, changes in history.of_thing(town, "units", household) for change in changes]
    assert "王建国" not in str(told)


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
