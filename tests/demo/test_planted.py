"""What the demo plants stands in its files as the truth tells it, found here without the product."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import numpy as np
import pytest
import shapely

from tests.demo.conftest import Demo

EXCLUSIVE = {"1": "leader", "2": "first_secretary", "3": "lead"}
LEVEL = {"1": "streets", "2": "communities", "3": "compounds"}


def found_as_planted(demo: Demo) -> None:
    """Count the pledges of `partners.csv` by their days, and compare with the truth."""
    told, rows = demo.truth["partners"], demo.table("partners")
    today = demo.truth["as_of"]
    soon = (date.fromisoformat(today) + timedelta(days=30)).isoformat()
    states, by = Counter(), defaultdict(set)
    for row in rows:
        for line in filter(None, row["pledges"].split("\n")):
            _, due, kept = (*line.split(" | "), "", "")[:3]
            assert kept <= today
            overdue = "overdue" if due < today else "due_soon" if due <= soon else "open"
            state = "kept" if kept else overdue if due else "open"
            states[state] += 1
            by[state].add(row["code"])
    assert dict(states) == told["pledges"]
    assert {state: sorted(by[state]) for state in told["by"]} == told["by"]
    assert dict(Counter(row["kind"] for row in rows)) == told["kinds"]
    assert len(rows) == told["bodies"]
    shared = [line.split(": ")[0] for row in rows for line in row["resources"].split("\n")]
    assert set(shared) == {"place", "skill"}
    assert max(Counter(row["code"] for row in rows for _ in row["pledges"].split("\n")).values()) >= 2


def _held(demo: Demo, tier: str) -> list[dict[str, str]]:
    day = demo.truth["as_of"]
    rows = [row for row in demo.table("contacts") if row["tier"] == tier and row["role"] == EXCLUSIVE[tier]]
    return [row for row in rows if row["valid_from"] <= day and (not row["valid_to"] or row["valid_to"] > day)]


@pytest.mark.parametrize("tier", ["1", "2", "3"])
def test_posts(demo: Demo, tier: str) -> None:
    told, held = demo.truth["posts"][tier], _held(demo, tier)
    due = {row["code"] for row in demo.layer(LEVEL[tier]).rows}
    limit = (date.fromisoformat(demo.truth["as_of"]) + timedelta(days=30)).isoformat()
    leads, units = Counter(row["unit"] for row in held), defaultdict(set)
    for row in held:
        units[row["holder"]].add(row["unit"])
    several = [found for found in units.values() if len(found) > 1]
    assert told["due"] == len(due)
    assert told["several"] == len(several)
    assert told["units"] == {
        "vacant": sorted(due - leads.keys()),
        "expiring": sorted({row["unit"] for row in held if row["valid_to"] and row["valid_to"] <= limit}),
        "disputed": sorted(unit for unit, count in leads.items() if count > 1),
        "several": sorted(unit for found in several for unit in found),
    }
    assert {state: told[state] for state in ("vacant", "expiring", "disputed")} == {
        state: len(told["units"][state]) for state in ("vacant", "expiring", "disputed")
    }


def test_105_leads_and_their_teams(demo: Demo) -> None:
    held = _held(demo, "3")
    assert len({row["holder"] for row in held}) == 105
    teams = Counter(row["unit"] for row in demo.table("contacts") if row["role"] == "member")
    assert set(teams.values()) == {2, 3, 4, 5, 6}
    assert {row["unit"] for row in held} <= teams.keys()


def test_contacts_name_known_cadres_departments_and_units(demo: Demo) -> None:
    cadres = {row["code"] for row in demo.table("cadres")}
    departments = {row["code"] for row in demo.table("departments")}
    units = {row["code"] for name in LEVEL.values() for row in demo.layer(name).rows}
    for row in demo.table("contacts"):
        assert row["unit"] in units
        assert row["holder"] in (departments if row["role"] in {"leading", "supporting"} else cadres)
    assert {row["department"] for row in demo.table("cadres")} - {""} <= departments
    leading = Counter(row["unit"] for row in demo.table("contacts") if row["role"] == "leading")
    assert leading == Counter(row["code"] for row in demo.layer("communities").rows)


def test_a_lead_followed_another(demo: Demo) -> None:
    told = demo.truth["contacts"]["history"]
    leads = [row for row in demo.table("contacts") if row["unit"] == told["unit"] and row["role"] == "lead"]
    assert {(row["holder"], row["valid_from"], row["valid_to"]) for row in leads if row["holder"] == told["after"]} == {
        (told["after"], told["changed"], "")
    }
    assert [row["valid_to"] for row in leads if row["holder"] == told["before"]] == [told["changed"]]


def test_a_deputy_stands_in(demo: Demo) -> None:
    told = demo.truth["contacts"]["deputy"]
    rows = {(row["unit"], row["role"], row["holder"]) for row in demo.table("contacts")}
    assert {(told["unit"], "deputy", told["deputy"]), (told["unit"], "lead", told["lead"])} <= rows


def test_branches(demo: Demo) -> None:
    told, rows = demo.truth["branch_coverage"], demo.table("branches")
    covered = [code for row in rows for code in row["compounds"].split(";")]
    compounds = {row["code"]: row["parent"] for row in demo.layer("compounds").rows}
    assert len(covered) == len(set(covered)) == told["covered"] == 98
    assert sorted(compounds.keys() - set(covered)) == told["uncovered"]
    assert Counter(row["formation"] for row in rows) == {
        name: told[name] for name in ("joint", "attached", "independent")
    }
    for row in rows:
        of = row["compounds"].split(";")
        assert (row["formation"] == "joint") == (len(of) > 1)
        assert len({compounds[code] for code in of}) == 1


def test_posts_and_partners_name_known_units(demo: Demo) -> None:
    units = {row["code"] for name in (*LEVEL.values(), "buildings") for row in demo.layer(name).rows}
    assert {row["unit"] for row in demo.table("posts")} | {row["unit"] for row in demo.table("partners")} <= units
    roles = Counter(row["role"] for row in demo.table("posts"))
    basic = [row for row in demo.layer("grids").rows if row["kind"] == "basic"]
    assert roles["grid_worker"] == len(basic)
    assert roles["branch_secretary"] == 98
    assert roles["community_police"] == roles["community_secretary"] == 20


def test_partner_bodies_share_and_pledge(demo: Demo) -> None:
    assert demo.truth["partners"]["pledges"] == {"overdue": 7, "due_soon": 9, "kept": 24, "open": 60}
    found_as_planted(demo)


def test_some_partner_bodies_have_a_place_in_their_community(demo: Demo) -> None:
    placed = [row for row in demo.table("partners") if row["lon"]]
    assert [row["code"] for row in placed] == demo.truth["partners"]["placed"]
    communities = demo.layer("communities")
    areas = {row["code"]: area for row, area in zip(communities.rows, communities.degrees, strict=True)}
    assert len(placed) == 20
    assert all(areas[row["unit"]].covers(shapely.Point(float(row["lon"]), float(row["lat"]))) for row in placed)


def test_numbers_are_plainly_invented(demo: Demo) -> None:
    for name in ("cadres", "posts"):
        for row in demo.table(name):
            assert row["office_phone"] == "" or row["office_phone"].startswith("0717-000")
            assert row["mobile"] == "" or row["mobile"].startswith("138000")


def test_service_points(demo: Demo) -> None:
    rows = demo.layer("sites").rows
    assert len({row["type"] for row in rows}) >= 25
    assert max(Counter(row["code"] for row in rows).values()) == 1
    assert max(Counter(row["site"] for row in rows).values()) >= 5
    assert {row["status"] for row in rows} == {"open", "planned", "under_construction", "closed"}
    assert all((row["status"] == "planned") == (row["planned_year"] is not None) for row in rows)


def test_a_compound_in_two_communities(demo: Demo) -> None:
    told = demo.truth["places"]["crossing"]
    place = demo.layer("compounds").by_code[told["compound"]]
    communities = demo.layer("communities").by_code
    shares = {code: place.intersection(other).area / place.area for code, other in communities.items()}
    assert {code: share for code, share in shares.items() if share > 1e-6} == pytest.approx(told["shares"], abs=1e-4)
    assert told["compound"].startswith(told["leads"])
    assert len(told["shares"]) == 2


def test_a_point_on_a_grid_border(demo: Demo) -> None:
    told = demo.truth["places"]["border"]
    buildings, grids = demo.layer("buildings"), demo.layer("grids")
    points = {
        row["code"]: place
        for row, place in zip(buildings.rows, buildings.degrees, strict=True)
        if place.geom_type == "Point"
    }
    assert list(points) == [told["building"]]
    covering = [
        row["code"]
        for row, place in zip(grids.rows, grids.degrees, strict=True)
        if row["kind"] == "basic" and place.covers(points[told["building"]])
    ]
    assert covering == told["grids"]
    assert len(covering) == 2


def test_far_from_every_path(demo: Demo) -> None:
    paths = shapely.union_all(demo.layer("network").metres)
    places = demo.truth["places"]
    buildings = demo.layer("buildings")
    far = [
        place
        for row, place in zip(buildings.rows, buildings.metres, strict=True)
        if row["parent"] == places["far_compound"]
    ]
    sites = demo.layer("sites")
    far += [p for row, p in zip(sites.rows, sites.metres, strict=True) if row["code"] in places["far_service_points"]]
    assert len(far) == 3
    assert shapely.distance(np.asarray(far), paths).min() > 200


def test_an_island_of_paths(demo: Demo) -> None:
    place = demo.layer("compounds").by_code[demo.truth["places"]["island"]]
    paths = demo.layer("network").metres
    within = shapely.intersects(paths, place)
    assert shapely.disjoint(shapely.union_all(paths[within]), shapely.union_all(paths[~within]))
    assert 0 < shapely.length(paths[within]).sum() < 500


def test_no_pharmacy_near_the_corner(demo: Demo) -> None:
    gap = next(gap for gap in demo.truth["gaps"] if gap["cause"] == "no_facility")
    sites = demo.layer("sites")
    same = sites.metres[[row["type"] == gap["type"] for row in sites.rows]]
    assert shapely.distance(same, demo.layer("compounds").by_code[gap["compound"]]).min() > 500


def test_every_cause_but_capacity_is_planted(demo: Demo) -> None:
    assert {gap["cause"] for gap in demo.truth["gaps"]} == {"data", "no_facility", "gate", "no_path"}
    assert demo.truth["gaps"]
