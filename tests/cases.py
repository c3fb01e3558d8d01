"""A small made-up place, written to files and imported like anybody's: what use-case and command tests build on.

Coordinates are metres in the working CRS, counted from `ORIGIN`; files carry them as WKT in EPSG:4546.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.domain.standards import RulePack
from gridgov.sources.rulepacks import read_pack
from gridgov.spatial.crs import to_geographic
from gridgov.usecases.importing import ImportReport, import_files
from gridgov.usecases.staging import ImportOptions

ORIGIN = (540_000.0, 3_390_000.0)
CRS = "EPSG:4546"
DAY = date(2026, 3, 31)
STREET_ROAD = ((0, 0), (280, 0), (500, 0), (1000, 0))
ORDER = (
    "units", "grids", "gates", "network", "sites", "population", "departments", "cadres", "branches", "posts",
    "contacts", "partners", "land",
)  # fmt: skip


class Files:
    """Rows of every kind, collected and then written as one CSV a kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(self, kind: str, shape: BaseGeometry | None = None, /, **cells: Any) -> "Files":
        """Add a row; what has a shape has a `wkt` cell."""
        self.rows[kind].append(cells | ({} if shape is None else {"wkt": placed(shape).wkt}))
        return self

    def unit(self, level: str, code: str, shape: BaseGeometry | None = None, **cells: Any) -> "Files":
        """Add a unit."""
        return self.add("units", shape, level=level, code=code, **cells)

    def home(self, code: str, x: float, y: float, people: float | None = 100, **cells: Any) -> "Files":
        """Add a building group at a point: a demand point."""
        told = {} if people is None else {"people": people}
        return self.unit("building", code, shapely.Point(x, y), **told, **cells)

    def path(self, *places: tuple[float, float], **cells: Any) -> "Files":
        """Add a segment of path."""
        return self.add("network", shapely.LineString(places), kind="footway", **cells)

    def gate(self, code: str, x: float, y: float, state: str, **cells: Any) -> "Files":
        """Add a gate."""
        return self.add("gates", shapely.Point(x, y), code=code, state=state, **cells)

    def point(self, code: str, x: float, y: float, kind: str = "kindergarten", **cells: Any) -> "Files":
        """Add a service point at a site of its own."""
        return self.add("sites", shapely.Point(x, y), code=code, name=code, type=kind, **cells)

    def write(self, kind: str) -> Path:
        """Write the rows of one kind and return the file."""
        rows = self.rows[kind]
        columns = list(dict.fromkeys(name for row in rows for name in row))
        path = self.folder / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def load(self, session: Session, kinds: Iterable[str] = ORDER, **options: Any) -> dict[str, ImportReport]:
        """Write and import all kinds that have rows; every row must be taken."""
        reports = {kind: self.bring(session, kind, **options) for kind in kinds if self.rows[kind]}
        assert [report.problems for report in reports.values() if report.problems] == []
        return reports

    def bring(self, session: Session, kind: str, **options: Any) -> ImportReport:
        """Write and import one kind, whatever comes of it."""
        told = {"valid_from": DAY, "crs": CRS} | options
        return import_files(session, kind, [self.write(kind)], ImportOptions(**told))


def placed(shape: BaseGeometry) -> BaseGeometry:
    """Move a shape from the small place's metres to the working CRS's."""
    return translate(shape, *ORIGIN)


def degrees(x: float, y: float) -> tuple[float, float]:
    """Return the longitude and latitude of a place."""
    moved = to_geographic(np.array([placed(shapely.Point(x, y))], dtype=object), CRS)[0]
    return float(moved.x), float(moved.y)


def street_case(folder: Path) -> Files:
    """The worked cases' street, from (0, 0) to (1000, 0), with nodes at 280 and 500."""
    files = Files(folder)
    for start, end in pairwise(STREET_ROAD):
        files.path(start, end)
    return files


def compound_case(folder: Path, gate: str | None = "open") -> Files:
    """The street, the walled compound C, its gate E, the lane outside and the path through the gate."""
    files = street_case(folder)
    files.path((500, 0), (500, 100))
    files.path((400, 100), (500, 100))
    files.unit("compound", "C", shapely.box(300, 20, 480, 220), kind="walled", name="Case compound")
    if gate is not None:
        files.gate("E", 480, 100, gate, compound="C")
    return files


def pack(folder: Path, *, radius: float | None = 300.0, kind: str = "kindergarten", **more: Any) -> RulePack:
    """Write and read a rule pack of one row."""
    cells = {"type": kind, "tier": "5", "required": True} | ({} if radius is None else {"radius": radius}) | more
    return packs(folder, cells)


def packs(folder: Path, *rows: dict[str, Any]) -> RulePack:
    """Write and read a rule pack of some rows."""
    lines = ['id = "cases"', 'zh = "样例"', 'en = "Cases"', 'version = "1"']
    for row in rows:
        lines += ["[[rows]]", *(f"{name} = {_toml(value)}" for name, value in row.items())]
    path = folder / "pack.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_pack(path)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def district(folder: Path) -> Files:
    """A street of two communities with grids, compounds, a building group each, posts and all that stands on them."""
    files = Files(folder)
    files.unit("street", "420503001", shapely.box(0, 0, 1000, 500), name="学院街道", office_phone="0717-6000001")
    files.unit("community", "420503001001", shapely.box(0, 0, 500, 500), name="东风社区")
    files.unit("community", "420503001002", shapely.box(500, 0, 1000, 500), name="西陵社区")
    files.unit("compound", "C1", shapely.box(50, 50, 250, 250), name="桂花苑小区", parent="420503001001", kind="walled")
    files.unit("compound", "C2", shapely.box(700, 50, 900, 250), name="梅花苑", parent="420503001002", kind="open")
    files.unit("building", "B1", shapely.box(100, 100, 120, 110), name="1栋", parent="C1", people=120, age_60_79=30)
    files.unit("building", "B2", shapely.box(200, 100, 220, 110), name="2栋", parent="C1", people=80, age_60_79=4)
    files.unit("building", "B3", shapely.box(750, 100, 770, 110), name="1栋", parent="C2", people=60)
    files.unit("household", "H1", parent="B1", name="王建国", consent_date="2026-01-05", purpose="联络")
    files.unit("household", "H2", parent="B3", name="李秀英", consent_date="2026-01-06", purpose="联络")
    files.add("grids", shapely.box(0, 0, 250, 500), code="420503001001001", community="420503001001", name="东风一网格")
    files.add("grids", shapely.box(250, 0, 500, 500), code="420503001001002", community="420503001001")
    files.add("grids", shapely.box(500, 0, 1000, 500), code="420503001002001", community="420503001002")
    files.gate("G1", 250, 150, "open", compound="C1")
    files.path((0, 20), (1000, 20)).path((280, 20), (280, 150)).path((280, 150), (110, 150))
    files.point("K1", 400, 30, capacity=5000).point("K2", 990, 30, kind="library")
    files.add("departments", code="D1", name="教育局", phone="0717-6100001")
    files.add("departments", code="D2", name="民政局", phone="0717-6100002")
    for code, name, office in (("P1", "赵一", "D1"), ("P2", "钱二", "D1"), ("P3", "孙三", "D2")):
        files.add("cadres", code=code, name=name, department=office, office_phone="0717-61", mobile="13812341234")
    files.add("branches", code="BR1", name="桂花苑党支部", compounds="C1")
    files.add("posts", role="street_secretary", unit="420503001", holder="周书记", office_phone="0717-6000002")
    files.add("posts", role="community_secretary", unit="420503001001", holder="吴书记", office_phone="0717-6000003")
    files.add("posts", role="grid_worker", unit="420503001001", holder="郑网格", office_phone="0717-6000004")
    files.add("posts", role="building_head", unit="B1", holder="冯栋长", office_phone="0717-6000005")
    files.add("contacts", tier=1, unit="420503001", role="leader", holder="P1", document="宜办〔2026〕1号")
    files.add("contacts", tier=2, unit="420503001001", role="leading", holder="D1")
    files.add("contacts", tier=2, unit="420503001001", role="first_secretary", holder="P2", valid_to="2026-04-20")
    files.add("contacts", tier=3, unit="C1", role="lead", holder="P2")
    files.add("partners", code="W1", kind="业委会", name="桂花苑业委会", unit="C1", contact="陈女士", phone="0717-62")
    files.add("land", shapely.box(0, 480, 1000, 500), code="L1", name="长江", kind="water")
    return files
