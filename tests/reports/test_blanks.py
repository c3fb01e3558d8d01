"""Templates: filled in they are imported, bare ones say what is lacking, and people find their way about them."""

from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from gridgov.domain.fields import KINDS
from gridgov.errors import InputError
from gridgov.reports.blanks import template
from gridgov.sources.blanks import EXAMPLE
from gridgov.sources.headers import rename
from gridgov.sources.vector import read_file
from gridgov.sources.workbook import workbook_of
from gridgov.usecases.importing import import_files
from gridgov.usecases.staging import ImportOptions
from tests.databases import TODAY

PLACED = ("grids", "gates", "network", "sites", "land")
FILES = {kind: f"{kind}.{'geojson' if kind in PLACED else 'csv'}" for kind in KINDS}
FILES |= {"units": "communities.geojson", "population": "buildings.geojson"}
PLACES = {"经度": "lon", "纬度": "lat", "几何": "wkt", "lon": "lon", "lat": "lat", "wkt": "wkt"}
LOCALES = ("zh_Hans", "en")


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_filled_in_is_imported(demo_session: Session, demo_folder: Path, tmp_path: Path, kind: str) -> None:
    for locale in LOCALES:
        heading, example = written(demo_session, kind, locale, tmp_path)
        rows = own_rows(demo_folder, kind, heading)
        path = tmp_path / f"{locale}.xlsx"
        path.write_bytes(workbook_of([("1", heading, [example, *rows])]))
        options = ImportOptions(
            crs="EPSG:4326", level="community" if kind == "units" else None, dry_run=True, valid_from=TODAY
        )
        report = import_files(demo_session, kind, [path], options)
        assert report.problems == []
        assert report.read == len(rows) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_bare_template_says_that_it_is_bare(demo_session: Session, tmp_path: Path, kind: str) -> None:
    for locale in LOCALES:
        written(demo_session, kind, locale, tmp_path)
        with pytest.raises(InputError, match="only_example"):
            import_files(demo_session, kind, [tmp_path / "blank.xlsx"], ImportOptions(dry_run=True))


def test_every_field_has_a_heading_that_is_understood(demo_session: Session, tmp_path: Path) -> None:
    for kind in KINDS:
        for locale in LOCALES:
            heading, example = written(demo_session, kind, locale, tmp_path)
            assert set(rename(heading, kind, {}).values()) == {field.name for field in KINDS[kind]}
            assert str(example[0]).startswith(EXAMPLE)


def written(session: Session, kind: str, locale: str, folder: Path) -> tuple[list[str], list[Any]]:
    """Write a template; return its headings and its example."""
    path = folder / "blank.xlsx"
    path.write_bytes(template(session, kind, locale)[1])
    heading, example = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return [str(cell) for cell in heading], [cell or None for cell in example]


def own_rows(folder: Path, kind: str, heading: list[str]) -> list[list[Any]]:
    """Return a few rows of the demo in a template's columns."""
    fields = rename(heading, kind, {})
    return [
        [row.get(fields.get(column) or PLACES.get(column, "")) for column in heading] for row in demo_rows(folder, kind)
    ]


def demo_rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Return a few rows of the demo's file of a kind, their places as text."""
    sheet = read_file(folder / FILES[kind])
    shapes = sheet.geometry or [None] * len(sheet.rows)
    rows = []
    for cells, shape in list(zip(sheet.rows, shapes, strict=True))[:5]:
        point = None if shape is None else shape.representative_point()
        placed = {} if point is None else {"wkt": shape.wkt, "lon": str(point.x), "lat": str(point.y)}
        rows.append({name: None if value is None else str(value) for name, value in cells.items()} | placed)
    return [{"code": row["code"], "people": "12"} for row in rows] if kind == "population" else rows
