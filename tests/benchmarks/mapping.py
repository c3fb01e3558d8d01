"""A city's first map in Chromium: our page, beside the folium page that anybody would write of the same data.

13,000 compounds and 300,000 buildings in 100 streets and 400 communities. The naive page is `folium.GeoJson` of the
compounds and the buildings, on the same Leaflet from the same machine; both are measured from the click on.
"""

import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import folium
import geopandas
import numpy as np
import shapely
from playwright.sync_api import Browser, Page

from gridgov.storage.current import At
from gridgov.storage.database import open_engine, upgrade, writing
from gridgov.usecases import accounts
from gridgov.web.page import STATIC
from tests.benchmarks import intake
from tests.benchmarks.intake import ACROSS, COMPOUNDS, EDGE, SOUTH, WEST, step
from tests.benchmarks.measuring import Measurement
from tests.browser.live import DRAWN, chromium_path, chromium_started, context_of, served
from tests.databases import TODAY

PATIENCE = 600_000  # milliseconds
SOONER, FEWER, SMALLER = 8.0, 50.0, 20.0
MOST_MEGABYTES = 1.5
READY = """() => new Promise((told) => requestAnimationFrame(() => setTimeout(() => told(performance.now()), 0)))"""


@dataclass(frozen=True)
class Seen:
    """What a page took until it could be used: seconds, megabytes over the wire, megabytes of script memory."""

    seconds: float
    megabytes: float
    heap: float


def measurements() -> Iterator[Measurement]:
    if chromium_path() is None:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = _city(folder)
        _naive(folder)
        with chromium_started() as browser:
            with served(url, folder) as address:
                _first_view(browser, f"{address}/", DRAWN, address)  # the tile loops are compiled, or read, once
                ours = _first_view(browser, f"{address}/", DRAWN, address)
            with _files(folder / "naive") as address:
                naive = _first_view(browser, f"{address}/index.html", "() => document.readyState === 'complete'")
    yield Measurement("first map of 13,000 compounds, 300,000 buildings: ours", ours.seconds)
    yield Measurement("first map: the naive folium page", naive.seconds)
    yield Measurement("first map: ours, of the naive page's time", ours.seconds / naive.seconds, 1 / SOONER, "")
    yield Measurement("first map: megabytes over the wire", ours.megabytes, MOST_MEGABYTES, "MB")
    yield Measurement("first map: ours, of the naive page's bytes", ours.megabytes / naive.megabytes, 1 / FEWER, "")
    yield Measurement("first map: script memory", ours.heap, unit="MB")
    yield Measurement("first map: ours, of the naive page's memory", ours.heap / naive.heap, 1 / SMALLER, "")


def _city(folder: Path) -> str:
    """Bring the invented town into a database, with streets and communities over it; return its address."""
    url = f"sqlite:///{folder / 'city.sqlite'}"
    engine = open_engine(url)
    upgrade(engine)
    compounds, buildings, _ = intake.write(folder)
    number = np.arange(COMPOUNDS)
    column, row = number % ACROSS // 13, number // ACROSS // 10
    side = (number % ACROSS % 13 > 6) + 2 * (number // ACROSS % 10 > 4)
    streets = np.array([f"420503{street:03d}" for street in row * 10 + column])
    communities = np.array([f"{street}{part:03d}" for street, part in zip(streets, side, strict=True)])
    placed = geopandas.read_parquet(compounds).assign(parent=communities)
    placed.to_parquet(compounds)
    for level, codes in (("street", streets), ("community", communities)):
        _areas(placed, codes, level).to_parquet(folder / f"{level}.parquet")
        step(url, "take", str(folder / f"{level}.parquet"), level)
    step(url, "take", str(compounds), "compound")
    step(url, "take", str(buildings), "building")
    with writing(engine) as session:
        accounts.prepare_demo(session, At(TODAY))
    engine.dispose()
    return url


def _areas(compounds: geopandas.GeoDataFrame, codes: Any, level: str) -> geopandas.GeoDataFrame:
    """Return the box around the compounds of each code, as areas of a level."""
    boxes = compounds.bounds.groupby(codes).agg({"minx": "min", "miny": "min", "maxx": "max", "maxy": "max"})
    told = {"code": boxes.index, "name": [f"第{code[-3:]}号" for code in boxes.index]}
    if level == "community":
        told["parent"] = boxes.index.str[:9]
    shapes = shapely.box(boxes.minx, boxes.miny, boxes.maxx + 0.1 * EDGE, boxes.maxy + 0.1 * EDGE)
    return geopandas.GeoDataFrame(told, geometry=shapes, crs="EPSG:4490")


def _naive(folder: Path) -> None:
    """Write the page: both layers in it, as folium writes them, its Leaflet from beside it."""
    drawn = folium.Map(location=(SOUTH + 0.1, WEST + 0.13), zoom_start=12, tiles=None, prefer_canvas=True)
    for name in ("compounds", "buildings"):
        frame = geopandas.read_parquet(folder / f"{name}.parquet")[["code", "name", "geometry"]]
        folium.GeoJson(frame, tooltip=folium.GeoJsonTooltip(["name"])).add_to(drawn)
    page = folder / "naive"
    page.mkdir()
    text = drawn.get_root().render()
    text = re.sub(r"https://[^\"']+/(leaflet\.(?:js|css))", r"\1", text)
    text = re.sub(r"<(?:script|link)[^>]+https://[^>]+>(?:</script>)?", "", text)
    (page / "index.html").write_text(text, encoding="utf-8")
    for file in ("leaflet.js", "leaflet.css"):
        (page / file).write_bytes((STATIC / "vendor" / "leaflet" / file).read_bytes())


@contextmanager
def _files(folder: Path) -> Iterator[str]:
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_told: None})
    running = ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(folder)))
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()


def _first_view(browser: Browser, address: str, ready: str, entrance: str | None = None) -> Seen:
    """Open a page in a fresh profile, signed in where there is an entrance, and tell what it took."""
    with context_of(browser) as context:
        if entrance:
            _sign_in(context.new_page(), entrance)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        wire = context.new_cdp_session(page)
        got: list[float] = []
        wire.on("Network.loadingFinished", lambda told: got.append(told["encodedDataLength"]))
        for part in ("Network", "HeapProfiler", "Runtime"):
            wire.send(f"{part}.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.goto(address, timeout=PATIENCE)
        page.wait_for_function(ready)
        milliseconds = page.evaluate(READY)
        wire.send("HeapProfiler.collectGarbage")
        return Seen(milliseconds / 1000, sum(got) / 1e6, wire.send("Runtime.getHeapUsage")["usedSize"] / 1e6)


def _sign_in(page: Page, entrance: str) -> None:
    page.goto(f"{entrance}/login", timeout=PATIENCE)
    page.click("button[value=coordinator]", timeout=PATIENCE)
    page.close()
