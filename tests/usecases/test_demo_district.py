"""The demo district on both engines: what was planted is told, and every way of counting gives the same."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Run, RunGap, RunShare, UnitVersion
from gridgov.usecases import answering, browsing, contacting, covering, gridding, partnering, reading_runs
from gridgov.usecases.partnering import BodyFilter
from tests.databases import TODAY

AT = At(TODAY)
EVERYTHING = Scope.everything()
HASHES: dict[str, str] = {}


@pytest.fixture
def truth(demo_folder: Path) -> dict[str, Any]:
    """What the demo planted."""
    told: dict[str, Any] = json.loads((demo_folder / "truth.json").read_text(encoding="utf-8"))
    return told


@pytest.fixture
def run(demo_session: Session) -> Run:
    """The run that the demo comes with."""
    return covering.find(demo_session, None)


def units(session: Session) -> dict[str, UnitVersion]:
    return {unit.code: unit for unit in session.scalars(current(UnitVersion, AT, EVERYTHING))}


def test_posts_and_branches_are_as_planted(demo_session: Session, truth: dict[str, Any]) -> None:
    report = contacting.report(demo_session, AT, EVERYTHING)
    coverage = truth["branch_coverage"]
    assert report["branch_coverage"] == {name: coverage[name] for name in ("compounds", "covered")}
    uncovered = contacting.uncovered_compounds(demo_session, AT, EVERYTHING)
    assert [unit.code for unit in uncovered] == sorted(coverage["uncovered"])
    for row in report["tiers"]:
        told = truth["posts"][str(row["tier"])]
        assert all(row[name] == told[name] for name in row if name != "tier")
        for state, codes in told["units"].items():
            rows = contacting.places(demo_session, AT, EVERYTHING, row["tier"], state)
            assert [place["code"] for place in rows] == sorted(codes)


def test_partner_bodies_are_as_planted(demo_session: Session, truth: dict[str, Any]) -> None:
    told = truth["partners"]
    found = partnering.bodies(demo_session, AT, EVERYTHING)
    assert partnering.counts(found) == {"bodies": told["bodies"], "pledges": told["pledges"]}
    for state, codes in told["by"].items():
        bodies = partnering.bodies(demo_session, AT, EVERYTHING, asked=BodyFilter(state=state))
        assert sorted(body.code for body in bodies) == codes
    assert [body.code for body in sorted(found, key=lambda body: body.code) if body.place] == told["placed"]
    spots = partnering.spots(demo_session, AT, EVERYTHING, found)
    assert sorted(body.code for spot in spots for body in spot.bodies) == sorted(body.code for body in found)


def test_the_numbers_of_the_streets_add_up_to_the_citys(demo_session: Session) -> None:
    whole = contacting.report(demo_session, AT, EVERYTHING)["tiers"]
    streets = [unit.unit_id for unit in units(demo_session).values() if unit.level == "street"]
    parts = [contacting.report(demo_session, AT, EVERYTHING, street)["tiers"] for street in streets]
    for tier, row in enumerate(whole):
        for name in ("due", "vacant", "expiring", "disputed"):
            assert row[name] == sum(part[tier][name] for part in parts)


def test_planted_gaps_are_in_the_list_with_their_cause(demo_session: Session, run: Run, truth: dict[str, Any]) -> None:
    rows = reading_runs.gaps(demo_session, run, EVERYTHING)
    told = {(row["place"], row["type"]): row for row in rows}
    for gap in truth["gaps"]:
        assert told[gap["compound"], gap["type"]]["cause"] == gap["cause"]
    assert {gap["cause"] for gap in truth["gaps"]} == {"data", "no_facility", "gate", "no_path"}
    assert all(row["department"] for row in rows if row["required"])


def test_people_of_communities_make_the_streets(demo_session: Session, run: Run) -> None:
    known = units(demo_session)
    codes = {unit.unit_id: code for code, unit in known.items()}
    stored = select(RunShare).where(RunShare.run_id == run.id)  # what is shown leaves small counts of an age out
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in demo_session.scalars(stored.where(RunShare.level == "community")):
        street = codes[known[codes[row.unit_id]].parent_id]
        sums[street, row.type][0] += row.people or 0
        sums[street, row.type][1] += row.people_covered or 0
    streets = list(demo_session.scalars(stored.where(RunShare.level == "street")))
    assert len(streets) == len(sums)
    for row in streets:
        assert [row.people, row.people_covered] == pytest.approx(sums[codes[row.unit_id], row.type], abs=0.01)
    for told in reading_runs.show(demo_session, run, "street", EVERYTHING):
        assert told["people"] is None or told["people"] == pytest.approx(sums[told["code"], told["type"]][0], abs=0.01)


def test_gap_rows_hold_all_uncovered_people(demo_session: Session, run: Run) -> None:
    decided = [row for row in run.summary["types"] if row["share"] is not None]
    told = {row["type"]: row["people"] - row["people_covered"] for row in decided}
    found: dict[str, float] = defaultdict(float)
    for row in demo_session.scalars(select(RunGap).where(RunGap.run_id == run.id)):
        found[row.type] += row.people
    assert found == pytest.approx({kind: people for kind, people in told.items() if people > 0}, abs=0.1)
    assert sum(run.summary["causes"].values()) == pytest.approx(sum(found.values()), abs=0.5)


def test_a_point_on_a_grid_border_is_in_both(demo_session: Session, truth: dict[str, Any]) -> None:
    border = truth["places"]["border"]
    number = units(demo_session)[border["building"]].unit_id
    found = browsing.grids_of(demo_session, AT, EVERYTHING, number)
    assert sorted(grid.code for grid, _, _ in found if grid.kind == "basic") == sorted(border["grids"])
    (answer,) = answering.who(demo_session, border["building"], AT, EVERYTHING)["candidates"]
    assert {grid["code"] for grid in answer["grids"]} >= set(border["grids"])


def test_the_crossing_compound_holds_its_shares(demo_session: Session, truth: dict[str, Any]) -> None:
    crossing = truth["places"]["crossing"]
    known = units(demo_session)
    codes = {unit.unit_id: code for code, unit in known.items()}
    shares = gridding.shares_in(demo_session, AT, known[crossing["compound"]].unit_id)
    assert {codes[row.community_id]: row.share for row in shares} == pytest.approx(crossing["shares"], abs=0.001)
    assert [codes[row.community_id] for row in shares if row.leads] == [crossing["leads"]]
    crossed = {row.unit_id for row in shares}
    assert len(crossed) == 1
    assert gridding.latest(demo_session) is not None


def test_both_engines_come_to_the_same(demo_session: Session, run: Run) -> None:
    again = covering.run(demo_session, AT)
    assert (again.hash, again.payload) == (run.hash, run.payload)
    assert HASHES.setdefault("the other engine", run.hash) == run.hash
    assert demo_session.scalar(select(Run.id).where(Run.id == run.id)) == run.id


def test_no_household_is_named_wherever_one_asks(demo_session: Session) -> None:
    households = [unit for unit in units(demo_session).values() if unit.level == "household"]
    assert len(households) > 500
    buildings = {unit.unit_id: code for code, unit in units(demo_session).items() if unit.level == "building"}
    for household in households[:5]:
        answer = answering.who(demo_session, buildings[household.parent_id or 0], AT, EVERYTHING)
        assert answer["candidates"][0]["chain"][4]["present"] >= 1
        if household.name:
            assert household.name not in json.dumps(answer, ensure_ascii=False, default=str)
