"""What tiles hold, on both engines: all that the lists hold, each thing's mark and name once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.sources import rulepacks
from gridgov.spatial.tiles import Layer
from gridgov.spatial.tiling import Tile, tiles_over
from gridgov.storage.current import At, Scope
from gridgov.storage.models import UnitCell
from gridgov.usecases import (
    browsing,
    contacting,
    covering,
    deployment,
    reading_runs,
    run_map,
    tile_cells,
    tile_ground,
    tile_marks,
    tiles,
)
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.run_map import Wanted
from gridgov.usecases.tiles import Asked
from tests.databases import TODAY

AT, EVERYTHING = At(TODAY), Scope.everything()


def everywhere(session: Session, z: int, scope: Scope = EVERYTHING) -> Iterator[Asked]:
    """Yield every tile of a zoom that anything may lie in."""
    bounds = deployment.extent(session)
    assert bounds is not None
    for tile in tiles_over(bounds, z):
        yield Asked(AT, scope, tile)


def merged(layers: list[Layer], name: str) -> Counter[int]:
    return Counter(number for layer in layers if layer.name == name for number in layer.ids)


@pytest.mark.parametrize(
    ("level", "z"), [("street", 10), ("community", 12), ("compound", 13), ("compound", 15), ("building", 14)]
)
def test_tiles_hold_every_unit_of_a_level(demo_session: Session, level: str, z: int) -> None:
    layers = [layer for asked in everywhere(demo_session, z) for layer in tiles.units(demo_session, asked, level)]
    known = {unit.unit_id: unit for unit in browsing.units_on_map(demo_session, AT, EVERYTHING, level)}
    assert set(merged(layers, level)) == set(known)
    for layer in layers:
        if layer.name == level:
            for number, code, name in zip(layer.ids, layer.columns["code"], layer.columns["name"], strict=True):
                assert (code, name) == (known[number].code, known[number].name or code)


def test_units_tell_what_they_lie_in(demo_session: Session) -> None:
    (asked,) = list(everywhere(demo_session, 13))[:1]
    for level in ("compound", "building"):
        layer = tiles.units(demo_session, asked, level)[0]
        assert len(layer.ids)
        for row, number in enumerate(layer.ids):
            chain = {unit.level: unit.code for unit in browsing.chain(demo_session, number, AT)}
            for above in ("street", "community"):
                assert layer.columns[above][row] == chain.get(above)


def test_a_scope_keeps_all_else_out(demo_session: Session) -> None:
    street = browsing.units_on_map(demo_session, AT, EVERYTHING, "street")[0].unit_id
    for level in ("street", "community", "compound"):
        inside = {unit.unit_id for unit in browsing.units_on_map(demo_session, AT, Scope.of({street}), level)}
        for scope, wanted in ((Scope.of({street}), inside), (Scope.nothing(), set())):
            tiled = [tiles.units(demo_session, asked, level) for asked in everywhere(demo_session, 12, scope)]
            assert {number for layers in tiled for number in layers[0].ids} == wanted


@pytest.mark.parametrize("z", [10, 15])
def test_facilities_are_all_counted_once(demo_session: Session, z: int) -> None:
    scenarios = {kind.id: kind.scenario for kind in rulepacks.catalogue().types}
    known = browsing.services_on_map(demo_session, AT, EVERYTHING)
    wanted = sum(point.status == "open" for point, _ in known)
    found = [tiles.facilities(demo_session, asked, scenarios)[0] for asked in everywhere(demo_session, z)]
    if z < tiles.SINGLE:
        assert sum(sum(layer.columns["count"]) for layer in found) == wanted
        assert sum(len(layer.ids) for layer in found) < wanted


def test_roads_come_with_the_zoom_and_are_ranked(demo_session: Session) -> None:
    kinds = list(tile_ground.KINDS)
    for z, most in ((8, 0), (10, 1), (12, 2), (14, 3), (15, 4)):
        layers = [layer for asked in everywhere(demo_session, z) for layer in tile_ground.ground(demo_session, asked)]
        told = {kind for layer in layers if layer.name == "roads" for kind in layer.columns["kind"]}
        assert told <= set(kinds[:most])
        assert len(told) == most
    (asked,) = list(everywhere(demo_session, 14))[:1]
    assert tile_ground.network(demo_session, asked)[0].columns["kind"] == kinds
    roads = next(layer for layer in tile_ground.ground(demo_session, asked) if layer.name == "roads")
    assert set(roads.columns["bounded"]) == {True}
    assert tile_ground.network(demo_session, replace(asked, scope=Scope.nothing())) == []
    assert tile_ground.network(demo_session, replace(asked, at=At(date(1990, 1, 1)))) == []


def test_posts_tell_the_state_of_each_unit(demo_session: Session) -> None:
    for tier, level in ((2, "community"), (3, "compound")):
        vacant = {row["code"] for row in contacting.places(demo_session, AT, EVERYTHING, tier, "vacant")}
        told: dict[str, tuple[str, bool]] = {}
        for asked in everywhere(demo_session, 14):
            (layer,) = tile_marks.posts(demo_session, asked, tier, "vacant")
            columns = (layer.columns[name] for name in ("code", "symbol", "dim"))
            told |= {code: (symbol, dim) for code, symbol, dim in zip(*columns, strict=True)}
        assert len(told) == len(browsing.units_on_map(demo_session, AT, EVERYTHING, level))
        assert {code for code, (_, dim) in told.items() if not dim} == vacant
        assert all(told[code][0] in {"vacant", "disputed"} for code in vacant)


def test_coverage_and_causes_are_those_of_the_lists(demo_session: Session) -> None:
    run = covering.find(demo_session, None)
    rows = reading_runs.show(demo_session, run, "compound", EVERYTHING)
    wanted = {row["code"]: row["share"] for row in rows if row["type"] == "pharmacy"}
    gaps = reading_runs.worst_gaps(demo_session, run, EVERYTHING, GapFilter(type="pharmacy"))
    symbols: dict[int, str] = {}
    for asked in everywhere(demo_session, 14):
        (layer,) = tile_marks.coverage(demo_session, asked, run, "compound", Wanted("pharmacy"))
        for code, share in zip(layer.columns["code"], layer.columns["share"], strict=True):
            assert share == wanted.get(code)
        (layer,) = tile_marks.causes(
            demo_session, asked, run, GapFilter(type="pharmacy"), lambda gap: str(gap["cause"])
        )
        symbols |= dict(zip(layer.ids, layer.columns["symbol"], strict=True))
    assert symbols == {unit: gap["cause"] for unit, gap in gaps.items()}


@pytest.mark.parametrize("level", ["building", "grid"])
def test_shares_of_building_groups_and_grids_are_those_of_the_lists(demo_session: Session, level: str) -> None:
    run = covering.find(demo_session, None)
    rows = reading_runs.show(demo_session, run, level, EVERYTHING)
    wanted = {row["code"]: row["share"] for row in rows if row["type"] == "pharmacy"}
    told: dict[str, float | None] = {}
    for asked in everywhere(demo_session, 13):
        (layer,) = tile_marks.coverage(demo_session, asked, run, level, Wanted("pharmacy"))
        told |= dict(zip(layer.columns["code"], layer.columns["share"], strict=True))
    assert any(share is not None for share in told.values())
    assert {code: share for code, share in told.items() if share is not None} == pytest.approx(
        {code: share for code, share in wanted.items() if share is not None and code in told}, abs=1e-6
    )
    assert {code for code, share in wanted.items() if share is not None} <= told.keys()


def test_cells_add_up_the_people_in_them(demo_session: Session) -> None:
    run = covering.find(demo_session, None)
    points = [row for row in reading_runs.show(demo_session, run, "demand", EVERYTHING) if row["type"] == "pharmacy"]
    people, covered = sum(row["people"] or 0 for row in points), sum(row["people_covered"] or 0 for row in points)
    found = run_map.cells(demo_session, run, EVERYTHING)
    column = found.shares.types.index("pharmacy")
    assert np.nansum(found.shares.people[:, column]) == pytest.approx(people)
    assert np.nansum(found.shares.covered[:, column]) == pytest.approx(covered)
    laid = set(demo_session.scalars(select(UnitCell.cell).where(UnitCell.share == 1)))
    codes: set[str] = set()
    for asked in everywhere(demo_session, 12):
        (layer,) = tile_marks.coverage(demo_session, asked, run, "cell", Wanted("pharmacy"))
        codes |= set(layer.columns["code"])
    assert len(codes) == len(found.places)
    assert not laid or codes <= laid
    street = browsing.units_on_map(demo_session, AT, EVERYTHING, "street")[0].unit_id
    assert 0 < len(run_map.cells(demo_session, run, Scope.of({street})).places) < len(found.places)
    assert len(run_map.cells(demo_session, run, Scope.nothing()).places) == 0


def test_the_lattice_of_the_unit_grid_lies_over_the_area_and_no_further(demo_session: Session) -> None:
    street = browsing.units_on_map(demo_session, AT, EVERYTHING, "street")[0]
    assert street.geometry is not None
    middle = street.geometry.representative_point()
    (tile,) = tiles_over((middle.x, middle.y, middle.x, middle.y), 16)
    cells, names = tile_cells.cells(demo_session, Asked(AT, EVERYTHING, tile))
    assert 20 < len(cells.ids) == len(set(cells.columns["code"])) < 100
    assert set(names.columns["name"]) <= set(cells.columns["code"])
    for asked in (Asked(AT, Scope.nothing(), tile), Asked(AT, EVERYTHING, Tile(16, 3, 3))):
        assert [len(layer.ids) for layer in tile_cells.cells(demo_session, asked)] == [0, 0]
    (far,) = tiles_over((middle.x, middle.y, middle.x, middle.y), 14)
    assert tile_cells.cells(demo_session, Asked(AT, EVERYTHING, far)) == []
