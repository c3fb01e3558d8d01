"""The page of findings: list and map are twins, each row leads to its form, and what needs no judgement is mended."""

import html
import json
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.storage.database import writing
from gridgov.storage.models import Batch, GateVersion, UnitVersion
from gridgov.usecases import accounts, checking
from gridgov.usecases.accounts import Grant
from tests.databases import TODAY, Databases
from tests.web.conftest import PASSWORD, SignIn, application


def rows_of(page: str) -> list[str]:
    return re.findall(r'<tr data-code="([^"]+)"', page)


@pytest.fixture
def found(database: Session) -> list[checking.Finding]:
    return checking.check(database, At(TODAY), Scope.everything())


def test_list_and_map_show_the_same_findings(as_role: SignIn, found: list[checking.Finding]) -> None:
    browser = as_role("admin")
    page = browser.get("/admin/findings?lang=en").get_data(as_text=True)
    assert rows_of(page) == [finding.key for finding in found]
    marks = json.loads(browser.get("/layers/findings.geojson").data)["features"]
    told = {each["properties"]["code"]: each for each in marks}
    assert set(told) == {finding.key for finding in found if finding.place}
    for finding in found:
        if finding.place:
            assert told[finding.key]["geometry"]["coordinates"] == list(finding.place)
            assert told[finding.key]["properties"]["symbol"] == finding.severity


def test_each_row_leads_to_the_form_of_its_thing(as_role: SignIn, found: list[checking.Finding]) -> None:
    browser = as_role("admin")
    for day in ("", f"?as_of={TODAY.isoformat()}"):
        page = html.unescape(browser.get(f"/admin/findings{day}").get_data(as_text=True))
        changed = [f.thing for f in found if f.thing and f.kind != "wall_without_gate"]
        assert changed
        assert all(f'href="/admin/things/{kind}/{number}{day}"' in page for kind, number in changed)
    assert [finding for finding in found if finding.thing is None] == []


def test_a_wall_without_a_gate_leads_to_the_form_of_a_new_gate(as_role: SignIn, found: list[checking.Finding]) -> None:
    walls = [finding.subject for finding in found if finding.kind == "wall_without_gate"]
    page = html.unescape(as_role("admin").get("/admin/findings").get_data(as_text=True))
    assert walls
    assert all(f'href="/admin/things/gates/new?unit={code}"' in page for code in walls)


def test_several_holders_are_told_as_the_language_parts_them(as_role: SignIn) -> None:
    browser = as_role("admin")
    for tag, parted in (("zh_Hans", r"[^\s、]、[^\s、]"), ("en", r"\S, \S")):
        page = browser.get(f"/admin/findings?kind=disputed_post&lang={tag}").get_data(as_text=True)
        assert re.search(rf"[（(]\S*{parted}\S*[）)]", page)


@pytest.mark.parametrize("query", ["kind=disputed_post", "severity=warning", "severity=error&kind=disputed_post"])
def test_a_filter_narrows_both(as_role: SignIn, found: list[checking.Finding], query: str) -> None:
    browser = as_role("admin")
    asked = dict(part.split("=") for part in query.split("&"))
    wanted = {f.key for f in found if all(getattr(f, name) == value for name, value in asked.items())}
    page = browser.get(f"/admin/findings?{query}").get_data(as_text=True)
    marks = json.loads(browser.get(f"/layers/findings.geojson?{query}").data)["features"]
    assert wanted
    assert len(wanted) < len(found)
    assert set(rows_of(page)) == wanted == {each["properties"]["code"] for each in marks}


def test_a_filter_that_fits_nothing_says_so(as_role: SignIn) -> None:
    page = as_role("admin").get("/admin/findings?kind=stale&lang=en").get_data(as_text=True)
    assert "No finding fits these choices" in page
    assert as_role("admin").get("/admin/findings?kind=nonsense").status_code == 400
    assert as_role("admin").get("/layers/findings.geojson?severity=grave").status_code == 400


def test_the_chosen_one_is_marked_and_shown_on_the_map(as_role: SignIn, found: list[checking.Finding]) -> None:
    chosen = next(finding for finding in found if finding.place)
    page = as_role("admin").get(f"/admin/findings?finding={chosen.key}&lang=en").get_data(as_text=True)
    assert re.search(rf'data-code="{chosen.key}" aria-selected="true"', page)
    view = json.loads(html.unescape(re.findall(r'data-view="([^"]+)"', page)[0]))
    assert (view["focus"], view["selects"]) == (chosen.key, "finding")
    west, south, east, north = view["fit"]
    assert chosen.place
    assert west < chosen.place[0] < east
    assert south < chosen.place[1] < north
    assert as_role("admin").get("/admin/findings?finding=gone").status_code == 200


def test_a_part_of_the_city_is_told_of_its_own_and_mends_nothing(signed_in: SignIn, database: Session) -> None:
    street = database.scalars(select(UnitVersion).where(UnitVersion.level == "street").limit(1)).one()
    browser = signed_in(Grant("admin", street.unit_id))
    page = browser.get("/admin/findings").get_data(as_text=True)
    assert rows_of(page) == [f.key for f in checking.check(database, At(TODAY), Scope.of({street.unit_id}))]
    assert "/admin/findings/mend" not in page
    assert browser.post("/admin/findings/mend").status_code == 403


@pytest.fixture
def own(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FlaskClient, Session]]:
    """An administrator's browser on a district with an untidy code and two hundred walls without a recorded gate."""
    with databases.copy("sqlite", "demo") as url:
        made = application(url, tmp_path_factory.mktemp("own"), demo=True)
        made.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
        with writing(made.extensions["gridgov.engine"]) as session:
            accounts.add(session, "admin", PASSWORD, grants=[Grant("admin")])
            first = session.scalars(select(UnitVersion).where(UnitVersion.level == "building").limit(1)).one()
            session.execute(update(UnitVersion).where(UnitVersion.id == first.id).values(code=f"{first.code} "))
            session.execute(update(GateVersion).values(valid_to=TODAY))
        browser = made.test_client()
        browser.post("/login", data={"name": "admin", "password": PASSWORD})
        with Session(made.extensions["gridgov.engine"].execution_options(gridgov_reading=True)) as session:
            yield browser, session
        made.extensions["gridgov.engine"].dispose()


def test_many_findings_come_page_by_page(own: tuple[FlaskClient, Session]) -> None:
    browser, session = own
    found = [finding.key for finding in checking.check(session, At(TODAY), Scope.everything())]
    assert len(found) > 50
    pages = [browser.get(f"/admin/findings?page={number}").get_data(as_text=True) for number in (1, 2)]
    assert [rows_of(page) for page in pages] == [found[:50], found[50:100]]
    assert "page=2" in pages[0]
    assert (
        "kind=wall_without_gate"
        in browser.get("/admin/findings?kind=wall_without_gate").get_data(as_text=True).split("page=2")[0][-400:]
    )


def test_the_button_mends_once_as_a_batch(own: tuple[FlaskClient, Session]) -> None:
    browser, session = own
    page = browser.get("/admin/findings?lang=en").get_data(as_text=True)
    assert "Mend these 1" in page
    for _ in range(2):  # a form sent twice
        answer = browser.post("/admin/findings/mend")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin")
    session.rollback()
    batches = list(session.scalars(select(Batch).where(Batch.kind == "fix")))
    account = accounts.named(session, "admin")
    assert [(batch.counts, batch.account_id) for batch in batches] == [({"changed": 1}, account.id)]
    assert "code_untidy" not in {finding.kind for finding in checking.check(session, At(TODAY), Scope.everything())}
    assert "Nothing can be mended" in browser.get("/admin/findings").get_data(as_text=True)
    assert browser.post(f"/admin/batches/{batches[0].id}/undo").status_code == 302
    assert "Mend these 1" in browser.get("/admin/findings").get_data(as_text=True)
