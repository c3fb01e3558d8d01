"""Wall maps on paper: names, legend, scale, sources and warnings are there; A0 is one page, A3 nine and an index."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.errors import InputError, NotFoundError
from gridgov.reports.brief import Made
from gridgov.reports.wallmap import wallmap_pdf
from gridgov.spatial.sheets import MM
from gridgov.storage.current import At, Scope
from gridgov.storage.models import UnitVersion
from gridgov.usecases import covering, importing
from gridgov.usecases.staging import ImportOptions
from gridgov.usecases.wallmaps import SHOWS, WallMap, wall_map
from tests.conftest import opened
from tests.databases import TODAY, Databases
from tests.reports.test_brief import read, squeezed

MADE = Made(datetime(2026, 3, 31, 8, 0, tzinfo=UTC), "周敏")
AT = At(TODAY)
EVERYTHING = Scope.everything()


@pytest.fixture(scope="module", params=SHOWS)
def told(request: pytest.FixtureRequest, databases: Databases) -> WallMap:
    with opened(databases, "sqlite", "demo") as engine, Session(engine) as session:
        return wall_map(session, AT, EVERYTHING, request.param)


def test_one_sheet_says_what_it_shows(told: WallMap) -> None:
    content = wallmap_pdf(told, "a0", MADE, "zh_Hans")
    (page,) = PdfReader(io.BytesIO(content)).pages
    assert [round(float(side) / MM) for side in page.mediabox[2:]] in ([1189, 841], [841, 1189])
    text = squeezed(page.extract_text())
    for name, _ in told.names[0][1]:
        assert name in text
    compounds = [name for name, _ in told.names[-1][1]]
    assert sum(name in text for name in compounds) > 0.8 * len(compounds)
    assert [said for said in ("北", "1:", "数据来源", "号码已脱敏", "周敏") if said not in text] == []
    assert "网格" in text
    assert not re.search(r"\d{15}", text)  # nobody could read the codes of a whole city's grids
    own = {
        "governance": ("谁负责哪里", "空缺", "三级"),
        "coverage": ("80–100%", "出入口未开放", "参考", "未从标准原文读得"),
    }
    assert [said for said in own[told.show] if said not in text] == []


def test_tiles_come_with_an_index_and_share_their_edges(told: WallMap) -> None:
    stages: list[str] = []
    pages = read(wallmap_pdf(told, "a3", MADE, "en", lambda stage, _done, _of: stages.append(stage)))
    assert len(pages) == 10
    assert stages == ["drawing", "setting"]
    assert "Index sheet" in pages[0]
    for page, tile in zip(pages[1:], ("A1", "A2", "A3", "B1", "B2", "B3", "C1", "C2", "C3"), strict=True):
        assert tile in page
        assert tile in pages[0]
    names = [squeezed(name) for name, _ in told.names[-1][1]]
    seen = [sum(name in squeezed(page) for page in pages[1:]) for name in names]
    assert sum(count > 0 for count in seen) > 0.8 * len(names)
    assert max(seen) > 1  # what lies where sheets overlap stands on both


def test_it_shows_one_place_and_no_other(demo_session: Session) -> None:
    first, other = demo_session.scalars(
        select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code).limit(2)
    )
    for scope, area in ((EVERYTHING, first.unit_id), (Scope.of({first.unit_id}), None)):
        inside = wall_map(demo_session, AT, scope, "coverage", area, "pharmacy")
        assert inside.name == first.name
        text = "".join(read(wallmap_pdf(inside, "a0", MADE, "zh_Hans")))
        assert str(first.name) in text
        assert str(other.name) not in text
        assert "人口可达药店" in squeezed(text)
        assert "网格及其编码" in squeezed(text)
        assert inside.codes
        assert [code for code in inside.codes if code not in text] == []
        assert {code[:9] for code in re.findall(r"\d{15}", text)} == {first.code}
    with pytest.raises(NotFoundError, match="unit_unknown"):
        wall_map(demo_session, AT, Scope.of({first.unit_id}), "governance", other.unit_id)
    with pytest.raises(InputError, match="option_unknown"):
        wall_map(demo_session, AT, EVERYTHING, "weather")


def test_what_has_no_place_has_no_map(session: Session) -> None:
    with pytest.raises(NotFoundError, match="no_places_yet"):
        wall_map(session, AT, EVERYTHING, "governance")


@pytest.mark.realdata
def test_nanjing_hangs_on_a_wall(session: Session, realdata: Path) -> None:
    importing.import_osm(session, realdata / "osm" / "nanjing_gulou_20210612.osm", ImportOptions(valid_from=TODAY))
    covering.run(session, AT)
    told = wall_map(session, AT, EVERYTHING, "coverage")
    text = squeezed("".join(read(wallmap_pdf(told, "a0", MADE, "zh_Hans"))))
    named = [squeezed(name) for name, _ in told.names[-1][1]]
    assert named
    assert [name for name in named if name not in text] == []
    assert "©OpenStreetMapcontributors" in text
    assert sum(len(lines) for _, lines in told.roads) > 100
