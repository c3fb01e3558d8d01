"""Coverage runs: their record, shares, gap list; the same inputs give the same digits."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.errors import InputError, NotFoundError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Run, UnitVersion
from gridgov.storage.versions import undo
from gridgov.usecases import covering, deployment, gridding, reading_runs
from gridgov.usecases.gap_filter import GapFilter
from tests import cases
from tests.usecases.conftest import AT, Runs

EVERYTHING = Scope.everything()
KEYS = ("place", "level", "compound", "branch", "community", "street", "liaison", "department", "type", "scenario",
        "people", "people_60plus", "nearest", "metres", "cause", "firm")  # fmt: skip


@pytest.fixture
def run(session: Session, tmp_path: Path, run_with: Runs) -> Run:
    """A run over the small district, of a kindergarten within 300 m and a library within 1,000 m."""
    cases.district(tmp_path).load(session)
    return run_with(two_types(tmp_path))


def two_types(folder: Path) -> Any:
    kindergarten = {"type": "kindergarten", "tier": "5", "required": True, "radius": 300, "department": "education"}
    return cases.packs(folder, kindergarten, {"type": "library", "tier": "15", "required": False, "radius": 1000})


def shares(session: Session, run: Run, level: str, scope: Scope = EVERYTHING) -> dict[tuple[str, str], tuple[Any, ...]]:
    rows = reading_runs.show(session, run, level, scope)
    return {(row["code"], row["type"]): (row["people"], row["people_covered"], row["share"]) for row in rows}


def test_the_record_tells_what_it_rests_on(run: Run) -> None:
    told = reading_runs.record(run)
    assert (told["basis"], told["people"], told["unknown"], told["estimate"]) == ("people", 260, 0, False)
    assert (told["as_of"], told["pack"], told["pack_version"]) == ("2026-03-31", "cases", "1")
    assert len(told["hash"]) == 64
    assert [row["type"] for row in told["types"]] == ["kindergarten", "library"]
    assert sum(told["causes"].values()) == sum(row["people"] - row["people_covered"] for row in told["types"])


def test_people_add_up_from_building_groups_to_streets(session: Session, run: Run) -> None:
    levels = {level: shares(session, run, level) for level in ("building", "compound", "community", "street")}
    for column in range(2):
        sums = {level: sum(row[column] for row in rows.values()) for level, rows in levels.items()}
        assert len({round(total, 6) for total in sums.values()}) == 1
    assert levels["compound"]["C1", "kindergarten"][0] == 200
    assert levels["community"]["420503001001", "library"][0] == 200
    assert levels["community"]["420503001002", "library"] == (60, 60, 1)


def test_shares_by_governance_grid(session: Session, run: Run) -> None:
    gridding.build(session, cases.DAY)
    rows = shares(session, run, "grid")
    assert rows["420503001001001", "library"][0] == 200
    assert rows["420503001001002", "library"] == (None, None, None)
    assert rows["420503001002001", "kindergarten"] == (60, 0, 0)


def test_gap_rows_name_the_place_the_job_and_the_liaison(session: Session, run: Run) -> None:
    rows = {(row["place"], row["type"]): row for row in reading_runs.gaps(session, run, EVERYTHING)}
    assert all(set(KEYS) <= set(row) for row in rows.values())
    gap = rows["C2", "kindergarten"]
    assert (gap["level"], gap["compound"], gap["community"], gap["street"]) == (
        "compound",
        "梅花苑",
        "西陵社区",
        "学院街道",
    )
    assert (gap["people"], gap["cause"], gap["department"], gap["firm"]) == (60, "no_facility", "education", True)
    assert (gap["liaison"], gap["branch"], gap["nearest"]) == (None, None, "K1")
    assert gap["metres"] > 300
    own = rows["C1", "kindergarten"]
    assert (own["liaison"], own["branch"]) == ("钱二", "桂花苑党支部")


def test_a_gap_row_stands_for_uncovered_people_only(session: Session, run: Run) -> None:
    wanted: dict[tuple[str, str], float] = {}
    compounds = {"B1": "C1", "B2": "C1", "B3": "C2"}
    for row in reading_runs.show(session, run, "demand", EVERYTHING):
        if row["people"] > row["people_covered"]:
            key = compounds[row["demand"]], row["type"]
            wanted[key] = wanted.get(key, 0) + row["people"] - row["people_covered"]
    rows = reading_runs.gaps(session, run, EVERYTHING)
    assert {(row["place"], row["type"]): row["people"] for row in rows} == wanted
    assert [row["people"] for row in rows] == sorted((row["people"] for row in rows), reverse=True)
    asked = GapFilter(type="kindergarten", cause="no_facility")
    told = reading_runs.count_gaps(session, run, EVERYTHING, asked)
    kept = reading_runs.gaps(session, run, EVERYTHING, asked)
    assert told == (len(kept), sum(row["people"] for row in kept))
    assert all(row["type"] == "kindergarten" and row["cause"] == "no_facility" for row in kept)


def test_fewer_than_ten_old_people_are_not_told(session: Session, tmp_path: Path, run_with: Runs) -> None:
    files = cases.Files(tmp_path).unit("street", "420503001", shapely.box(0, 0, 900, 900))
    files.home("few", 10, 10, 50, age_60_79=6, age_80=3).home("many", 20, 10, 50, age_60_79=6, age_80=4)
    files.home("unknown", 30, 10, 50, age_60_79=30).path((0, 0), (900, 0))
    files.load(session)
    rows = reading_runs.gaps(session, run_with(cases.pack(tmp_path)), EVERYTHING)
    assert {row["place"]: row["people_60plus"] for row in rows} == {"few": None, "many": 10, "unknown": None}


def test_only_those_a_type_serves_are_counted(session: Session, tmp_path: Path, run_with: Runs) -> None:
    files = cases.street_case(tmp_path).point("p", 400, 0)
    files.home("d", 100, 0, 100, age_3_5=8).home("e", 900, 0, 100, age_3_5=4).home("f", 950, 0, 40)
    files.load(session)
    pack = cases.packs(tmp_path, {"type": "kindergarten", "tier": "5", "required": True, "radius": 300})
    served = cases.packs(tmp_path, {"type": "kindergarten", "tier": "5", "required": True, "radius": 300}).rows[0]
    assert run_with(pack).summary["types"][0]["people"] == 240
    path = tmp_path / "pack.toml"
    path.write_text(path.read_text(encoding="utf-8") + '\nserves = ["3_5"]\n', encoding="utf-8")
    (kind,) = run_with(cases.read_pack(path)).summary["types"]
    assert (kind["people"], kind["people_covered"]) == (52, 8)
    assert served.serves == ()


def test_jurisdiction_counts_presence_not_metres(session: Session, tmp_path: Path, run_with: Runs) -> None:
    files = cases.district(tmp_path)
    files.rows["sites"].clear()
    files.point("police", 950, 450, "police_station").load(session)
    rule = {"type": "police_station", "tier": "15", "required": True, "basis": "jurisdiction"}
    by_street = run_with(cases.packs(tmp_path, rule | {"jurisdiction": "street"}))
    assert by_street.summary["types"][0]["share"] == 1
    by_community = run_with(cases.packs(tmp_path, rule | {"jurisdiction": "community"}))
    assert shares(session, by_community, "community") == {
        ("420503001001", "police_station"): (200, 0, 0),
        ("420503001002", "police_station"): (60, 60, 1),
    }


def test_a_row_with_neither_radius_nor_jurisdiction_is_listed_and_decides_nothing(
    session: Session, tmp_path: Path, run_with: Runs
) -> None:
    cases.district(tmp_path).load(session)
    told = run_with(cases.pack(tmp_path, radius=None))
    (kind,) = told.summary["types"]
    assert (kind["points"], kind["share"]) == (1, None)
    assert told.summary["tiers"][0]["of"] == 0
    assert reading_runs.show(session, told, "demand", EVERYTHING) == []
    assert reading_runs.gaps(session, told, EVERYTHING) == []


def test_what_is_not_open_yet_serves_nobody(session: Session, tmp_path: Path, run_with: Runs) -> None:
    files = cases.street_case(tmp_path).home("d", 100, 0)
    files.point("p", 150, 0, status="planned", planned_year=2028).point("q", 160, 0, status="在建").load(session)
    (row,) = reading_runs.show(session, run_with(cases.pack(tmp_path)), "demand", EVERYTHING)
    assert (row["metres"], row["cause"]) == (None, "no_facility")


def test_a_pack_may_demand_verified_points(session: Session, tmp_path: Path, run_with: Runs) -> None:
    cases.street_case(tmp_path).home("d", 100, 0).point("p", 150, 0).load(session)
    told = run_with(cases.pack(tmp_path, needs_verified=True))
    (row,) = reading_runs.show(session, told, "demand", EVERYTHING)
    assert (row["covered"], row["cause"]) == (False, "data")


def test_without_a_network_it_is_an_estimate(session: Session, tmp_path: Path, run_with: Runs) -> None:
    files = cases.Files(tmp_path).home("d", 0, 0).point("p", 300, 400)
    files.load(session)
    told = run_with(cases.pack(tmp_path, radius=650))
    (row,) = reading_runs.show(session, told, "demand", EVERYTHING)
    assert told.estimate is True
    assert reading_runs.record(told)["estimate"] is True
    assert (row["metres"], row["covered"]) == (650.0, True)


def test_the_same_inputs_give_the_same_hash_and_digits_whatever_the_row_order(
    session: Session, tmp_path: Path, run_with: Runs
) -> None:
    first = cases.district(tmp_path)
    reports = first.load(session)
    one, two = run_with(two_types(tmp_path)), run_with(two_types(tmp_path))
    for kind in reversed(list(reports)):
        undo(session, reports[kind].batch or 0)
    shuffled = cases.district(tmp_path)
    for rows in shuffled.rows.values():
        random.Random(4).shuffle(rows)
    shuffled.load(session)
    three = run_with(two_types(tmp_path))
    assert one.hash == two.hash
    assert one.payload == two.payload
    told = [{key: run.summary[key] for key in ("types", "tiers", "causes", "people")} for run in (one, two, three)]
    assert told[0] == told[1] == told[2]
    assert one.hash == three.hash


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("units", {"code": "B1", "people": 121}),
        ("gates", {"code": "G1", "state": "closed"}),
        ("sites", {"code": "K1", "status": "closed"}),
        ("network", {"wkt": cases.placed(shapely.LineString([(0, 21), (1000, 21)])).wkt}),
    ],
)
def test_another_input_gives_another_hash(
    session: Session, tmp_path: Path, run_with: Runs, kind: str, change: dict[str, Any]
) -> None:
    files = cases.district(tmp_path)
    files.load(session)
    before = run_with(two_types(tmp_path)).hash
    row = next((row for row in files.rows[kind] if row.get("code") == change.get("code")), files.rows[kind][0])
    row |= change
    files.bring(session, kind)
    assert run_with(two_types(tmp_path)).hash != before


def test_a_run_is_read_as_it_was_after_later_changes(session: Session, tmp_path: Path, run_with: Runs) -> None:
    files = cases.district(tmp_path)
    files.load(session)
    told = run_with(two_types(tmp_path))
    before = {level: reading_runs.show(session, told, level, EVERYTHING) for level in ("demand", "community")}
    gaps = reading_runs.gaps(session, told, EVERYTHING)
    next(row for row in files.rows["units"] if row["code"] == "420503001001")["name"] = "改名社区"
    files.bring(session, "units")
    assert {level: reading_runs.show(session, told, level, EVERYTHING) for level in before} == before
    assert reading_runs.gaps(session, told, EVERYTHING) == gaps


def test_a_narrow_scope_sees_its_own_rows(session: Session, run: Run) -> None:
    units = {unit.code: unit.unit_id for unit in session.query(UnitVersion).all()}
    scope = Scope.of({units["420503001002"]})
    assert {row["demand"] for row in reading_runs.show(session, run, "demand", scope)} == {"B3"}
    assert {code for code, _ in shares(session, run, "community", scope)} == {"420503001002"}
    assert {row["place"] for row in reading_runs.gaps(session, run, scope)} == {"C2"}
    for level in reading_runs.LEVELS:
        assert reading_runs.show(session, run, level, Scope.nothing()) == []
    assert reading_runs.gaps(session, run, Scope.nothing()) == []
    assert reading_runs.count_gaps(session, run, Scope.nothing(), GapFilter()) == (0, 0.0)


def test_runs_are_found_by_number_and_day(session: Session, run: Run) -> None:
    assert covering.find(session, None) is run
    assert covering.find(session, run.id) is run
    assert covering.latest(session, At(cases.DAY - timedelta(days=1))) is None
    with pytest.raises(NotFoundError, match="run_unknown"):
        covering.find(session, run.id + 1)


def test_what_cannot_be_run_or_shown(session: Session, tmp_path: Path, run_with: Runs) -> None:
    with pytest.raises(NotFoundError, match="run_none"):
        covering.find(session, None)
    with pytest.raises(InputError, match="pack_unknown"):
        covering.run(session, AT, "atlantis")
    with pytest.raises(InputError, match="no_demand"):
        run_with(cases.pack(tmp_path))
    cases.district(tmp_path).load(session)
    told = run_with(cases.pack(tmp_path))
    with pytest.raises(InputError, match="show_level_unknown"):
        reading_runs.show(session, told, "planet", EVERYTHING)
    with pytest.raises(InputError, match="order_unknown"):
        reading_runs.gaps(session, told, EVERYTHING, GapFilter(order="name"))


def test_the_packs_that_come_along_run(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    for name in ("gb50180-2018", "yichang-demo"):
        assert covering.run(session, AT, name).pack == name
    assert deployment.value(session, "pack") == "yichang-demo"


HASHES: dict[str, str] = {}


def test_both_engines_give_one_hash(session: Session, tmp_path: Path, run_with: Runs) -> None:
    files = cases.district(tmp_path)
    files.home("b-1", 300, 300).home("B 1", 310, 300).home("甲", 320, 300).home("Ä1", 330, 300)
    files.load(session)
    told = run_with(two_types(tmp_path)).hash
    assert HASHES.setdefault("the other engine", told) == told
