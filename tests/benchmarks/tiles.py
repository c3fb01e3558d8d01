"""Vector tiles: the encoder beside two others on real buildings, and tiles of a big city as a browser asks for them."""

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from flask.testing import FlaskClient
from sqlalchemy import text

from gridgov.settings import Settings
from gridgov.sources.osm import read_osm
from gridgov.spatial.tiles import Layer, encode, flattened, warm_up
from gridgov.spatial.tiling import Tile, tiles_over
from gridgov.storage.current import At
from gridgov.storage.database import open_engine, writing
from gridgov.usecases import accounts
from gridgov.web.app import create_app
from tests.benchmarks import intake
from tests.benchmarks.measuring import Measurement
from tests.conftest import REALDATA
from tests.databases import Databases

DAY = date(2026, 11, 1)
TILE = Tile(13, 6758, 3321)
POLYGONS, TURNS, ASKED = 10_000, 5, 60
TIMES_MAPBOX, TIMES_POSTGIS = 10.0, 1.0
PACKED = {"Accept-Encoding": "gzip"}
UNCACHED, KNOWN = 0.060, 0.005
_OTHERS = """SELECT ST_AsMVT(told, 'any', 4096, 'geom', 'id') FROM (SELECT id, code, name,
ST_AsMVTGeom(shape, ST_TileEnvelope(13, 6758, 3321), 4096, 64, true) AS geom FROM building) AS told"""


def measurements() -> Iterator[Measurement]:
    warm_up()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # where root runs this, PostgreSQL runs as another user
        with closing(Databases(folder / "databases", os.getpid())) as databases:
            databases.folder.mkdir()
            yield from _encoders(databases)
            compounds, buildings, _ = intake.write(folder)
            for engine in ("sqlite", "postgresql"):
                with databases.copy(engine, "empty") as url:
                    for file, level in ((compounds, "compound"), (buildings, "building")):
                        intake.step(url, "take", str(file), level)
                    yield from _answers(url, engine, folder)


def _encoders(databases: Databases) -> Iterator[Measurement]:
    shapes = real_buildings()
    codes, names = [f"B{row}" for row in range(len(shapes))], [f"{row % 90 + 1}栋" for row in range(len(shapes))]
    layer = Layer("any", flattened(shapes), range(len(shapes)), {"code": codes, "name": names})
    ours = _least(lambda: encode(TILE, [layer]))
    units = shapely.transform(shapes, TILE.units)
    rows = zip(units, codes, names, strict=True)
    features = [{"geometry": shape, "properties": {"code": code, "name": name}} for shape, code, name in rows]
    options = {"y_coord_down": True, "extents": 4096}
    mapbox = _least(lambda: mapbox_vector_tile.encode([{"name": "any", "features": features}], options), 1)
    what = f"{len(shapes):,} real buildings in one tile"
    yield Measurement(f"{what}: encoded", ours)
    yield Measurement(f"{what}: mapbox-vector-tile’s time, of ours", mapbox / ours, TIMES_MAPBOX, "x")
    with databases.copy("postgresql", "empty") as url:
        engine = open_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE building (id int, code text, name text, shape geometry)"))
            planar = shapely.to_wkb(shapely.set_srid(_mercator(shapes), 3857), hex=True, include_srid=True)
            told = zip(range(len(shapes)), codes, names, planar.tolist(), strict=True)
            put = text("INSERT INTO building VALUES (:id, :code, :name, :shape)")
            connection.execute(put, [dict(zip(("id", "code", "name", "shape"), row, strict=True)) for row in told])
            postgis = _least(lambda: connection.execute(text(_OTHERS)).scalar_one())
        engine.dispose()
    yield Measurement(f"{what}: ST_AsMVT’s time, of ours", postgis / ours, TIMES_POSTGIS, "x")


def _answers(url: str, engine: str, folder: Path) -> Iterator[Measurement]:
    opened = open_engine(url)
    with writing(opened) as session:
        accounts.prepare_demo(session, At(DAY))
    if engine == "postgresql":
        with opened.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    opened.dispose()
    app = create_app(Settings(instance=folder / engine, database_url=url, secret_key="0" * 64, demo=True))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, TODAY=DAY)
    browser = app.test_client()
    browser.post("/demo", data={"role": "viewer"})
    for level, z in (("compound", 12), ("building", 14), ("building", 15)):
        taken, known, count = _asked(browser, level, z)
        what = f"300,000 buildings, {engine}: {level}s at zoom {z}, up to {count:,} a tile, 95 of 100 within"
        yield Measurement(what, taken, UNCACHED if (level, z) != ("compound", 12) else None)
        yield Measurement(f"{what}, known", known, KNOWN)
    app.extensions["gridgov.engine"].dispose()


def _asked(browser: FlaskClient, level: str, z: int) -> tuple[float, float, int]:
    """Ask for tiles all over the city: how long 95 of 100 take at most, sent and known; the most things in one."""
    edge = intake.EDGE * intake.ACROSS
    tiles = tiles_over((intake.WEST, intake.SOUTH, intake.WEST + edge, intake.SOUTH + edge * 0.75), z)
    chosen = random.Random(7).sample(tiles, min(ASKED, len(tiles)))
    taken, known, most = [], [], 0
    for number, tile in enumerate([chosen[0], *chosen]):
        path = f"/tiles/{level}/{tile.z}/{tile.x}/{tile.y}.mvt"
        again = {"If-None-Match": browser.get(path, headers=PACKED).headers["ETag"]}
        if number:  # the first one opens what stays open
            taken.append(_least(lambda path=path: browser.get(path, headers=PACKED), 3))
            known.append(_least(lambda path=path, again=again: browser.get(path, headers=again), 3))
        assert browser.get(path, headers=again).status_code == 304
        plain = browser.get(path).data
        held = mapbox_vector_tile.decode(plain).get(level, {"features": []})["features"] if plain else []
        most = max(most, len(held))
    return float(np.percentile(taken, 95)), float(np.percentile(known, 95)), most


def real_buildings() -> np.ndarray:
    """Return buildings of Nanjing, laid over a tile again and again; squares where the files aren't at hand."""
    file = REALDATA / "osm" / "nanjing_gulou_20210612.osm"
    if file.exists():
        told = read_osm(file).buildings.geometry or []
        shapes = [shape for shape in told if shape is not None and shape.geom_type in {"Polygon", "MultiPolygon"}]
    else:
        shapes = [shapely.box(0.0, 0.0, 0.0003, 0.0002)]
    west, south, east, north = TILE.bounds()
    chance = np.random.default_rng(5)
    found = []
    for row in range(POLYGONS):
        shape = shapely.transform(shapes[row % len(shapes)], lambda xy: xy - xy[0])
        place = chance.uniform((west, south), (east, north))
        found.append(shapely.transform(shape, lambda xy, place=place: xy + place))
    return np.array(found, dtype=object)


def _mercator(shapes: np.ndarray) -> np.ndarray:
    """Bring degrees to EPSG:3857, so that PostGIS has nothing to project."""
    half = 20037508.342789244
    world = Tile(0, 0, 0)
    return np.asarray(shapely.transform(shapes, lambda xy: (world.units(xy) / 2048 - 1) * [half, -half]), dtype=object)


def _least(work: Callable[[], Any], turns: int = TURNS) -> float:
    """Tell how long some work takes when nothing is in its way."""
    return min(_once(work) for _ in range(turns))


def _once(work: Callable[[], Any]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
