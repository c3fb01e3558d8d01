"""Importing in the browser: real cities by upload, undone; columns told; rows to mend; a long one stopped; a phone."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Download

from gridgov.storage.current import At
from gridgov.storage.database import open_engine, writing
from gridgov.usecases import accounts
from tests.browser.live import DESKTOP, PHONE, Watched, context_of, demo_settings, served, watched_page
from tests.databases import TODAY, Databases
from tests.jobs.workers import working
from tests.spreadsheet import Rows, overwrite

pytestmark = pytest.mark.browser
LONG = 90_000
Open = Callable[..., Watched]


@pytest.fixture(scope="module")
def city(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an installation that the tests share."""
    with installed(databases, tmp_path_factory.mktemp("instance")) as address:
        yield address


@contextmanager
def installed(databases: Databases, instance: Path, template: str = "empty") -> Iterator[str]:
    """Yield the address of an installation, of one without any data unless told, its worker beside it."""
    with databases.copy("sqlite", template) as url:
        engine = open_engine(url)
        with writing(engine) as session:
            accounts.prepare_demo(session, At(TODAY))
        engine.dispose()
        with served(url, instance) as address, working(demo_settings(url, instance)):
            yield address


@pytest.fixture
def enter(chromium: Browser, city: str) -> Iterator[Open]:
    """Return a function that opens the page of imports."""
    contexts: list[BrowserContext] = []

    def start(size: dict[str, int] = DESKTOP, address: str | None = None) -> Watched:
        contexts.append(context_of(chromium, size))
        watched = watched_page(contexts[-1], address or city)
        watched.enter("admin")
        watched.page.set_default_timeout(LONG)
        return watched

    yield start
    for context in contexts:
        context.close()


@pytest.mark.realdata
def test_haidian_is_loaded_by_upload_and_an_import_undone(enter: Open, realdata: Path) -> None:
    watched = enter()
    page = watched.page
    bring(watched, realdata / "admin/beijing_subdistricts/haidian-all.geojson")
    assert "没有说明单元的层级" in page.inner_text(".notice.bad")
    again(watched, level="street")
    assert page.locator("#outcome .figures").inner_text().split()[1:5] == ["读取", "29", "新增", "29"]
    assert page.locator("path.brought.new").count() == 29
    write(watched)
    bring(watched, realdata / "admin/china_division_2.7.0_beijing_villages.csv", "units")
    again(watched, level="community", only="110108")
    assert "新增" in page.inner_text("#outcome .figures")
    assert page.locator("#rows tbody tr").count() == 50
    page.click("#rows .pages a")
    page.wait_for_selector("text=第 2 页")
    write(watched)
    bring(watched, realdata / "osm/beijing_cau_xueyuanlu_20260322.osm", "osm")
    page.locator("input[name=layers][value=sites]").uncheck()
    again(watched)
    write(watched)
    page.click("button:has-text('撤销')")
    page.wait_for_load_state()
    assert "撤销" in page.inner_text("dl.facts")
    bring(watched, realdata / "admin/beijing_subdistricts/haidian-all.geojson")
    assert "不会有变化" in page.inner_text("#outcome h2")
    page.click("button:has-text('放弃')")
    page.wait_for_url("**/admin/import")
    assert watched.complaints == []
    assert watched.elsewhere == []


@pytest.mark.realdata
def test_nanjing_is_loaded_by_upload_and_undone(
    enter: Open, databases: Databases, realdata: Path, tmp_path: Path
) -> None:
    with installed(databases, tmp_path) as address:
        watched = enter(PHONE, address)
        page = watched.page
        bring(watched, realdata / "osm/nanjing_gulou_20210612.osm")
        figures = page.inner_text("#outcome .figures")
        assert "OpenStreetMap" in figures
        assert "不能导入" not in figures
        assert page.locator("path.brought.new").count() > 500
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        write(watched)
        page.click("button:has-text('撤销')")
        page.wait_for_load_state()
        assert "撤销" in page.inner_text("dl.facts")
        assert watched.complaints == []


def test_a_column_is_told_and_refused_rows_come_back_as_a_workbook(enter: Open, tmp_path: Path) -> None:
    watched = enter()
    page = watched.page
    path = table(
        tmp_path / "单位.csv", [("单位号", "名称", "电话"), ("D1", "教育局", "0717-1"), ("", "民政局", "0717-2")]
    )
    bring(watched, path, "departments")
    assert page.locator(".notice.bad").count() == 1
    assert page.locator("#outcome").count() == 0
    page.select_option("tr:has-text('单位号') select", "code")
    again(watched)
    assert page.locator("#rows tr.rejected").count() == 1
    assert page.inner_text("#rows tr.rejected td").split()[-1] == "3"
    page.click("button:has-text('放弃')")
    path = table(tmp_path / "departments.csv", [("code", "title", "phone"), ("D1", "教育局", "1"), ("", "民政局", "2")])
    bring(watched, path)
    assert "不能写入" in page.inner_text("#outcome h2")
    assert page.locator("#rows tr.rejected .why").count() == 1
    with page.expect_download() as waited:
        page.click("text=下载待修改的行")
    assert saved(waited.value, tmp_path).suffix == ".xlsx"
    page.select_option("tr:has-text('phone') select", "address")
    again(watched)
    assert page.locator("tr:has-text('phone') select").input_value() == "address"
    page.click("button:has-text('放弃')")


def test_contacts_are_exported_a_holder_overwritten_and_brought_back(
    enter: Open, databases: Databases, tmp_path: Path
) -> None:
    with installed(databases, tmp_path, "town") as address:
        watched = enter(address=address)
        page = watched.page
        left, back = tmp_path / "left.xlsx", tmp_path / "包联.xlsx"
        left.write_bytes(page.request.get(f"{address}/export/contacts.xlsx").body())
        overwrite(left, back, "contacts", lambda rows: row_of(rows, "C1").update(holder="孙三"))
        bring(watched, back, "contacts")
        assert page.inner_text("#outcome .figures").split()[1:7] == ["读取", "3", "变更", "1", "未变", "2"]
        assert "P2 钱二于" in page.inner_text(".told")
        assert "移交给P3 孙三" in page.inner_text(".told")
        assert "P2 钱二" in page.inner_text("#rows tr.changed del")
        write(watched)
        assert page.locator("text=P3 孙三").count()
        assert watched.complaints == []


def row_of(rows: Rows, unit: str) -> dict[str, Any]:
    return next(row for row in rows if row["unit"] == unit)


def test_a_template_is_downloaded_and_one_left_bare_says_so(enter: Open, tmp_path: Path) -> None:
    watched = enter(PHONE)
    page = watched.page
    page.goto(f"{watched.base}/admin/import")
    with page.expect_download() as waited:
        page.click("a[href$='/templates/sites.xlsx']")
    bring(watched, saved(waited.value, tmp_path), "sites")
    assert "只有示例行" in page.inner_text(".notice.bad")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.click("button:has-text('放弃')")


def test_a_long_import_is_stopped_and_leaves_nothing(enter: Open, tmp_path: Path) -> None:
    watched = enter()
    page = watched.page
    rows = [("code", "name", "level"), *((f"4205{number:05d}", f"街道{number}", "street") for number in range(40_000))]
    choose(watched, table(tmp_path / "long.csv", rows), "units")
    page.wait_for_function("() => document.querySelector('[data-words]')?.textContent.includes('40,000')")
    page.click("button:has-text('停止')")
    page.wait_for_selector(".notice.bad")
    assert "未写入任何内容" in page.inner_text(".notice.bad")
    assert page.locator("#outcome").count() == 0
    page.click("button:has-text('放弃')")
    page.wait_for_url("**/admin/import")


def test_what_is_to_be_known_is_folded_and_the_import_stays_in_sight(enter: Open, tmp_path: Path) -> None:
    rows = [("小区编码", "小区名称", "社区编码"), *((f"X{number}", f"苑{number}", "") for number in range(30))]
    rows += [("合计", "", "") for _ in range(30)]
    path = table(tmp_path / "小区.csv", rows)
    for size in (DESKTOP, PHONE):
        watched = enter(size)
        page = watched.page
        bring(watched, path, "units")
        assert page.evaluate("window.scrollY") == 0
        bottom = page.locator("#outcome button.main").bounding_box()
        assert bottom is not None
        assert bottom["y"] + bottom["height"] <= size["height"]
        told = page.locator(".told > li")
        assert told.count() == 2
        assert "小区编码" in told.nth(0).inner_text() + told.nth(1).inner_text()
        page.focus(".told summary")
        page.keyboard.press("Enter")
        assert page.locator(".told details li").count() == 30
        assert "第 32 行" in page.inner_text(".told details li")
        assert page.locator("select[name=level]").input_value() == "compound"
        page.click("button:has-text('放弃')")


def test_two_tabs_import_one_thing_once(enter: Open, tmp_path: Path) -> None:
    watched = enter()
    page = watched.page
    bring(watched, table(tmp_path / "部门.csv", [("code", "name"), ("D7", "教育局")]), "departments")
    other = page.context.new_page()
    other.goto(page.url)
    page.click("#outcome button.main")
    other.click("#outcome button.main")
    for tab in (page, other):
        tab.wait_for_url("**/admin/batches/*", timeout=LONG)
    assert page.url == other.url
    assert watched.complaints == []


def test_files_are_dropped_or_chosen_by_keyboard(enter: Open) -> None:
    page = enter(PHONE).page
    page.goto(page.url.replace("/admin", "/admin/import"))
    page.focus("#files")
    assert page.evaluate("document.activeElement.id") == "files"
    page.evaluate(
        """() => {
            const carried = new DataTransfer();
            carried.items.add(new File(["code,name\\n"], "dropped.csv"));
            const event = new DragEvent("drop", { dataTransfer: carried, bubbles: true });
            document.querySelector(".drop").dispatchEvent(event);
        }"""
    )
    assert re.match(r"dropped\.csv · 1 kB", page.inner_text("#chosen li"))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_who_coordinates_or_plans_imports_nothing(enter: Open, city: str) -> None:
    page = enter().page
    for role in ("coordinator", "planner"):
        page.context.clear_cookies()
        page.goto(f"{city}/login")
        page.click(f"button[value={role}]")
        answer = page.goto(f"{city}/admin/import")
        assert answer is not None
        assert answer.status == 403


def choose(watched: Watched, path: Path, kind: str = "") -> None:
    """Choose a file on the page of imports, and send it."""
    page = watched.page
    page.goto(f"{watched.base}/admin/import")
    page.set_input_files("#files", str(path))
    page.select_option("select[name=kind]", kind)
    page.click("form[data-bring] button")
    page.wait_for_url("**/admin/import/*")


def bring(watched: Watched, path: Path, kind: str = "") -> None:
    """Send a file and wait until it was looked at."""
    choose(watched, path, kind)
    seen(watched)


def again(watched: Watched, **told: str) -> None:
    """Tell how the file is to be read, and wait until it was looked at again."""
    for name, value in told.items():
        field = watched.page.locator(f"#reading [name={name}]")
        field.select_option(value) if name == "level" else field.fill(value)
    watched.page.click("#reading button:not([type])")
    watched.page.wait_for_selector("[data-progress], #outcome")
    seen(watched)


def seen(watched: Watched) -> None:
    watched.page.wait_for_selector("#reading")
    watched.settle()


def write(watched: Watched) -> None:
    """Have what was looked at written, and wait for its batch."""
    watched.page.click("form[action$='/apply'] button")
    watched.page.wait_for_url("**/admin/batches/*")


def table(path: Path, rows: list[tuple[str, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def saved(download: Download, folder: Path) -> Path:
    path = folder / download.suggested_filename
    download.save_as(path)
    return path
