"""Places by what people call them: as written, without the word for what they are, by sound, with one slip."""

from pathlib import Path

import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import Scope
from gridgov.storage.models import UnitVersion
from gridgov.usecases import answering, placenames
from gridgov.usecases.placenames import places_called, suggested
from tests import cases
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()
STREET, COMMUNITY = "420503001", "420503001001"


@pytest.fixture
def files(session: Session, tmp_path: Path) -> cases.Files:
    """A street, a community of its name, three compounds two of which share theirs, and buildings."""
    files = cases.Files(tmp_path)
    box = shapely.box(0, 0, 5000, 5000)
    files.unit("street", STREET, box, name="学院街道", address="学院路1号")
    files.unit("community", COMMUNITY, shapely.box(0, 0, 2500, 5000), name="学院社区", parent=STREET)
    files.unit("community", "420503001002", shapely.box(2500, 0, 5000, 5000), name="重庆路社区", parent=STREET)
    told = (
        ("C1", 100, COMMUNITY, "桥澜花园", "栖浦路12号"),
        ("C2", 300, COMMUNITY, "绿萝苑小区", "栖浦路16-2号"),
        ("C3", 500, COMMUNITY, "梅花苑", "栖浦路31号"),
        ("C4", 3000, "420503001002", "梅花苑", "长江大道二号"),
    )
    for code, x, parent, name, address in told:
        wall = shapely.box(x, 100, x + 100, 200)
        files.unit("compound", code, wall, parent=parent, name=name, address=address, kind="walled")
    for code, parent, name in (("L1", "C1", "1号楼"), ("L3", "C1", "三栋"), ("L9", "C3", "1号楼")):
        files.unit("building", code, shapely.box(110, 110, 120, 120), parent=parent, name=name)
    files.load(session)
    return files


def found(session: Session, text: str, scope: Scope = EVERYTHING) -> tuple[str, list[str]]:
    match = places_called(session, text, AT, scope)
    if match is None:
        return "", []
    return match.way, _codes(session, match.units)


def _codes(session: Session, units: tuple[int, ...] | list[int]) -> list[str]:
    known = dict(session.execute(select(UnitVersion.unit_id, UnitVersion.code)).all())
    return [known[unit] for unit in units]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("text", "way", "codes"),
    [
        ("桥澜花园", "name", ["C1"]),
        ("桥澜花园小区", "name", ["C1"]),
        ("绿萝苑", "name", ["C2"]),
        ("学院街道", "name", [STREET]),
        ("学院街道办", "name", [STREET, COMMUNITY]),
        ("学院社区居委会", "name", [STREET, COMMUNITY]),
        ("桥澜", "part", ["C1"]),
        ("桥澜小区", "part", ["C1"]),
        ("梅花苑", "name", ["C3", "C4"]),
        ("栖浦路12号", "name", ["C1"]),
        ("宜昌市西陵区 栖浦路１２號", "name", ["C1"]),
        ("长江大道2号", "name", ["C4"]),
        ("栖浦路12-3号", "house", ["C1"]),
        ("栖浦路16", "house", ["C2"]),
        ("栖浦路12号桥澜花园", "part", ["C1"]),
        ("桥澜家园", "stem", ["C1"]),
        ("橋瀾花園", "sound", ["C1"]),
        ("桥兰花园", "sound", ["C1"]),
        ("qiaolan huayuan", "sound", ["C1"]),
        ("lvluoyuan", "sound", ["C2"]),
        ("luluoyuan", "sound", ["C2"]),
        ("chongqinglu", "sound", ["420503001002"]),
        ("qlhy", "initials", ["C1"]),
        ("桥x花园", "slip", ["C1"]),
        ("桥花澜园", "slip", ["C1"]),
        ("桂花苑", "", []),
        ("栖浦路14号", "road", ["C1", "C2", "C3"]),
        ("桥澜花园1栋", "name", ["L1"]),
        ("桥澜花园3号楼2单元301室", "name", ["L3"]),
        ("桥兰花园1号楼", "sound", ["L1"]),
        ("梅花苑 1号楼", "name", ["L9"]),
        ("桥澜花园88栋", "part", ["C1"]),
        ("1幢", "name", ["L1", "L9"]),
        ("云深不知处", "", []),
        ("x", "", []),
    ],
)
def test_found(session: Session, text: str, way: str, codes: list[str]) -> None:
    assert found(session, text) == (way, codes)


@pytest.mark.usefixtures("files")
def test_what_is_not_called_exactly_so_is_never_certain(session: Session) -> None:
    for text, certain in (
        ("桥澜花园", True),
        ("桥澜", True),
        ("梅花苑", False),
        ("桥兰花园", False),
        ("栖浦路13号", False),
    ):
        answer = answering.who(session, text, AT, EVERYTHING)["candidates"]
        assert [one["certain"] for one in answer] == [certain] * len(answer), text


@pytest.mark.usefixtures("files")
def test_only_what_the_asker_may_see(session: Session) -> None:
    other = dict(session.execute(select(UnitVersion.code, UnitVersion.unit_id)).all())["420503001002"]
    assert found(session, "梅花苑", Scope.of({other})) == ("name", ["C4"])
    assert found(session, "桥澜花园", Scope.of({other})) == ("", [])
    assert found(session, "桥澜花园", Scope.nothing()) == ("", [])
    assert suggested(session, "qi", AT, Scope.nothing(), 8) == []


@pytest.mark.usefixtures("files")
def test_what_is_still_being_typed_is_completed(session: Session) -> None:
    def offered(text: str, most: int = 8) -> list[str]:
        return _codes(session, suggested(session, text, AT, EVERYTHING, most))

    assert offered("梅") == ["C3", "C4"]
    assert offered("qiaol") == offered("ql")[:1] == ["C1"]
    assert offered("栖浦路", 2) == ["C1", "C3"]
    assert offered("  ") == []
    told = answering.suggest(session, "梅花", AT, EVERYTHING)
    assert [(row["code"], row["above"]) for row in told] == [
        ("C3", ["学院街道", "学院社区"]),
        ("C4", ["学院街道", "重庆路社区"]),
    ]
    assert [row["code"] for row in answering.suggest(session, "C3", AT, EVERYTHING)] == ["C3"]


def test_a_new_name_is_known_at_once(session: Session, files: cases.Files) -> None:
    assert found(session, "桂花苑") == ("", [])
    before = placenames.gathered(session, AT)
    assert placenames.gathered(session, AT) is before
    files.rows.clear()
    files.unit("compound", "C5", shapely.box(900, 100, 950, 200), parent=COMMUNITY, name="桂花苑", kind="open")
    files.load(session)
    assert found(session, "桂花苑") == ("name", ["C5"])
