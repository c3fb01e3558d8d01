"""Sources: what was told once is known the next time, each with its own age limit."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Batch
from gridgov.usecases import checking, provenance
from gridgov.usecases.importing import ImportReport, find, read_known, undo, write
from gridgov.usecases.staging import ImportOptions
from tests import cases

DAY = date(2026, 9, 1)
TOLD = ImportOptions(
    level="street", mapping={"区划": "code", "叫法": "name"}, encoding="GB18030", crs="GCJ-02", valid_from=cases.DAY
)


def bring(session: Session, path: Path, text: str, options: ImportOptions, encoding: str = "gb18030") -> ImportReport:
    path.write_bytes(text.encode(encoding))
    brought, told = read_known(session, "units", [path], options)
    return write(session, brought, told)


def stale(session: Session, day: date = DAY) -> list[tuple[str, object, object]]:
    found = checking.check(session, At(day), Scope.everything())
    return [(one.subject, one.params["source"], one.params["limit"]) for one in found if one.kind == "stale"]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("桃花岭街道小区台账2026-03-31(2).xlsx", "桃花岭街道小区台账"),
        ("桃花岭街道小区台账20260930.csv", "桃花岭街道小区台账"),
        ("2026年3月 小区台账（终稿）.xls", "小区台账"),
        ("2026年第3季度小区台账.xls", "小区台账"),
        ("units_2026.03.31_v2.csv", "units v"),
        ("420503.geojson", "420503"),
        ("folder/beijing_streets.geojson", "beijing streets"),
    ],
)
def test_a_source_is_named_after_its_files(file: str, name: str) -> None:
    assert provenance.name_of(Path(file)) == name


def test_the_next_file_of_a_source_needs_nothing_told(session: Session, tmp_path: Path) -> None:
    first = bring(session, tmp_path / "台账2026-03.csv", "区划,叫法,lon,lat\n1,甲,111.3,30.7\n", TOLD)
    again = ImportOptions(valid_from=cases.DAY)
    second = bring(session, tmp_path / "台账2026-09.csv", "区划,叫法,lon,lat\n1,甲,111.3,30.7\n2,乙,,\n", again)
    assert (second.unchanged, second.new) == (1, 1)
    (note,) = second.notes
    assert note["recalled"] == {
        "source": "台账", "mapping": dict(TOLD.mapping), "crs": "GCJ-02", "encoding": "GB18030", "level": "street",
    }  # fmt: skip
    assert note["crs"] == "GCJ-02"
    assert first.notes[0]["recalled"] == {}
    assert find(session, first.batch or 0).source_id == find(session, second.batch or 0).source_id


def test_what_is_told_now_wins_and_is_remembered(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path / "台账.csv", "区划,叫法,简称\n1,甲街道,甲\n", TOLD)
    other = ImportOptions(mapping={"简称": "name"}, level="community", valid_from=cases.DAY)
    report = bring(session, tmp_path / "台账.csv", "区划,叫法,简称\n1,甲街道,甲\n", other)
    assert report.notes[0]["recalled"]["mapping"] == {"区划": "code"}
    assert report.new == 1
    (source,) = provenance.listed(session, DAY)
    assert (source.mapping, source.level) == ({"区划": "code", "简称": "name"}, "community")
    assert (source.kind, source.name, source.rows, source.batch) == ("units", "台账", 1, report.batch)


def test_a_mapping_is_known_by_its_columns_under_another_name(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path / "台账.csv", "区划,叫法\n1,甲\n", TOLD)
    report = bring(session, tmp_path / "新表.csv", "叫法,区划,备注\n甲,1,好\n", ImportOptions(valid_from=cases.DAY))
    assert (report.unchanged, report.notes[0]["recalled"]["source"]) == (1, "台账")
    with pytest.raises(InputError, match="column_missing"):
        bring(session, tmp_path / "别的.csv", "叫法,备注\n甲,好\n", ImportOptions())
    bring(session, tmp_path / "乙.csv", "区划,叫法\n9,丙\n", ImportOptions(level="street", mapping={"叫法": "code"}))
    assert provenance.recall(session, "units", ("区划", "叫法")).name == "台账"  # type: ignore[union-attr]
    assert provenance.recall(session, "sites", ("区划", "叫法")) is None


def test_what_no_longer_fits_is_left_aside(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path / "台账.csv", "区划,叫法\n1,甲\n", TOLD)
    plain = ImportOptions(level="street", valid_from=cases.DAY)
    report = bring(session, tmp_path / "台账.csv", "代码,名称\n1,甲\n", plain, encoding="utf-8")
    assert (report.unchanged, report.rejected) == (1, 0)


def test_nothing_is_remembered_of_what_was_not_written(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    bring(session, path, "区划,叫法\n1,甲\n", ImportOptions(level="street", mapping=TOLD.mapping, dry_run=True))
    bring(session, path, "区划,叫法\n,甲\n", ImportOptions(level="street", mapping=TOLD.mapping))
    assert provenance.listed(session, DAY) == []


def test_each_source_has_its_own_age_limit(session: Session, tmp_path: Path) -> None:
    for name, limit in (("甲", 30), ("乙", None)):
        told = ImportOptions(level="street", source=name, stale_days=limit, valid_from=cases.DAY)
        bring(session, tmp_path / "a.csv", f"code\n{name}\n", told)
    session.execute(update(Batch).values(created_at=datetime(2026, 6, 1, tzinfo=UTC)))
    assert stale(session) == [("units", " · 甲", 30)]
    fresh = bring(session, tmp_path / "b.csv", "code\n甲\n", ImportOptions(level="street", source="甲"))
    session.execute(update(Batch).where(Batch.id == fresh.batch).values(created_at=datetime(2026, 8, 20, tzinfo=UTC)))
    session.expire_all()
    assert stale(session) == []
    assert [(one.name, one.days) for one in provenance.listed(session, DAY)] == [("乙", 92), ("甲", 12)]
    undo(session, fresh.batch or 0)
    assert stale(session) == [("units", " · 甲", 30)]
    session.execute(update(Batch).values(source_id=None))
    session.expire_all()
    assert stale(session, date(2027, 9, 1)) == [("units", "", 365)]
