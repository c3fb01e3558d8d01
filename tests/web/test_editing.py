"""The editor's pages on a district of their own: looked at first, recorded once, refused beside the field, undone."""

from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from shapely.geometry import Point
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from gridgov.storage.current import At, Scope
from gridgov.storage.models import Batch, GateVersion, UnitVersion
from gridgov.usecases import things
from gridgov.usecases.accounts import Grant
from gridgov.usecases.things import Thing
from tests.databases import TODAY
from tests.web.conftest import enter

AT, ALL = At(TODAY), Scope.everything()
FORM = {"valid_from": TODAY.isoformat(), "note": ""}
COMPOUND = "420599001003X01"


@pytest.fixture
def editor(own_app: Flask) -> FlaskClient:
    return enter(own_app, Grant("admin"))


@pytest.mark.parametrize("kind", things.KINDS)
def test_every_kind_has_its_list_and_its_forms(editor: FlaskClient, data: Session, kind: str) -> None:
    first = things.listed(data, kind, AT, ALL)[0][0]
    level = f"?level={first.level}" if first.level else ""
    paths = [f"/admin/things/{kind}", f"/admin/things/{kind}/new{level}", of(first), f"{of(first)}/end"]
    for path in (*paths, f"{of(first)}/history"):
        assert editor.get(path).status_code == 200, path
        assert editor.get(f"{path}{'&' if '?' in path else '?'}as_of=2024-06-01").status_code == 200, path
    assert first.label in read(editor.get(f"{of(first)}/history"))
    assert of(first) in read(editor.get(f"/admin/things/{kind}"))


def test_a_list_is_searched_and_paged_and_stays_under_its_place(editor: FlaskClient, data: Session) -> None:
    page = read(editor.get("/admin/things/units?level=building&unit=420599001001X01"))
    assert page.count('<th scope="row">') == 4
    assert "420599001003X01" not in page
    assert "page=2" in read(editor.get("/admin/things/units?level=building"))
    assert editor.get("/admin/things/units?page=9999").status_code == 200
    assert editor.get("/admin/things/units?level=planet").status_code == 400
    assert editor.get("/admin/things/planets").status_code == 404
    for number in ("999999", "9" * 30):
        assert editor.get(f"/admin/things/units/{number}").status_code == 404
        assert editor.get(f"/admin/batches/{number}").status_code == 404
    found = editor.get(f"/admin/things/units/lookup?text={COMPOUND}").get_json()["rows"]
    assert found[0] == {"code": COMPOUND, "label": unit(data, COMPOUND).label}


def test_a_change_is_looked_at_first_and_recorded_once(editor: FlaskClient, data: Session) -> None:
    before, batches = unit(data, "420599001001X01"), count(data)
    sent = form(before) | {"f-name": "<i>New</i> name", "note": "Document 12", "step": "preview"}
    preview = read(editor.post(of(before), data=sent))
    assert "&lt;i&gt;New&lt;/i&gt; name" in preview
    assert "<i>New" not in preview
    assert before.label in preview
    assert count(data) == batches
    answers = [editor.post(of(before), data=sent | {"step": "apply"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert count(data) == batches + 1
    after = unit(data, "420599001001X01")
    assert after.label == "<i>New</i> name"
    assert after.geometry.equals_exact(before.geometry, 0)
    batch = data.scalars(select(Batch).order_by(Batch.id.desc())).first()
    assert (batch.note, batch.kind) == ("Document 12", "edit")
    assert f"/admin/batches/{batch.id}" in read(editor.get(answers[0].location))
    told = read(editor.get(f"/admin/batches/{batch.id}"))
    assert "Document 12" in told
    assert before.label in told
    assert "Document 12" in read(editor.get(f"{of(before)}/history"))
    assert editor.post(f"/admin/batches/{batch.id}/undo").status_code == 302
    assert unit(data, "420599001001X01").label == before.label


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"f-code": ""}, "f-code", "Code is missing"),
        ({"f-people": "many"}, "f-people", "“many” can’t be read as People"),
        ({"f-parent": "nowhere"}, "f-parent", "nowhere"),
        ({"f-kind": "castle"}, "f-kind", "castle"),
        ({"valid_from": "31.12."}, "valid_from", "31.12."),
        ({"valid_from": ""}, "valid_from", "Holds from is missing"),
        ({"geometry": "near the bridge"}, "geometry", "can’t be read as a place"),
        ({"geometry": "30.7, 111.3\n30.8, 111.3\n30.8, 111.4"}, "geometry", "no position on earth"),
        ({"geometry": "111.3, 30.7"}, "geometry", "A polygon is needed here, not “Point”"),
        ({"geometry": ""}, "geometry", "can’t be emptied"),
        ({"geometry": "0 0; 1 1; 1 0; 0 1"}, "geometry", ""),
        ({"note": "x" * 501}, "note", "at most 500"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    editor: FlaskClient, data: Session, typed: dict[str, str], field: str, words: str
) -> None:
    sent = form(unit(data, COMPOUND)) | {"f-address": "typed <before>", "step": "preview"} | typed
    answer = editor.post(of(unit(data, COMPOUND)), data=sent)
    page = read(answer)
    assert answer.status_code == 400, page
    assert words in unescape(page)
    assert f'href="#{field}"' in page
    assert f'id="{field}-problem"' in page
    assert "typed &lt;before&gt;" in page


def test_a_new_gate_is_typed_without_a_map(editor: FlaskClient, data: Session) -> None:
    compound = unit(data, COMPOUND)
    page = read(editor.get(f"/admin/things/gates/new?unit={COMPOUND}"))
    assert f'name="f-compound" value="{COMPOUND}"' in page
    x, y = compound.geometry.exterior.interpolate(0.3, normalized=True).coords[0]
    sent = FORM | {"f-compound": COMPOUND, "f-name": "By hand", "f-state": "open", "geometry": f"{x}, {y}"}
    answer = apply(editor, "/admin/things/gates/new", sent)
    data.rollback()
    made = data.scalars(select(GateVersion).where(GateVersion.name == "By hand")).one()
    assert f"/admin/things/gates/{made.gate_id}" in answer.location
    assert made.unit_id == compound.identity
    assert made.geometry.equals_exact(Point(x, y), 1e-9)
    off = sent | {"geometry": f"{x + 0.01}, {y}", "f-name": "Off the wall", "step": "preview"}
    refused = editor.post("/admin/things/gates/new", data=off)
    assert refused.status_code == 400
    assert 'id="geometry-problem"' in read(refused)


def test_two_editors_at_once_lose_nothing(editor: FlaskClient, data: Session) -> None:
    before = unit(data, "420599001003X02")
    mine = form(before) | {"f-name": "My name", "f-address": "My address"}
    theirs = form(before) | {"f-name": "Their name", "f-people": "321"}
    apply(editor, of(before), theirs)
    conflict = editor.post(of(before), data=mine | {"step": "apply"})
    page = read(conflict)
    assert conflict.status_code == 409
    assert "Somebody else has changed this meanwhile" in page
    assert page.count('type="radio"') == 2
    again = inputs(page)
    assert again["f-people"] == "321"
    assert again["f-address"] == "My address"
    assert (again["f-name"], again["theirs-f-name"]) == ("My name", "Their name")
    chosen = apply(editor, of(before), again | {"pick-f-name": "theirs"})
    assert chosen.status_code == 302
    after = unit(data, "420599001003X02")
    assert [after.values[name] for name in ("name", "people", "address")] == ["Their name", "321", "My address"]


def test_what_stands_otherwise_on_the_day_chosen_is_left_so(editor: FlaskClient, data: Session) -> None:
    compound = unit(data, "420599001002X02")
    later, latest = (TODAY + timedelta(days=days) for days in (30, 60))
    apply(editor, of(compound), form(compound) | {"f-name": "Named ahead", "valid_from": later.isoformat()})
    seen = unit(data, "420599001002X02")
    assert seen.values["name"] == compound.values["name"]
    apply(editor, of(seen), form(seen) | {"f-address": "1 New Street", "valid_from": latest.isoformat()})
    data.rollback()
    after = things.read(data, "units", seen.identity, At(latest), ALL)
    assert [after.values[name] for name in ("name", "address")] == ["Named ahead", "1 New Street"]


def test_who_only_renames_doesnt_undo_the_others_border(editor: FlaskClient, data: Session) -> None:
    before = unit(data, "420599001003X03")
    corners = before.geometry.exterior.coords[:-1]
    middle = before.geometry.centroid
    shrunk = [(x + (middle.x - x) * 0.01, y + (middle.y - y) * 0.01) for x, y in corners]
    apply(editor, of(before), form(before) | {"geometry": "\n".join(f"{x:.9f}, {y:.9f}" for x, y in shrunk)})
    moved = unit(data, "420599001003X03").geometry
    assert moved.area < before.geometry.area
    conflict = editor.post(of(before), data=form(before) | {"f-name": "Renamed", "step": "preview"})
    assert conflict.status_code == 409
    assert 'type="radio"' not in read(conflict)
    apply(editor, of(before), inputs(read(conflict)))
    after = unit(data, "420599001003X03")
    assert after.label == "Renamed"
    assert after.geometry.equals_exact(moved, 1e-8)


def test_what_lives_on_it_ends_only_when_that_is_said(editor: FlaskClient, data: Session) -> None:
    compound = unit(data, "420599001002X01")
    sent = FORM | {"stamp": compound.stamp, "token": uuid4().hex}
    refused = editor.post(f"{of(compound)}/end", data=sent | {"step": "preview"})
    assert refused.status_code == 409
    assert 'name="along"' in read(refused)
    preview = editor.post(f"{of(compound)}/end", data=sent | {"step": "preview", "along": "1"})
    assert preview.status_code == 200
    done = editor.post(f"{of(compound)}/end", data=sent | {"step": "apply", "along": "1"})
    assert "history" in done.location
    assert editor.get(done.location).status_code == 200
    data.rollback()
    left = things.listed(data, "units", AT, ALL, text="420599001002X01")[1]
    assert left == 0
    number = data.scalars(select(func.max(Batch.id))).one()
    assert editor.post(f"/admin/batches/{number}/undo").status_code == 302


def test_a_code_of_two_lines_is_read_as_one(editor: FlaskClient, data: Session) -> None:
    compound = unit(data, COMPOUND)
    done = apply(editor, of(compound), form(compound) | {"f-code": "A\nB"})
    assert editor.get("/report/brief.pdf?unit=A%20B").status_code == 200
    assert editor.post(f"/admin/batches/{done.location.rpartition('=')[2]}/undo").status_code == 302


def test_what_ends_on_its_first_day_is_told_by_its_batch(editor: FlaskClient) -> None:
    made = apply(editor, "/admin/things/departments/new", FORM | {"f-code": "D-TYPO", "f-name": "Typo"})
    path = made.location.partition("?")[0]
    stamp = inputs(read(editor.get(f"{path}/end")))["stamp"]
    ended = apply(editor, f"{path}/end", FORM | {"stamp": stamp, "note": "Call 13812341234"})
    page = read(editor.get(ended.location))
    assert "Typo" in page
    assert "13812341234" not in page + read(editor.get("/admin"))
    assert editor.post(f"{ended.location}/undo").status_code == 302
    assert "Typo" in read(editor.get(path))


def test_a_compound_is_divided_by_a_typed_line(editor: FlaskClient, data: Session) -> None:
    compound = unit(data, "420599002001X01")
    west, south, east, north = compound.geometry.bounds
    middle = (west + east) / 2
    line = f"{middle}, {south - 1}\n{middle}, {north + 1}"
    base = FORM | {"stamp": compound.stamp, "token": uuid4().hex, "line": line}
    page = read(editor.post(f"{of(compound)}/split", data=base | {"step": "divide"}))
    sent = inputs(page) | {"part1-name": "East half", "part2-name": "West half", "part2-code": "420599002001X99"}
    taken = editor.post(f"{of(compound)}/split", data=sent | {"part2-code": compound.code, "step": "preview"})
    assert taken.status_code == 400
    assert "-code-problem" in read(taken)
    assert editor.post(f"{of(compound)}/split", data=sent | {"step": "preview"}).status_code == 200
    done = editor.post(f"{of(compound)}/split", data=sent | {"step": "apply"})
    assert done.status_code == 302
    halves = [unit(data, code) for code in (compound.code, "420599002001X99")]
    assert [half.label for half in halves] == ["East half", "West half"]
    assert sum(half.geometry.area for half in halves) == pytest.approx(compound.geometry.area, rel=1e-6)
    merged = {"others": str(halves[1].identity), "f-code": compound.code, "f-name": compound.label}
    both = apply(editor, f"{of(compound)}/merge", FORM | merged | {"stamp": halves[0].stamp})
    assert both.status_code == 302
    whole = unit(data, compound.code)
    assert whole.geometry.area == pytest.approx(compound.geometry.area, rel=1e-6)


@pytest.mark.parametrize(
    ("page", "typed", "words"),
    [
        ("split", {"step": "divide", "line": "1, 1"}, "A line is needed here"),
        ("split", {"step": "divide", "line": "1, 1\n2, 2"}, ""),
        ("split", {"step": "preview"}, "Draw the line that divides it"),
        ("merge", {"step": "preview"}, "Choose at least one"),
    ],
)
def test_dividing_and_joining_say_what_is_missing(
    editor: FlaskClient, data: Session, page: str, typed: dict[str, str], words: str
) -> None:
    answer = editor.post(f"{of(unit(data, COMPOUND))}/{page}", data=FORM | typed)
    assert answer.status_code in {400, 409}
    assert words in read(answer)
    assert 'id="problems"' in read(answer)


def test_an_outline_may_be_large_and_other_forms_may_not(editor: FlaskClient, data: Session) -> None:
    compound = unit(data, COMPOUND)
    long = "POLYGON ((" + ", ".join(f"111.{number:09} 30.7" for number in range(10_000)) + "))"
    assert len(long) > 200_000
    answer = editor.post(of(compound), data=form(compound) | {"geometry": long, "step": "preview"})
    assert answer.status_code == 400
    assert editor.post(of(compound), data={"geometry": "1" * 1_100_000}).status_code == 413
    assert editor.post(f"{of(compound)}/end", data={"note": "1" * 70_000}).status_code == 413


def test_an_administrator_of_an_area_edits_there_only(own_app: Flask, editor: FlaskClient, data: Session) -> None:
    street = unit(data, "420599001")
    local = enter(own_app, Grant("admin", street.identity))
    inside, outside = unit(data, "420599001001X02"), unit(data, "420599002002X01")
    assert outside.label not in read(local.get("/admin/things/units?level=compound"))
    assert local.get("/admin/things/units/lookup?text=420599002").get_json()["rows"] == []
    assert "420599002" not in read(local.get("/layers/neighbours.geojson?bounds=111,30,112,31"))
    for page in ("", "/end", "/split", "/merge", "/history"):
        assert local.get(of(outside) + page).status_code == 404
        assert page == "/history" or local.post(of(outside) + page, data=form(outside)).status_code == 404
    moved = form(inside) | {"f-parent": "420599002001", "step": "preview"}
    assert local.post(of(inside), data=moved).status_code in {400, 403}
    own = apply(local, of(inside), form(inside) | {"f-name": "Renamed within the area"})
    number = own.location.rpartition("=")[2]
    assert "Renamed within the area" in read(local.get(f"/admin/batches/{number}"))
    others = apply(editor, of(unit(data, COMPOUND)), form(unit(data, COMPOUND)) | {"f-name": "The city's"})
    foreign = others.location.rpartition("=")[2]
    assert local.get(f"/admin/batches/{foreign}").status_code == 403
    assert local.post(f"/admin/batches/{foreign}/undo").status_code == 403
    assert local.post(f"/admin/batches/{number}/undo").status_code == 302
    assert unit(data, "420599001001X02").label == inside.label


def test_only_administrators_find_the_way_in(own_app: Flask) -> None:
    ways = ("/admin/things/units/", "/admin/things/gates/new")
    path = f"/?unit={COMPOUND}"
    admin, viewer = enter(own_app, Grant("admin")), enter(own_app, Grant("coordinator"))
    assert all(way in read(admin.get(path)) for way in ways)
    assert not any(way in read(viewer.get(path)) for way in ways)
    assert viewer.get("/admin/things/units").status_code == 403


def unit(data: Session, code: str) -> Thing:
    """Read a unit as it stands now."""
    data.rollback()
    found = select(UnitVersion.unit_id).where(UnitVersion.code == code, UnitVersion.superseded_by.is_(None))
    return things.read(data, "units", data.scalars(found.order_by(UnitVersion.valid_from.desc())).first(), AT, ALL)


def of(thing: Thing) -> str:
    return f"/admin/things/{thing.kind}/{thing.identity}"


def form(thing: Thing) -> dict[str, str]:
    """Return what the form of a thing sends when nothing in it is touched."""
    from gridgov.web.drawing import write_shape
    from gridgov.web.forms import base_of

    told = {f"f-{name}": value for name, value in thing.values.items()}
    hidden = {"stamp": thing.stamp, "base": base_of(thing), "token": uuid4().hex}
    return FORM | told | hidden | {"geometry": write_shape(thing.geometry)}


def apply(browser: FlaskClient, path: str, sent: dict[str, str]) -> TestResponse:
    """Send a form, look at its preview, and record it."""
    sent = {"token": uuid4().hex} | sent
    preview = browser.post(path, data=sent | {"step": "preview"})
    assert preview.status_code == 200, read(preview)
    done = browser.post(path, data=inputs(read(preview)) | {"step": "apply"})
    assert done.status_code == 302, read(done)
    return done


def inputs(page: str) -> dict[str, str]:
    """Return what the inputs of a page's last form hold, radio buttons and unticked boxes left out."""
    from html.parser import HTMLParser

    found: dict[str, str] = {}

    class Reader(HTMLParser):
        area: str | None = None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            told = {name: value or "" for name, value in attrs}
            if tag == "textarea":
                self.area = told["name"]
                found[self.area] = ""
            if tag == "input" and told.get("name") and told.get("type") not in {"radio", "checkbox", "search"}:
                found[told["name"]] = told.get("value", "")

        def handle_data(self, text: str) -> None:
            if self.area:
                found[self.area] += text

        def handle_endtag(self, tag: str) -> None:
            self.area = None if tag == "textarea" else self.area

    Reader().feed(page.partition("<main")[2])
    return found


def read(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def count(data: Session) -> int:
    data.rollback()
    return data.scalars(select(func.count(Batch.id))).one()


def test_a_division_without_a_line_asks_for_one(editor: FlaskClient) -> None:
    answer = editor.post("/admin/things/units/30/split?lang=en", data={"step": "divide", "line": ""})
    assert answer.status_code == 400
    assert "Draw the line that divides it" in answer.get_data(as_text=True)
