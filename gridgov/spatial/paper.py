"""Paper: how places in metres go onto a page, as SVG paths in points of paper."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.spatial.middle import middle

FINEST = 0.35  # points of paper; anything finer isn't drawn
MARGIN = 6.0
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Paper:
    """How metres go onto paper: the top left corner, metres per point, and the size in points.

    North is the grid north of the CRS, at the top.
    """

    west: float
    north: float
    metres: float
    width: float
    height: float

    @classmethod
    def fitting(cls, shapes: Sequence[BaseGeometry], width: float, height: float) -> "Paper":
        """Return the paper on which the shapes just fit: as wide as asked, and no higher than asked."""
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        wide, high = max(east - west, 1.0), max(north - south, 1.0)
        metres = max(wide / (width - 2 * MARGIN), high / (height - 2 * MARGIN))
        tall = min(height, max(high / metres + 2 * MARGIN, width / 3))
        middle = (west + east) / 2, (south + north) / 2
        return cls(middle[0] - width / 2 * metres, middle[1] + tall / 2 * metres, metres, width, tall)

    @classmethod
    def filling(cls, shapes: Sequence[BaseGeometry], width: float, height: float) -> "Paper":
        """Return the paper of exactly this size on which the shapes just fit, in its middle."""
        fitted = cls.fitting(shapes, width, height)
        lower = (height - fitted.height) / 2
        return cls(fitted.west, fitted.north + lower * fitted.metres, fitted.metres, width, height)

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """West, south, east and north of what the paper shows, in metres."""
        east, south = self.west + self.width * self.metres, self.north - self.height * self.metres
        return self.west, south, east, self.north

    def cut(self, shape: BaseGeometry) -> BaseGeometry:
        """Return what of a shape lies in the frame."""
        return shapely.clip_by_rect(shapely.make_valid(shape), *self.frame)

    def cut_line(self, line: BaseGeometry) -> BaseGeometry:
        """Return what of a line lies in the frame."""
        return shapely.clip_by_rect(line, *self.frame)

    def point(self, shape: BaseGeometry) -> tuple[float, float]:
        """Return where a point on a shape stands, in points from the top left."""
        x, y = middle(shape)
        return round((x - self.west) / self.metres, 1), round((self.north - y) / self.metres, 1)

    def placed(self, xy: Floats) -> Floats:
        """Return where places (n, 2) in metres stand, in points from the top left."""
        return np.column_stack([(xy[:, 0] - self.west) / self.metres, (self.north - xy[:, 1]) / self.metres])

    def path(self, shape: BaseGeometry) -> str:
        """Return the rings of a shape as an SVG path, as fine as paper shows."""
        return self.areas([shape])[0]

    def areas(self, shapes: Sequence[BaseGeometry]) -> list[str]:
        """Return the rings of each shape as an SVG path; of what is no area an empty one."""
        told = shapely.simplify(np.array([*shapes, None], dtype=object)[:-1], FINEST * self.metres)
        parts, of_shape = shapely.get_parts(told, return_index=True)
        areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON.value
        rings, of_part = shapely.get_rings(parts[areal], return_index=True)
        return self._paths(rings, of_shape[areal][of_part], len(told), closed=True)

    def lines(self, lines: Sequence[BaseGeometry]) -> str:
        """Return lines as one SVG path."""
        told = shapely.simplify(np.array([*lines, None], dtype=object)[:-1], FINEST * self.metres)
        parts = shapely.get_parts(told)
        parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING.value]
        return self._paths(parts, np.zeros(len(parts), dtype=np.int64), 1, closed=False)[0]

    def _paths(
        self, rings: npt.NDArray[np.object_], owner: npt.NDArray[np.int64], many: int, *, closed: bool
    ) -> list[str]:
        """Write rings or lines as paths, those of one owner in one."""
        xy, of_ring = shapely.get_coordinates(rings, return_index=True)
        texts = [f"{x:.1f} {y:.1f}" for x, y in self.placed(xy).tolist()]
        ends = np.searchsorted(of_ring, np.arange(len(rings) + 1))
        found: list[list[str]] = [[] for _ in range(many)]
        for row, (start, end) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)):
            told = "L".join(texts[start : end - 1] if closed else texts[start:end])
            found[int(owner[row])].append(f"M{told}{'Z' if closed else ''}")
        return ["".join(each) for each in found]


def svg(width: float, height: float, *parts: str) -> str:
    """Put parts together as an SVG of a size in points."""
    size = f'width="{width:.1f}" height="{height:.1f}" viewBox="0 0 {width:.1f} {height:.1f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'


def filled(path: str, colour: str) -> str:
    """Fill a path."""
    return f'<path d="{path}" fill="{colour}" fill-rule="evenodd"/>' if path else ""


def stroked(path: str, colour: str, width: float, more: str = "") -> str:
    """Draw a path as a line."""
    style = f'fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linejoin="round"'
    return f'<path d="{path}" {style}{more}/>' if path else ""


def round_length(metres: float) -> float:
    """Return the greatest length of 1, 2 or 5 × 10ⁿ metres that isn't longer."""
    power = 10.0 ** np.floor(np.log10(metres))
    return float(max(step * power for step in (1, 2, 5) if step * power <= metres))
