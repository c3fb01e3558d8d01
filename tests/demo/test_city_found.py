"""The whole city, imported like anybody's on either engine: all of it is there, and what was planted is found exactly.

Each engine has a class of its own, so that two workers import it side by side.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.storage import database
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import (
    BranchVersion,
    CadreVersion,
    ContactVersion,
    DepartmentVersion,
    GridVersion,
    PartnerVersion,
    PostVersion,
    RunGap,
    ServicePointVersion,
    SiteVersion,
    UnitVersion,
)
from gridgov.usecases import answering, browsing, checking, contacting, deployment, gridding, networks
from gridgov.usecases.demand import read_demand
from gridgov.usecases.places import read_places
from tests.conftest import copied
from tests.databases import TODAY, Databases
from tests.demo.conftest import Demo

AT = At(TODAY)
EVERYTHING = Scope.everything()


@pytest.fixture(scope="class")
def city(databases: Databases) -> Demo:
    """The city's files and truth; no test writes there."""
    return Demo(databases.demo_folder("city"))


@pytest.fixture(scope="class")
def imported(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Session]:
    """A session on the city of the class's engine, shared: nothing it does is kept."""
    with copied(databases, request.cls.engine, "city") as url:
        opened = database.open_engine(url)
        with database.reading(opened) as session:
            yield session
        opened.dispose()


@pytest.fixture(scope="class")
def units(imported: Session) -> dict[str, UnitVersion]:
    """All units of the day by code."""
    return {unit.code: unit for unit in imported.scalars(current(UnitVersion, AT, EVERYTHING))}


def number(session: Session, model: Any, *where: Any) -> int:
    """Count the versions of the day."""
    return (
        session.scalar(select(func.count()).select_from(current(model, AT, EVERYTHING).where(*where).subquery())) or 0
    )


class Truths:
    """What holds of the city on every engine."""

    engine: ClassVar[str]

    def test_all_of_it_is_there(self, imported: Session, city: Demo, units: dict[str, UnitVersion]) -> None:
        counts = city.truth["counts"]
        assert Counter(unit.level for unit in units.values()) == {
            "street": 28, "community": 330, "compound": 1300, "building": counts["buildings"], "household": 6500,
        }  # fmt: skip
        assert counts["buildings"] == pytest.approx(16_000, abs=800)
        assert number(imported, ServicePointVersion) == counts["sites"] == pytest.approx(4_500, abs=200)
        assert number(imported, SiteVersion) == len({row["site"] for row in city.layer("sites").rows})
        assert number(imported, GridVersion) == counts["grids"]
        assert number(imported, GridVersion, GridVersion.kind == "special") == 60
        assert number(imported, DepartmentVersion) == counts["departments"]
        assert number(imported, CadreVersion) == counts["cadres"]
        assert number(imported, PostVersion) == counts["posts"]
        assert number(imported, PartnerVersion) == counts["partners"]
        kept = imported.scalar(
            select(func.count()).select_from(ContactVersion).where(ContactVersion.superseded_by.is_(None))
        )
        assert kept == counts["contacts"]

    def test_the_network(self, imported: Session) -> None:
        """What it is built into is seen by the planted gaps."""
        segments = networks.read_segments(imported, AT)
        assert segments is not None
        ends = shapely.get_coordinates([shapely.get_point(segments.lines, at) for at in (0, -1)])
        assert len(np.unique(ends, axis=0)) >= 120_000

    def test_counts_that_echo_published_ones(self, imported: Session, city: Demo) -> None:
        told = {row["count"]: row["number"] for row in city.truth["tallies"] if row["published"]}
        held = list(imported.scalars(current(ContactVersion, AT, EVERYTHING)))
        posts = {each.cadre_id: each.post for each in imported.scalars(current(CadreVersion, AT, EVERYTHING))}
        secretaries = {each.cadre_id for each in held if each.role == "first_secretary"}
        supported = select(func.count(PartnerVersion.unit_id.distinct()))
        assert told == {
            "supported": imported.scalar(supported.where(PartnerVersion.kind == "resident_department")),
            "branches": number(imported, BranchVersion),
            "enlarged": number(imported, BranchVersion, BranchVersion.enlarged),
            "heads": sum(posts[cadre] == "主任" for cadre in secretaries),
            "leads": len({each.cadre_id for each in held if each.role == "lead"}),
            "members": len({each.cadre_id for each in held if each.role in {"lead", "member"}}),
        }
        assert list(told.values()) == [209, 1105, 926, 179, 1058, 13_000]

    def test_the_posts_are_as_planted(self, imported: Session, city: Demo) -> None:
        for row in contacting.report(imported, AT, EVERYTHING)["tiers"]:
            told = city.truth["posts"][str(row["tier"])]
            assert {name: row[name] for name in row if name != "tier"} == {
                name: told[name] for name in row if name != "tier"
            }
            for state, codes in told["units"].items():
                found = contacting.places(imported, AT, EVERYTHING, row["tier"], state)
                assert [place["code"] for place in found] == sorted(codes)
        vacant = {tier: told["vacant"] for tier, told in city.truth["posts"].items()}
        assert vacant["2"] > 100
        assert vacant["3"] == 228
        assert all(city.truth["posts"][tier]["expiring"] for tier in "123")
        assert all(city.truth["posts"][tier][name] for tier in "23" for name in ("disputed", "several"))

    def test_the_branches_are_as_planted(self, imported: Session, city: Demo) -> None:
        told = city.truth["branch_coverage"]
        coverage = contacting.report(imported, AT, EVERYTHING)["branch_coverage"]
        assert coverage == {"compounds": 1300, "covered": told["covered"]}
        uncovered = contacting.uncovered_compounds(imported, AT, EVERYTHING)
        assert [unit.code for unit in uncovered] == sorted(told["uncovered"])
        formations = Counter(branch.formation for branch in imported.scalars(current(BranchVersion, AT, EVERYTHING)))
        assert formations == {name: told[name] for name in ("joint", "attached", "independent")}

    def test_who_came_before_and_who_stands_in(
        self, imported: Session, city: Demo, units: dict[str, UnitVersion]
    ) -> None:
        told = city.truth["contacts"]
        history, left = told["history"], told["transferred"]
        now = {(each.role, each.code) for each in _held(imported, units[history["unit"]])}
        assert ("lead", history["after"]) in now
        before = contacting.earlier(imported, AT, EVERYTHING, units[history["unit"]].unit_id)
        assert [(each.role, each.code, each.until) for each in before] == [
            ("lead", history["before"], history["changed"])
        ]
        then = At(TODAY.replace(year=TODAY.year - 1))
        past = contacting.contacts_of(imported, then, EVERYTHING, {units[history["unit"]].unit_id})
        assert [each.code for each in past if each.role == "lead"] == [history["before"]]
        gone = contacting.earlier(imported, AT, EVERYTHING, units[left["unit"]].unit_id)
        assert [(each.role, each.code) for each in gone] == [("first_secretary", left["cadre"])]
        pairing = {(each.role, each.code) for each in _held(imported, units[left["unit"]])}
        assert ("leading", left["department"]) in pairing
        assert left["unit"] in city.truth["posts"]["2"]["units"]["vacant"]
        deputy = told["deputy"]
        assert {("lead", deputy["lead"]), ("deputy", deputy["deputy"])} <= {
            (each.role, each.code) for each in _held(imported, units[deputy["unit"]])
        }

    def test_check_finds_what_is_planted_and_nothing_else(self, imported: Session, city: Demo) -> None:
        places = city.truth["places"]
        disputed = {unit for told in city.truth["posts"].values() for unit in told["units"]["disputed"]}
        far = {code.rsplit("-", 1)[0] for code in places["far_service_points"]}
        found = {(finding.kind, finding.subject) for finding in checking.check(imported, AT, EVERYTHING)}
        assert found == {
            *(("disputed_post", unit) for unit in disputed),
            *(("wall_without_gate", code) for code in places["unrecorded_gates"]),
            *(("far_from_path", code) for code in far),
            ("crosses_community", places["crossing"]["compound"]),
            *(("pledge_overdue", code) for code in city.truth["partners"]["by"]["overdue"]),
            *(("capacity_unknown", code) for code in city.without_capacity),
        }

    def test_places_on_borders(self, imported: Session, city: Demo, units: dict[str, UnitVersion]) -> None:
        border, crossing = city.truth["places"]["border"], city.truth["places"]["crossing"]
        grids = browsing.grids_of(imported, AT, EVERYTHING, units[border["building"]].unit_id)
        assert sorted(grid.code for grid, _, _ in grids if grid.kind == "basic") == sorted(border["grids"])
        codes = {unit.unit_id: code for code, unit in units.items()}
        shares = gridding.shares_in(imported, AT, units[crossing["compound"]].unit_id)
        assert {codes[row.community_id]: row.share for row in shares} == pytest.approx(crossing["shares"], abs=0.001)
        assert [codes[row.community_id] for row in shares if row.leads] == [crossing["leads"]]

    def test_people_of_some_are_unknown(self, imported: Session, city: Demo) -> None:
        points = read_demand(imported, read_places(imported, AT), AT)
        unknown = {points.places.codes[row] for row in points.owners[np.isnan(points.people)]}
        homes = city.layer("buildings").rows
        assert unknown == {row["code"] for row in homes if row["people"] is None}
        assert {row["parent"] for row in homes if row["people"] is None} == set(city.truth["places"]["unknown_people"])

    def test_compounds_without_property_management(self, units: dict[str, UnitVersion], city: Demo) -> None:
        kept = Counter(unit.management for unit in units.values() if unit.level == "compound")
        assert kept == Counter(row["management"] for row in city.layer("compounds").rows)
        assert kept["none"] > 50

    def test_in_villages_no_lead_is_due(self, imported: Session, city: Demo, units: dict[str, UnitVersion]) -> None:
        profile = deployment.profile(imported)
        assert profile.id == city.truth["profile"] == "yichang-villages"
        villages = {code for code, unit in units.items() if unit.kind == "village"}
        assert villages == set(city.truth["villages"])
        assert len(villages) == 22
        spared = contacting.excused(imported, profile.tier(3), AT)
        inside = {unit.unit_id for unit in units.values() if unit.code[:12] in villages}
        assert spared == inside
        house = next(code for code, unit in sorted(units.items()) if unit.level == "building" and code[:12] in villages)
        (answer,) = answering.who(imported, house, AT, EVERYTHING)["candidates"]
        levels = [link["level"] if link else None for link in answer["chain"]]
        assert levels[:4] == ["street", "community", None, "building"]
        assert {contact["tier"] for contact in answer["contacts"]} <= {1, 2}

    def test_things_of_one_name_are_all_offered(self, imported: Session) -> None:
        found = answering.who(imported, "1号楼", AT, EVERYTHING)["candidates"]
        assert len(found) == answering.MOST
        assert not any(candidate["certain"] for candidate in found)
        assert len({candidate["chain"][3]["code"] for candidate in found}) == answering.MOST

    def test_planted_gaps_have_their_cause(self, imported: Session, city: Demo, units: dict[str, UnitVersion]) -> None:
        told = {(gap["compound"], gap["type"], gap["cause"]) for gap in city.truth["gaps"]}
        codes = {unit.unit_id: code for code, unit in units.items()}
        gaps = imported.execute(select(RunGap.unit_id, RunGap.type, RunGap.cause)).all()
        found = {(codes[unit], kind, cause) for unit, kind, cause in gaps}
        assert told <= found
        places = city.truth["places"]
        assert {code for code, _, cause in found if cause == "data"} == {places["island"], places["far_compound"]}


def _held(session: Session, unit: UnitVersion) -> list[contacting.Held]:
    return contacting.contacts_of(session, AT, EVERYTHING, {unit.unit_id})


class TestOnSqlite(Truths):
    """The embedded engine."""

    engine = "sqlite"


class TestOnPostgresql(Truths):
    """The engine at scale."""

    engine = "postgresql"
