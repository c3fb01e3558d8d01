"""A planner's own areas: brought in any form, laid over his map, told in figures, shared, let go; and two compared."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import pytest
import python_calamine
import shapely
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gridgov.storage.models import AreaSet, UnitVersion
from gridgov.usecases.accounts import Grant
from tests.web.conftest import SignIn

PAGE = "/planner/areas"


@pytest.fixture(scope="module")
def compound(app: Flask) -> UnitVersion:
    """A compound of the demo."""
    with Session(app.extensions["gridgov.engine"]) as session:
        wanted = select(UnitVersion).where(UnitVersion.level == "compound")
        found = session.scalars(wanted.order_by(UnitVersion.code)).first()
        assert found is not None
        return found


@pytest.fixture
def planner(signed_in: SignIn, app: Flask) -> Iterator[FlaskClient]:
    """A planner of the whole city; what he brought is gone afterwards."""
    yield signed_in(Grant("planner", None))
    with Session(app.extensions["gridgov.engine"]) as session:
        session.execute(delete(AreaSet))
        session.commit()


def geojson(*areas: tuple[str, Any]) -> bytes:
    features = [
        {"type": "Feature", "properties": {"名称": name}, "geometry": shapely.geometry.mapping(shape)}
        for name, shape in areas
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def bring(browser: FlaskClient, content: bytes, file: str = "更新单元.geojson", **told: str) -> Any:
    data = {"name": "更新单元", "file": (io.BytesIO(content), file), **told}
    return browser.post(f"{PAGE}?lang=en", data=data, content_type="multipart/form-data")


def kept(browser: FlaskClient, *areas: tuple[str, Any], **told: str) -> int:
    answer = bring(browser, geojson(*areas), **told)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return int(answer.location.rpartition("=")[2])


def page(browser: FlaskClient, address: str) -> str:
    return str(browser.get(f"{address}{'&' if '?' in address else '?'}lang=en").get_data(as_text=True))


def test_an_area_drawn_like_a_unit_has_its_figures(planner: FlaskClient, compound: UnitVersion) -> None:
    number = kept(planner, ("甲", compound.geometry), ("空地", shapely.box(111, 30, 111.001, 30.001)))
    told = page(planner, f"{PAGE}?areas={number}")
    assert "nobody of your area is counted here" in told
    sides = page(planner, f"{PAGE}/compare?a={compound.code}&b={number}:1").split('class="card stack"')[1:]
    assert len(sides) == 2
    for heading in ("The eight scenarios", "Circles", "Least reached", "Gaps by cause"):
        assert all(heading in side for side in sides)
    for first, last in (("</h2>", "<h3>The eight"), ("<h3>Circles", "<h3>Least")):
        figures = [side.split(first)[1].split(last)[0] for side in sides]
        assert figures[0] == figures[1]  # shares by age are told to whole percents of what was drawn
    assert "甲 (更新单元)" in sides[1]
    table = planner.get(f"/export/areas.geojson?areas={number}").get_json()
    first, second = (feature["properties"] for feature in table["features"])
    assert f"<strong>{first['people']:,.0f}</strong>" in told
    assert 0 <= first["type_pharmacy"] <= 1
    assert first["met_15"] <= first["of_15"]
    assert (second["people"], second["type_pharmacy"]) == (0, None)
    book = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(planner.get(f"/export/areas.xlsx?areas={number}&lang=zh_Hans").get_data())
    )
    titles, cells = book.get_sheet_by_index(0).to_python()[:2]
    told = dict(zip(map(str, titles), cells, strict=True))
    assert {"名称", "缺口", "15 分钟圈：短板类别", "药店", "健康医疗"} <= told.keys()
    assert "_" not in "".join(map(str, cells))


def test_they_lie_over_the_map_while_the_address_says_so(planner: FlaskClient, compound: UnitVersion) -> None:
    number = kept(planner, ("甲", compound.geometry))
    shown = page(planner, f"/planner?areas={number}&type=pharmacy")
    layer = f"/layers/areas/{number}.geojson"
    assert layer in shown
    assert "swatch line own" in shown
    assert f"type=pharmacy&amp;areas={number}" in shown or f"areas={number}&amp;" in shown
    assert planner.get(layer).get_json()["features"][0]["properties"] == {"name": "甲"}
    assert layer not in page(planner, "/planner")
    assert f"{PAGE}/compare?a={compound.code}" in page(planner, f"/planner?unit={compound.code}")


def test_shapefiles_of_other_systems_and_encodings_come_as_other_uploads(
    planner: FlaskClient, compound: UnitVersion, tmp_path: Path
) -> None:
    frame = geopandas.GeoDataFrame({"名称": ["桂花更新单元"]}, geometry=[compound.geometry], crs="EPSG:4490")
    frame.to_crs("EPSG:4546").to_file(tmp_path / "units.shp", encoding="gb18030")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for part in tmp_path.glob("units.*"):
            if part.suffix != ".cpg":
                archive.write(part, part.name)
    answer = bring(planner, packed.getvalue(), "units.zip")
    (feature,) = planner.get(f"/layers/areas/{answer.location.rpartition('=')[2]}.geojson").get_json()["features"]
    assert feature["properties"] == {"name": "桂花更新单元"}
    assert shapely.geometry.shape(feature["geometry"]).symmetric_difference(compound.geometry).area < 1e-9


def test_others_see_them_once_they_are_shared(planner: FlaskClient, signed_in: SignIn, compound: UnitVersion) -> None:
    number = kept(planner, ("甲", compound.geometry))
    other = signed_in(Grant("planner", None), Grant("viewer", None))
    for address in (f"{PAGE}?areas={number}", f"/layers/areas/{number}.geojson", f"/planner?areas={number}",
                    f"/export/areas.csv?areas={number}", f"{PAGE}/compare?a={number}:1"):  # fmt: skip
        assert other.get(address).status_code == 404, address
    assert planner.post(f"{PAGE}/{number}/share", data={"shared": "yes"}).status_code == 302
    assert "shared with you" in page(other, f"{PAGE}?areas={number}")
    assert other.post(f"{PAGE}/{number}/remove").status_code == 403
    assert other.post(f"{PAGE}/{number}/share", data={"shared": "no"}).status_code == 403
    assert planner.post(f"{PAGE}/{number}/remove").status_code == 302
    assert planner.get(f"{PAGE}?areas={number}").status_code == 404


def test_only_the_people_of_ones_own_area_are_counted(
    planner: FlaskClient, signed_in: SignIn, compound: UnitVersion, database: Session
) -> None:
    number = kept(planner, ("甲", compound.geometry))
    planner.post(f"{PAGE}/{number}/share", data={"shared": "yes"})
    streets = database.scalars(select(UnitVersion).where(UnitVersion.level == "street")).all()
    elsewhere = next(unit for unit in streets if not compound.code.startswith(unit.code[:9]))
    other = signed_in(Grant("planner", elsewhere.unit_id))
    assert "nobody of your area is counted here" in page(other, f"{PAGE}?areas={number}")


def test_an_area_round_a_few_people_tells_nothing(
    planner: FlaskClient, compound: UnitVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = kept(planner, ("甲", compound.geometry))
    monkeypatch.setattr("gridgov.usecases.run_places.SMALLEST_AGE_COUNT", 10**9)
    assert "too few people to tell of" in page(planner, f"{PAGE}?areas={number}")
    (row,) = planner.get(f"/export/areas.geojson?areas={number}").get_json()["features"]
    assert [told for name, told in row["properties"].items() if name != "name" and told is not None] == []


BOX = shapely.box(111.2, 30.6, 111.3, 30.7)


@pytest.mark.parametrize(
    ("content", "told", "sentence"),
    [
        (geojson(("甲", BOX), ("线", shapely.LineString([(111, 30), (112, 31)]))), {}, "row 2, geometry"),
        (geojson(("甲", shapely.box(10, 10, 11, 11))), {}, "none of its areas lies where the city is"),
        (geojson(("甲", BOX)), {"name": " "}, "needs a name"),
        (geojson(("甲", BOX)), {"crs": "EPSG:1"}, "EPSG:1"),
        (b"%PDF-1.4", {}, "更新单元.geojson"),
        (b"", {}, "更新单元.geojson"),
    ],
)
def test_what_cant_be_kept_is_told(planner: FlaskClient, content: bytes, told: dict[str, str], sentence: str) -> None:
    answer = bring(planner, content, **told)
    assert answer.status_code == 400
    refused = answer.get_data(as_text=True).split('id="refused">')[1].split("</p>")[0]
    assert sentence in refused
    assert "/tmp" not in refused
    assert "/planner/areas?areas=" not in page(planner, PAGE)


def test_a_name_is_kept_once(planner: FlaskClient) -> None:
    kept(planner, ("甲", BOX))
    assert bring(planner, geojson(("甲", BOX))).status_code == 400
    assert "You have a set" in bring(planner, geojson(("甲", BOX))).get_data(as_text=True)


@pytest.mark.parametrize("query", ["a=nowhere", "a=1:1", "a=:", "a=9:x"])
def test_what_isnt_there_isnt_compared(planner: FlaskClient, query: str) -> None:
    assert planner.get(f"{PAGE}/compare?{query}").status_code in {400, 404}
