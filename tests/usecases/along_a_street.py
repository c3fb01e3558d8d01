"""Compounds along a street, two offices at its ends, and who works and leads where."""

from pathlib import Path

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.models import CadreVersion, UnitVersion
from tests import cases


def town(folder: Path, compounds: dict[str, float], cadres: dict[str, str], leads: dict[str, str]) -> cases.Files:
    """Compounds along a street by code and metres, offices A at 0 m and B at 10,000 m, who works where, who leads."""
    files = cases.Files(folder)
    files.unit("street", "420503001", shapely.box(-500, -500, 10_500, 500), name="街")
    files.unit("community", "420503001001", shapely.box(-500, -500, 10_500, 500), name="社", parent="420503001")
    for code, x in compounds.items():
        square = shapely.box(x - 10, -10, x + 10, 10)
        files.unit("compound", code, square, name=code, parent="420503001001", kind="open")
    for code, x in (("A", 0.0), ("B", 10_000.0)):
        files.add("departments", shapely.Point(x, 0), code=code, name=f"局{code}")
    files.add("departments", code="N", name="无址局")
    for code, office in cadres.items():
        files.add("cadres", code=code, name=f"某{code}", department=office)
    for unit, cadre in leads.items():
        files.add("contacts", tier=3, unit=unit, role="lead", holder=cadre)
    return files


def numbers(session: Session) -> dict[str, int]:
    found = {unit.code: unit.unit_id for unit in session.scalars(select(UnitVersion))}
    return found | {one.code: one.cadre_id for one in session.scalars(select(CadreVersion))}
