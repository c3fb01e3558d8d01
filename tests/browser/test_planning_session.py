"""A planner's session whole: the worst firm gap, a gate tried, a site tried, both compared, exported, told on paper."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from gridgov.storage.current import At
from gridgov.storage.database import open_engine, writing
from gridgov.usecases import accounts, covering, gridding
from gridgov.usecases.importing import import_osm
from gridgov.usecases.staging import ImportOptions
from tests.browser.live import DESKTOP, PATIENCE, Watched, context_of, served, watched_page
from tests.browser.planning import add_point, come_close, first_worked, gaining, worked
from tests.databases import TODAY, Databases

pytestmark = pytest.mark.browser
GATE, PATH, SITE = "开门", "修路", "设点"
PRESSED = """([x, y]) => {
  const { map } = window.gridgov.shown;
  const at = map.latLngToContainerPoint([y, x]);
  const box = map.getContainer().getBoundingClientRect();
  const away = (one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    return Math.hypot(left - box.left + width / 2 - at.x, top - box.top + height / 2 - at.y);
  };
  const gates = [...document.querySelectorAll(".thing-mark.gate.residents, .thing-mark.gate.closed")];
  const shown = gates.filter((one) => one.closest(".leaflet-container"));
  shown.sort((one, other) => away(one) - away(other))[0]?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  return !document.getElementById("thing").hidden;
}"""

ON_PAGE = """([x, y]) => {
  const { map } = window.gridgov.shown;
  const [at, box] = [map.latLngToContainerPoint([y, x]), map.getContainer().getBoundingClientRect()];
  return [box.left + at.x, box.top + at.y];
}"""


@pytest.fixture(scope="module")
def nanjing(databases: Databases, realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an application on a neighbourhood of Nanjing, out of its map alone."""
    with databases.copy("sqlite", "empty") as url:
        engine = open_engine(url)
        with writing(engine) as session:
            import_osm(session, realdata / "osm/nanjing_gulou_20210612.osm", ImportOptions(valid_from=TODAY))
            gridding.build(session, TODAY, 100)
            covering.run(session, At(TODAY))
            accounts.prepare_demo(session, At(TODAY))
        engine.dispose()
        with served(url, tmp_path_factory.mktemp("instance")) as address:
            yield address


def test_a_session_on_the_city(chromium: Browser, city: str, databases: Databases) -> None:
    planted = json.loads((databases.demo_folder("city") / "truth.json").read_bytes())["gaps"]
    (behind,) = (gap for gap in planted if gap["cause"] == "gate")
    watched = opened(chromium, city)
    worst = worst_firm_gap(watched)
    a_gate_opened(watched, behind["compound"], behind["type"])
    a_site_tried(watched, worst)
    compared(watched, GATE, SITE)
    exported(watched)
    told_on_paper(watched, worst, SITE)
    quiet(watched)


@pytest.mark.realdata
def test_a_session_on_nanjing(chromium: Browser, nanjing: str) -> None:
    """There nothing is known of gates: a path is tried, and a service of which the map has none at all."""
    watched = opened(chromium, nanjing)
    worst = worst_firm_gap(watched)
    assert worst["metres"] is None
    a_path_drawn(watched)
    a_site_tried(watched, worst)
    compared(watched, PATH, SITE)
    exported(watched)
    told_on_paper(watched, worst, SITE)
    quiet(watched)


def opened(chromium: Browser, address: str) -> Watched:
    watched = watched_page(context_of(chromium, DESKTOP), address)
    watched.enter("planner")
    return watched


def answered(watched: Watched, path: str) -> dict[str, Any]:
    """Return what the API answers."""
    answer = watched.page.context.request.get(f"{watched.base}/api/v1/{path}")
    assert answer.ok, answer.text()
    found: dict[str, Any] = answer.json()
    return found


def worst_firm_gap(watched: Watched) -> dict[str, Any]:
    """Narrow the list to firm gaps and open the first: its way is drawn, and who goes it is told."""
    page = watched.page
    page.click(".more-choices summary")
    page.select_option("#filter-firm", "yes")
    page.click("#filter-go")
    watched.settle()
    told = answered(watched, "coverage/gaps?firm=yes&limit=1")
    (worst,) = told["rows"]
    row = page.locator("#list tbody tr").first
    expect(row).to_have_attribute("data-code", worst["place"], timeout=PATIENCE)
    expect(page.locator("#list h2 .soft")).to_have_text(f"{told['count']:,}")
    row.locator("th a").click()
    watched.settle()
    expect(page.locator("#about")).to_contain_text(worst["name"] or worst["place"])
    expect(page.locator("path.way.walk")).to_have_count(0 if worst["metres"] is None else 1, timeout=PATIENCE)
    return worst


def a_gate_opened(watched: Watched, place: str, kind: str) -> None:
    """Open the gate that breaks the way in a plan: those behind it gain; the plan is kept."""
    page = watched.page
    watched.open(f"/planner?cause=gate&type={kind}")
    page.locator(f"#list tr[data-code='{place}'] th a").click()
    watched.settle()
    parts = answered(watched, f"coverage/way?unit={place}&type={kind}&cause=gate")["features"]
    (broken,) = (part["geometry"]["coordinates"] for part in parts if part["properties"]["kind"] == "break")
    begun(watched, broken)
    page.wait_for_function(PRESSED, arg=broken)
    worked(page, lambda: page.click("#thing [data-state=open]"))
    assert gaining(page) > 0
    saved(watched, GATE)


def a_path_drawn(watched: Watched) -> None:
    """Draw the path that the place of most people lacks: straight from them to what is near."""
    page = watched.page
    (gap,) = answered(watched, "coverage/gaps?cause=no_path&limit=1")["rows"]
    watched.open("/planner?cause=no_path")
    page.locator("#list tbody tr th a").first.click()
    watched.settle()
    expect(page.locator("#about")).to_contain_text(gap["name"] or gap["place"])
    asked = f"coverage/way?unit={gap['place']}&type={gap['type']}&cause=no_path"
    parts = {
        part["properties"]["kind"]: part["geometry"]["coordinates"] for part in answered(watched, asked)["features"]
    }
    begun(watched, [sum(axis) / 2 for axis in zip(*parts["straight"], strict=True)], 16)
    page.click("[data-tool=add_link]")
    for corner in parts["straight"]:
        page.mouse.click(*page.evaluate(ON_PAGE, corner))
    worked(page, lambda: page.click("#plan-done"))
    assert gaining(page) > 0
    saved(watched, PATH)


def a_site_tried(watched: Watched, gap: dict[str, Any]) -> None:
    """Put a service point of the type that lacks in the midst of those who lack it."""
    page = watched.page
    watched.open(f"/planner?unit={gap['place']}&way={gap['type']}&why={gap['cause']}")
    middle = page.evaluate("() => { const { lng, lat } = window.gridgov.shown.map.getCenter(); return [lng, lat]; }")
    begun(watched, middle)
    add_point(page)
    assert gaining(page) > 0
    saved(watched, SITE)


def compared(watched: Watched, *names: str) -> None:
    """Put the plans side by side."""
    page = watched.page
    page.click(".tabs a[href$='/compare'], #plan-form a[href*='/compare']")
    for box in page.locator("input[name=plan]").all():
        box.check()
    page.click("main form button")
    heads = page.locator("table.compared thead th a")
    expect(heads).to_have_count(len(names))
    assert set(heads.all_inner_texts()) == set(names)
    gained = page.locator("tbody tr").first.locator("td").all_inner_texts()
    assert all(int(told.replace(",", "")) > 0 for told in gained)


def exported(watched: Watched) -> None:
    """Take the narrowed list along as a workbook: every row of it."""
    page = watched.page
    watched.open("/planner?firm=yes")
    page.click("#list .exports summary")
    with page.expect_download() as coming:
        page.locator("#list .exports a[href*='/gaps'][href*='xlsx']").click()
    told = answered(watched, "coverage/gaps?firm=yes&limit=1")
    rows = CalamineWorkbook.from_path(coming.value.path()).get_sheet_by_index(0).to_python()
    assert len(rows) - 1 == told["count"]


def told_on_paper(watched: Watched, worst: dict[str, Any], plan: str) -> None:
    """Take a plan's brief to the meeting: the worst gap, what the plan changes, and that rules are unverified."""
    page = watched.page
    page.locator(".tabs a", has_text=plan).first.click()
    watched.settle()
    address = page.locator("#plan-form a[href*='gaps.pdf']").get_attribute("href")
    paper = PdfReader(io.BytesIO(page.context.request.get(f"{watched.base}{address}").body()))
    text = "".join("".join(sheet.extract_text() for sheet in paper.pages).split())
    assert "".join((worst["name"] or worst["place"]).split()) in text
    assert plan in text
    assert "参考" in text


def begun(watched: Watched, at: list[float], zoom: int = 17) -> None:
    """Begin a plan on the place looked at, close enough for gates to show."""
    watched.page.click(".tabs a[href*='plan=new']")
    watched.settle()
    first_worked(watched.page)
    come_close(watched.page, at, zoom, least=0)


def saved(watched: Watched, name: str) -> None:
    page = watched.page
    page.fill("#plan-name", name)
    with page.expect_navigation():
        page.click("#plan-save")
    watched.settle()
    expect(page.locator(".tabs [aria-current]")).to_have_text(name)


def quiet(watched: Watched) -> None:
    """Nothing was complained of, and nothing asked of another host."""
    assert (watched.complaints, watched.elsewhere) == ([], [])
    watched.page.context.close()
