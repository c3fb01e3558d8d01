"""An hour of an administrator's work on the map, on both engines; afterwards the database holds what was meant."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope, current
from gridgov.storage.database import open_engine
from gridgov.storage.models import Batch, ContactVersion, GateVersion, UnitVersion
from gridgov.usecases import history, things
from gridgov.usecases.things import Thing
from tests.browser.live import DESKTOP, PHONE, Watched, context_of, served, watched_page
from tests.databases import TODAY

pytestmark = pytest.mark.browser
AT, ALL = At(TODAY), Scope.everything()
COMPOUND, OTHER = "420599001003X01", "420599001003X02"


@dataclass
class Office:
    """The administrator's browser, the address it looks at, and a session that reads the same database."""

    watched: Watched
    session: Session
    browser: Browser

    @property
    def page(self) -> Page:
        """The page."""
        return self.watched.page

    def open(self, path: str) -> None:
        """Go to a page of the editor, and wait for its neighbours where it has a map."""
        self.watched.open(f"/admin/things{path}")
        if self.page.locator(".folium-map").count():
            self.page.wait_for_function("() => document.documentElement.dataset.beside > 0")

    def unit(self, code: str) -> Thing:
        """Read a unit as the database has it now."""
        self.session.rollback()
        wanted = current(UnitVersion, AT, ALL).where(UnitVersion.code == code)
        return things.read(self.session, "units", self.session.scalars(wanted).one().unit_id, AT, ALL)

    def newest(self) -> Batch:
        """Return the newest batch."""
        self.session.rollback()
        return self.session.query(Batch).order_by(Batch.id.desc()).first()  # type: ignore[return-value]

    def record(self) -> None:
        """Look at the preview, and record it."""
        self.page.click("button[value=preview]")
        expect(self.page.locator("button[value=apply]")).to_be_visible()
        self.page.click("button[value=apply]")
        expect(self.page.locator(".recorded")).to_be_visible()

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where a position stands in the window."""
        x, y = self.page.evaluate(
            """([lon, lat]) => {
                const point = map_edit.latLngToContainerPoint([lat, lon]);
                const box = map_edit.getContainer().getBoundingClientRect();
                return [box.x + point.x, box.y + point.y];
            }""",
            [lon, lat],
        )
        return x, y

    def click(self, lon: float, lat: float, off: tuple[float, float] = (0, 0)) -> None:
        """Move the hand to a position, some pixels off it, and click."""
        x, y = self.at(lon, lat)
        self.page.mouse.move(x + off[0] + 30, y + off[1] + 30)
        self.page.mouse.move(x + off[0], y + off[1], steps=4)
        self.page.wait_for_timeout(150)  # the snapping looks around at most ten times a second
        self.page.mouse.click(x + off[0], y + off[1])


@pytest.fixture
def office(own_demo_url: str, chromium: Browser, tmp_path: Path) -> Iterator[Office]:
    engine = open_engine(own_demo_url)
    looking = Session(engine.execution_options(gridgov_reading=True))
    with served(own_demo_url, tmp_path) as address, context_of(chromium, DESKTOP) as context, looking as session:
        watched = watched_page(context, address)
        watched.enter("admin")
        yield Office(watched, session, chromium)
    engine.dispose()


def test_an_hours_work(office: Office) -> None:
    _draw_a_gate(office)
    _divide_a_compound(office)
    _transfer_a_first_secretary(office)
    _move_a_building(office)
    _give_another_code(office)
    assert office.watched.complaints == []
    _meet_another_editor(office)
    _send_a_form_twice(office)
    _undo(office)
    assert [told for told in office.watched.complaints if "409" not in told] == []
    assert office.watched.elsewhere == []


def _draw_a_gate(office: Office) -> None:
    compound = office.unit(COMPOUND)
    office.open(f"/gates/new?unit={COMPOUND}")
    (west, south), (east, north) = compound.geometry.exterior.coords[0], compound.geometry.exterior.coords[1]
    office.page.click("[data-draw=Marker]")
    office.click(west + (east - west) * 0.7, south + (north - south) * 0.7, off=(7, 5))
    expect(office.page.locator("#geometry")).not_to_have_value("")
    office.page.fill("#f-name", "画出来的门")
    office.page.select_option("#f-state", "open")
    office.page.fill("#note", "便民通道 2026-11")
    office.record()
    office.session.rollback()
    gate = office.session.scalars(current(GateVersion, AT, ALL).where(GateVersion.name == "画出来的门")).one()
    assert gate.unit_id == compound.identity
    assert compound.geometry.exterior.distance(gate.geometry) < 1e-8
    assert office.newest().note == "便民通道 2026-11"


def _divide_a_compound(office: Office) -> None:
    compound = office.unit(COMPOUND)
    buildings = things.listed(office.session, "units", AT, ALL, under=compound.identity, level="building")[0]
    west, south, east, north = compound.geometry.bounds
    page = office.page
    office.open(f"/units/{compound.identity}/split")
    page.click("[data-draw=Line]")
    middle, room = (west + east) / 2, (north - south) * 0.1
    office.click(middle, south - room)
    office.click(middle, north + room)
    office.click(middle, north + room)
    expect(page.locator("#line")).not_to_have_value("")
    page.click("button[value=divide]")
    expect(page.locator("fieldset.piece")).to_have_count(2)
    office.watched.settle()
    expect(page.locator("path.piece")).to_have_count(2)
    page.fill("#part1-name", "东园")
    page.fill("#part2-name", "西园")
    page.fill("#part2-code", f"{COMPOUND}W")
    page.fill("#part1-people", "700")
    page.fill("#part2-people", "675")
    office.record()
    parts = [office.unit(COMPOUND), office.unit(f"{COMPOUND}W")]
    assert [(part.label, part.values["people"]) for part in parts] == [("东园", "700"), ("西园", "675")]
    assert parts[0].identity == compound.identity
    assert sum(part.geometry.area for part in parts) == pytest.approx(compound.geometry.area, rel=1e-6)
    living = [
        things.listed(office.session, "units", AT, ALL, under=part.identity, level="building")[0] for part in parts
    ]
    assert sum(map(len, living)) == len(buildings)
    assert all(living)
    for part, inside in zip(parts, living, strict=True):
        assert all(shapely.intersects(part.geometry, building.geometry) for building in inside)


def _transfer_a_first_secretary(office: Office) -> None:
    held = current(ContactVersion, AT, ALL).where(ContactVersion.role == "first_secretary")
    post = office.session.scalars(held.where(ContactVersion.valid_to.is_(None)).order_by(ContactVersion.id)).first()
    assert post is not None
    community, leaver, tier = post.unit_id, post.cadre_id, post.tier
    place = things.read(office.session, "units", community, AT, ALL).code or ""
    cadre = things.read(office.session, "cadres", leaver or 0, AT, ALL)
    departments = things.listed(office.session, "departments", AT, ALL)[0]
    other = next(one for one in departments if one.code != cadre.values["department"])
    follower = next(one for one in things.listed(office.session, "cadres", AT, ALL)[0] if one.identity != leaver)
    page = office.page
    office.open(f"/cadres/{leaver}")
    page.fill("#f-department", other.code or "")
    page.check("#vacate")
    office.record()
    office.session.rollback()
    assert not office.session.scalars(held.where(ContactVersion.unit_id == community)).all()
    assert things.read(office.session, "cadres", leaver or 0, AT, ALL).values["department"] == other.code
    office.open(f"/contacts/new?unit={place}")
    page.select_option("#f-tier", str(tier))
    page.select_option("#f-role", "first_secretary")
    page.fill("#f-holder", follower.code or "")
    page.fill("#f-document", "任字〔2026〕7号")
    office.record()
    office.session.rollback()
    new = office.session.scalars(held.where(ContactVersion.unit_id == community)).one()
    assert (new.cadre_id, new.document, new.confirmed) == (follower.identity, "任字〔2026〕7号", True)


def _move_a_building(office: Office) -> None:
    compound = office.unit(OTHER)
    building = things.listed(office.session, "units", AT, ALL, under=compound.identity, level="building")[0][0]
    middle = building.geometry.centroid
    office.open(f"/units/{building.identity}")
    office.page.click("[data-drag]")
    x, y = office.at(middle.x, middle.y)
    office.page.mouse.move(x, y)
    office.page.mouse.down()
    office.page.mouse.move(x + 6, y + 4, steps=5)
    office.page.mouse.up()
    office.page.wait_for_function("() => document.documentElement.dataset.told > 0")
    office.record()
    after = office.unit(building.code or "")
    assert after.geometry.area == pytest.approx(building.geometry.area, rel=0.01)
    assert 0 < after.geometry.centroid.distance(middle) < 1e-3


def _give_another_code(office: Office) -> None:
    compound = office.unit(OTHER)
    office.open(f"/units/{compound.identity}")
    office.page.fill("#f-code", f"{OTHER}N")
    office.record()
    after = office.unit(f"{OTHER}N")
    assert after.identity == compound.identity
    assert after.geometry.equals(compound.geometry)


def _meet_another_editor(office: Office) -> None:
    compound = office.unit(f"{OTHER}N")
    page = office.page
    office.open(f"/units/{compound.identity}")
    with context_of(office.browser, DESKTOP) as context:
        colleague = watched_page(context, office.watched.base)
        colleague.enter("admin", to=f"/admin/things/units/{compound.identity}")
        colleague.page.fill("#f-name", "同事起的名")
        colleague.page.fill("#f-address", "同事写的地址")
        colleague.page.click("button[value=preview]")
        colleague.page.click("button[value=apply]")
        expect(colleague.page.locator(".recorded")).to_be_visible()
        assert colleague.complaints == []
    page.fill("#f-name", "我起的名")
    page.click("button[value=preview]")
    expect(page.locator(".clash")).to_have_count(1)
    expect(page.locator(".differences ins", has_text="同事写的地址")).to_be_visible()
    page.check("input[name=pick-f-name][value=mine]")
    page.click("button[value=preview]")
    page.click("button[value=apply]")
    expect(page.locator(".recorded")).to_be_visible()
    after = office.unit(f"{OTHER}N")
    assert (after.label, after.values["address"]) == ("我起的名", "同事写的地址")


def _send_a_form_twice(office: Office) -> None:
    compound = office.unit(f"{OTHER}N")
    page = office.page
    office.open(f"/units/{compound.identity}")
    page.fill("#f-name", "只改一次")
    page.click("button[value=preview]")
    page.click("button[value=apply]")
    expect(page.locator(".recorded")).to_be_visible()
    number = office.newest().id
    page.go_back()
    page.click("button[value=apply]")
    expect(page.locator(".recorded")).to_contain_text(str(number))
    assert office.newest().id == number
    assert office.unit(f"{OTHER}N").label == "只改一次"


def _undo(office: Office) -> None:
    compound = office.unit(f"{OTHER}N")
    office.open(f"/units/{compound.identity}/history")
    expect(office.page.locator(".past > li")).not_to_have_count(0)
    office.page.locator(".past a[href*='/batches/']").first.click()
    expect(office.page.locator("del", has_text="我起的名")).to_be_visible()
    office.page.click("form[action*='/undo'] button")
    expect(office.page.locator("main h1")).to_be_visible()
    assert office.unit(f"{OTHER}N").label == "我起的名"
    told = history.of_thing(office.session, "units", compound.identity)
    assert told[0][0].undoes is not None


PATHS = (
    "/admin/things/units?level=compound",
    "/admin/things/contacts",
    "/admin/things/units/new?level=building&unit=420599001003X01",
    "/admin/things/units/30",
    "/admin/things/units/30/split",
    "/admin/things/units/30/merge",
    "/admin/things/units/30/end",
    "/admin/things/units/30/history",
    "/admin/things/cadres/1",
    "/admin/batches/1",
)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_the_editors_pages_are_quiet_and_fit(watch, language: str, size: dict[str, int]) -> None:  # noqa: ANN001
    watched = watch(size, scheme="dark" if language == "en" else "light")
    watched.enter("admin", language)
    for path in PATHS:
        watched.open(path)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        small = watched.page.evaluate(
            """() => [...document.querySelectorAll("main button, main select, main summary, main .field, main .tick")]
                .filter((one) => innerWidth < 600 || !one.matches(".chip"))
                .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5)
                .map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert small == [], path
    assert (watched.complaints, watched.elsewhere) == ([], [])


def test_what_is_typed_shows_on_the_map_by_keyboard_alone(watch) -> None:  # noqa: ANN001
    watched = watch()
    watched.enter("admin", to="/admin/things/units/30")
    page = watched.page
    before = page.locator("path.drawn").get_attribute("d")
    corners = page.input_value("#geometry").splitlines()
    page.fill("#geometry", "\n".join(corners[:-1]))
    expect(page.locator("path.drawn")).not_to_have_attribute("d", before or "")
    page.fill("#geometry", "nowhere")
    expect(page.locator("path.drawn")).to_have_count(0)
    page.locator("button[value=preview]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#problems")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#geometry")).to_be_focused()
    assert page.input_value("#geometry") == "nowhere"
    page.click("[data-reset]")
    assert page.input_value("#geometry").splitlines() == corners
    expect(page.locator("path.drawn")).to_have_count(1)


def test_what_was_typed_is_there_again_after_back(watch) -> None:  # noqa: ANN001
    watched = watch()
    watched.enter("admin", to="/admin/things/units/30")
    page = watched.page
    page.fill("#f-name", "打过的字")
    page.fill("#f-people", "12")
    page.click("button[value=preview]")
    expect(page.locator("button[value=apply]")).to_be_visible()
    page.go_back()
    expect(page.locator("#f-name")).to_have_value("打过的字")
    expect(page.locator("#f-people")).to_have_value("12")
    watched.open("/admin/things/units/30")
    expect(page.locator("#f-name")).not_to_have_value("打过的字")
    page.locator(".tools summary").click()
    page.locator("[data-reader] button").click()
    page.wait_for_url("**/login*")
    assert page.evaluate("sessionStorage.length") == 0


def test_no_personal_number_is_kept_by_the_tab(watch) -> None:  # noqa: ANN001
    watched = watch()
    watched.enter("admin", to="/admin/things/cadres/new")
    page = watched.page
    page.fill("#f-code", "K990")
    page.fill("#f-name", "新干部")
    page.fill("#f-mobile", "0086 139-1234-5678")
    page.fill("#f-post", "找小王 １３９ 1234 5678")
    page.click("button[value=preview]")
    expect(page.locator("button[value=apply]")).to_be_visible()
    kept = page.evaluate("sessionStorage.getItem('gridgov-typed')")
    assert "K990" in kept
    assert "5678" not in kept
    page.go_back()
    expect(page.locator("#f-name")).to_have_value("新干部")
    expect(page.locator("#f-mobile")).to_have_value("")
