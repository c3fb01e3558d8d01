"""Templates: filled in they are imported, bare ones say what is lacking, and people find their way about them."""

from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from gridgov.domain.fields import GIVEN, KINDS
from gridgov.errors import InputError
from gridgov.reports.blanks import template
from gridgov.sources.blanks import EXAMPLE
from gridgov.sources.headers import rename
from gridgov.sources.vector import read_file
from gridgov.sources.workbook import workbook_of
from gridgov.usecases.importing import import_files
from gridgov.usecases.staging import ImportOptions
from tests import cases

PLACES = {"经度": "lon", "纬度": "lat", "几何": "wkt", "lon": "lon", "lat": "lat", "wkt": "wkt"}
MORE: dict[str, dict[str, object]] = {  # what the town's own rows leave empty
    "units": {"address": "东风路20号", "valid_from": "2026-04-01"},
    "grids": {"kind": "basic"},
    "gates": {"name": "西门"},
    "network": {"name": "东风路", "bridge": 0, "tunnel": 0},
    "sites": {"status": "open", "verified": 1, "source": "普查", "address": "东风路1号", "site_name": "东风园"},
    "departments": {"address": "东风路12号"},
    "cadres": {"post": "科长", "home_community": "420503001001"},
    "branches": {"formation": "attached", "enlarged": 1, "valid_from": "2026-04-01"},
    "posts": {"mobile": "13800020000", "valid_from": "2026-04-01"},
    "contacts": {"recorded_by": "王", "valid_from": "2026-04-01"},
    "partners": {"resources": "skill: 家电维修", "pledges": "清理架空层"},
}
LOCALES = ("zh_Hans", "en")


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_filled_in_is_imported(town: Session, tmp_path: Path, kind: str) -> None:
    for locale in LOCALES:
        heading, example = written(town, kind, locale, tmp_path)
        rows = own_rows(tmp_path, kind, heading)
        path = tmp_path / f"{locale}.xlsx"
        path.write_bytes(workbook_of([("1", heading, [example, *rows])]))
        options = ImportOptions(crs="EPSG:4490", dry_run=True, valid_from=cases.DAY)
        report = import_files(town, kind, [path], options)
        assert report.problems == []
        assert report.read == len(rows) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_bare_template_says_that_it_is_bare(town: Session, tmp_path: Path, kind: str) -> None:
    for locale in LOCALES:
        written(town, kind, locale, tmp_path)
        with pytest.raises(InputError, match="only_example"):
            import_files(town, kind, [tmp_path / "blank.xlsx"], ImportOptions(dry_run=True))


def test_every_field_has_a_heading_that_is_understood(town: Session, tmp_path: Path) -> None:
    for kind in KINDS:
        for locale in LOCALES:
            heading, example = written(town, kind, locale, tmp_path)
            assert set(rename(heading, kind, {}).values()) == {field.name for field in KINDS[kind]} - GIVEN
            assert str(example[0]).startswith(EXAMPLE)


def written(session: Session, kind: str, locale: str, folder: Path) -> tuple[list[str], list[Any]]:
    """Write a template; return its headings and its example."""
    path = folder / "blank.xlsx"
    path.write_bytes(template(session, kind, locale)[1])
    heading, example = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return [str(cell) for cell in heading], [cell or None for cell in example]


def own_rows(folder: Path, kind: str, heading: list[str]) -> list[list[Any]]:
    """Return the town's rows of a kind in a template's columns."""
    fields = rename(heading, kind, {})
    return [
        [row.get(fields.get(column) or PLACES.get(column, "")) for column in heading] for row in town_rows(folder, kind)
    ]


def town_rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Return the town's rows of a kind, their places as text in degrees."""
    files = cases.district(folder)
    for row in files.rows[kind]:
        row.update(MORE.get(kind, {}), **({"site": f"S{row['code']}"} if kind == "sites" else {}))
    if kind == "population":
        return [{"code": row["code"], "people": "12"} for row in files.rows["units"] if row["level"] == "building"]
    sheet = read_file(files.write(kind), crs=cases.CRS)
    shapes = sheet.geometry or [None] * len(sheet.rows)
    rows = []
    for cells, shape in zip(sheet.rows, shapes, strict=True):
        point = None if shape is None else shape.representative_point()
        placed = {} if point is None else {"wkt": shape.wkt, "lon": str(point.x), "lat": str(point.y)}
        rows.append({name: None if value is None else str(value) for name, value in cells.items()} | placed)
    return rows
