"""The planner's other pages, as he works with them: own areas, two compared, reach on foot, check-up, wall maps."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pytest
import shapely
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine, select

from gridgov.jobs.queue import Queue
from gridgov.jobs.work import Bench
from gridgov.settings import Settings
from gridgov.spatial.datums import wgs84_to_gcj02
from gridgov.storage.current import At, Scope, current
from gridgov.storage.database import open_engine, reading
from gridgov.storage.models import Document, UnitVersion
from tests.browser.live import DESKTOP, DRAWN, Watched, context_of, watched_page
from tests.databases import TODAY

pytestmark = pytest.mark.browser
COMPOUND, COMMUNITY = "420599001003X01", "420599001001"
A3, MM = {(297, 420), (420, 297)}, 72 / 25.4
# how many pixels the middle of the area drawn stands off from where a longitude and latitude lie
OFF = """([lon, lat]) => {
  const { map } = window.gridgov.shown;
  const box = map.getContainer().getBoundingClientRect();
  const drawn = document.querySelector("path.own-area").getBoundingClientRect();
  const meant = map.latLngToContainerPoint([lat, lon]);
  return Math.hypot(drawn.x + drawn.width / 2 - box.x - meant.x, drawn.y + drawn.height / 2 - box.y - meant.y);
}"""


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, server: str) -> Iterator[Watched]:
    """A planner's browser, signed in once."""
    with context_of(chromium, DESKTOP) as context:
        watched = watched_page(context, server)
        watched.page.goto(f"{server}/login")
        watched.page.click("button[value=planner]")
        yield watched


@pytest.fixture
def planner(signed_in: Watched) -> Iterator[Watched]:
    """The planner's browser: when a test is over, nothing was complained of nor asked of another host."""
    yield signed_in
    assert (signed_in.complaints, signed_in.elsewhere) == ([], [])


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Engine]:
    """The district's database."""
    made = open_engine(settings.database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def compound(engine: Engine) -> BaseGeometry:
    """The shape of a compound, EPSG:4490."""
    wanted = current(UnitVersion, At(TODAY), Scope.everything()).where(UnitVersion.code == COMPOUND)
    with reading(engine) as session:
        shape: BaseGeometry = session.scalars(wanted).one().geometry
        return shape


def test_own_areas_are_brought_seen_compared_and_let_go(
    planner: Watched, compound: BaseGeometry, tmp_path: Path
) -> None:
    """A web map's shape of a compound, shifted and in Chinese bytes, lies on the compound and counts its people."""
    page, base = planner.page, planner.base
    page.goto(f"{base}/planner/areas")
    page.fill("#area-name", "更新单元")
    page.set_input_files("#area-file", shifted(tmp_path, "桂花更新单元", compound))
    page.select_option("select[name=crs]", "GCJ-02")
    page.select_option("select[name=encoding]", "gb18030")
    page.click("#area-bring")
    expect(page.locator("#figures tbody th")).to_have_text("桂花更新单元")
    people = page.locator("#figures tbody td").first.inner_text()

    page.locator("#figures tbody a").click()
    page.fill("#compare-b", COMPOUND)
    page.click("#compare-go")
    sides = page.locator(".two > section")
    expect(sides).to_have_count(2)
    assert sides.locator("> p > strong").all_inner_texts() == [people, people]

    page.locator(".tabs a[href*='/planner/areas']").click()
    page.locator(".chip", has_text="更新单元").click()
    page.locator("a.button[href*='/planner?areas=']").click()
    expect(page.locator(".own-name")).to_have_text("桂花更新单元")
    page.wait_for_function(DRAWN)
    west, south, east, north = compound.bounds
    assert page.evaluate(OFF, [(west + east) / 2, (south + north) / 2]) < 2

    page.goto(page.url.replace("/planner?", "/planner/areas?").partition("#")[0])
    page.click("details:has(#remove) summary")
    page.click("#remove")
    page.wait_for_url(f"{base}/planner/areas")
    expect(page.locator("#area-name")).to_be_visible()
    expect(page.locator("#figures")).to_have_count(0)


def shifted(folder: Path, name: str, shape: BaseGeometry) -> Path:
    """Pack a Shapefile as an office has it: GCJ-02 under no name of a system, GB18030 under no name of an encoding."""
    moved = shapely.transform(shape, lambda at: list(zip(*wgs84_to_gcj02(at[:, 0], at[:, 1]), strict=True)))
    frame = geopandas.GeoDataFrame({"名称": [name]}, geometry=[moved], crs="EPSG:4490")
    frame.to_file(folder / "units.shp", encoding="gb18030")
    packed = folder / "units.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in folder.glob("units.*"):
            if part.suffix in {".shp", ".shx", ".dbf"}:
                archive.write(part, part.name)
    return packed


def test_reach_on_foot_is_pressed_paced_and_asked_by_keyboard(planner: Watched) -> None:
    page = planner.page
    planner.page.goto(f"{planner.base}/planner/reach")
    page.wait_for_function(DRAWN)
    box = page.locator(".folium-map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**from=111.*")
    expect(page.locator("path.ring")).to_have_count(3)
    pressed = people(page)
    page.select_option("#reach-pace", "elder")
    page.click("#reach-go")
    page.wait_for_url("**pace=elder*")
    expect(page.locator("#people-15")).not_to_have_text(f"{pressed:,}")
    assert people(page) < pressed

    page.focus("#reach-from")
    page.keyboard.press("Control+A")
    page.keyboard.type(COMPOUND)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**from={COMPOUND}&pace=brisk*")
    expect(page.locator("path.ring")).to_have_count(3)
    expect(page.locator("#where h1")).not_to_contain_text(COMPOUND)
    assert people(page) > 0
    assert page.evaluate("document.activeElement.id") == "reach-go"


def people(page: Page) -> int:
    """Return how many live within a quarter of an hour."""
    return int(page.locator("#people-15").inner_text().replace(",", ""))


def test_the_check_up_leads_to_its_places_and_leaves_as_a_workbook(planner: Watched) -> None:
    page = planner.page
    page.goto(f"{planner.base}/planner/checkup")
    line = page.locator("main table.cards tbody tr:has(td[data-label] strong a)").first
    item, lacking = line.locator("th").inner_text().splitlines()[0], int(line.locator("strong a").inner_text())
    line.locator("strong a").click()
    expect(page.locator("#those h2 .soft")).to_have_text(str(lacking))
    expect(page.locator("#those tbody tr")).to_have_count(min(lacking, 20))
    page.click(".exports summary")
    with page.expect_download() as coming:
        page.click(".exports a[href*='checkup.xlsx']")
    titles, *rows = CalamineWorkbook.from_path(coming.value.path()).get_sheet_by_index(0).to_python()
    told = [dict(zip(titles, row, strict=True)) for row in rows]
    assert sum(row["缺"] for row in told if (row["层级"], row["体检项目"]) == ("street", item)) == lacking


def test_a_wall_map_is_asked_for_followed_and_printed(planner: Watched, engine: Engine, settings: Settings) -> None:
    page = planner.page
    page.goto(f"{planner.base}/wallmaps?unit={COMMUNITY}")
    page.select_option("select[name=paper]", "a3")
    page.click("main form[method=post] button")
    expect(page.locator("[data-progress] progress")).to_be_visible()
    made_by_a_worker(engine, settings)
    file = page.locator("a[href$='map.pdf']")
    expect(file).to_be_visible()
    with page.expect_download() as coming:
        file.click()
    sheets = PdfReader(io.BytesIO(coming.value.path().read_bytes())).pages
    assert {tuple(round(float(side) / MM) for side in sheet.mediabox[2:]) for sheet in sheets} <= A3
    page.click("form[action$=drop] button")
    page.wait_for_url("**/wallmaps")


def made_by_a_worker(engine: Engine, settings: Settings) -> None:
    """Draw what was asked for last as a worker does: one of its own would take longer to start than all this."""
    queue = Queue(settings.jobs_address)
    with reading(engine) as session:
        token, job = session.execute(select(Document.token, Document.job).order_by(Document.id.desc())).first() or (
            "",
            "",
        )
    Bench(engine, queue, settings.instance).draw(token, job)
    queue.close()
