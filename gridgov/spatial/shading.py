"""Coverage on paper: areas in five steps of the share reached, causes by colour and shape, readable in grey print."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gridgov.spatial.paper import Paper, filled, stroked
from gridgov.spatial.sketch import EDGE, GROUND, Ground, Sketch, land, lines, on_paper

STEPS = ("#ebf5f3", "#acd4cf", "#6fb1ac", "#318b88", "#0b5f60")
UNKNOWN = "#e3e3df"
CAUSES = {
    "no_facility": "#D55E00",
    "gate": "#CC79A7",
    "no_path": "#0072B2",
    "capacity": "#E69F00",
    "data": "#7F7F7F",
}
HAIR = "#8a9794"
Place = tuple[float, float]


@dataclass(frozen=True)
class Plate:
    """The ground of several maps of one area, drawn once: its areas as paths, in the order of the ground's fabric."""

    paper: Paper
    below: str
    above: str
    areas: list[str]
    middles: list[Place]
    names: tuple[tuple[str, float, float], ...]

    @classmethod
    def of(cls, ground: Ground, width: float, height: float) -> "Plate | None":
        """Draw a ground, in points; None where nothing has a place."""
        framing = [*(shape for line in ground.borders for shape in line), *ground.fabric]
        placed = [shape for shape in framing if not shape.is_empty]
        if not placed:
            return None
        paper = Paper.fitting(placed, width, height)
        sheet = f'<rect width="{paper.width:.1f}" height="{paper.height:.1f}" fill="{GROUND}"/>'
        return cls(
            paper,
            sheet + "".join(land(paper, ground.land)),
            "".join(lines(paper, ground.borders)),
            paper.areas(ground.fabric),
            [paper.point(shape) for shape in ground.fabric],
            tuple((name, *paper.point(shape)) for name, shape in ground.names),
        )

    def shaded(self, shares: Sequence[float | None], points: Sequence[Place] = ()) -> Sketch:
        """Fill each area by its share, and set a disc at each point (metres, the ground's CRS)."""
        parts = [self.below, *self._filled([step(share) for share in shares])]
        return on_paper(self.paper, [*parts, self.above, *discs(self.paper, points, 1.9)], self.names)

    def marked(self, causes: Sequence[str | None]) -> Sketch:
        """Set each area's cause on it, and leave the others grey."""
        close = np.sqrt(self.paper.width * self.paper.height / max(len(causes), 1))
        radius = float(np.clip(close / 7, 1.5, 4.2))
        quiet = filled("".join(self.areas), UNKNOWN)
        return on_paper(self.paper, [self.below, quiet, self.above, *self.causes(causes, radius)], self.names)

    def causes(self, causes: Sequence[str | None], radius: float) -> Iterable[str]:
        """Draw each area's cause on its middle, those of most weight for a planner last."""
        for name in reversed(CAUSES):
            yield from (symbol(name, *self.middles[row], radius) for row, cause in enumerate(causes) if cause == name)

    def _filled(self, steps: Sequence[int | None]) -> Iterable[str]:
        for wanted, colour in ((None, UNKNOWN), *enumerate(STEPS)):
            path = "".join(self.areas[row] for row, found in enumerate(steps) if found == wanted)
            yield filled(path, colour) + stroked(path, HAIR, 0.2)


def discs(paper: Paper, points: Sequence[Place], radius: float) -> Iterable[str]:
    """Draw a disc at each point (metres) that lies on the paper."""
    for x, y in paper.placed(np.array(points).reshape(-1, 2)).tolist():
        if 0 <= x <= paper.width and 0 <= y <= paper.height:
            style = f'fill="{EDGE}" stroke="#ffffff" stroke-width="{radius / 3:.2f}"'
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {style}/>'


def step(share: float | None) -> int | None:
    """Return which of the five steps a share falls into; None where it isn't known."""
    return None if share is None else min(int(share * len(STEPS)), len(STEPS) - 1)


def symbol(cause: str, x: float, y: float, radius: float) -> str:
    """Draw a cause: ● no facility, ◆ gate, ▲ no way, ■ full, ✕ data in doubt."""
    colour, r = CAUSES[cause], radius
    if cause == "no_facility":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r * 0.9:.2f}" fill="{colour}"/>'
    if cause == "data":
        cross = f"M{x - r:.1f} {y - r:.1f}l{2 * r:.1f} {2 * r:.1f}m0 {-2 * r:.1f}l{-2 * r:.1f} {2 * r:.1f}"
        return stroked(cross, colour, round(r * 0.5, 2))
    a, b = f"{1.2 * r:.1f}", f"{1.8 * r:.1f}"
    outline = {
        "gate": f"M{x:.1f} {y - 1.2 * r:.1f}l{a} {a}l-{a} {a}l-{a} -{a}Z",
        "no_path": f"M{x:.1f} {y - 1.1 * r:.1f}l{a} {2 * r:.1f}h{-2.4 * r:.1f}Z",
        "capacity": f"M{x - 0.9 * r:.1f} {y - 0.9 * r:.1f}h{b}v{b}h-{b}Z",
    }
    return filled(outline[cause], colour)


def swatch(colour: str, size: float) -> str:
    """Draw a colour alone, for the key beside a map."""
    box = f'<rect x="0.5" y="0.5" width="{size - 1}" height="{size - 1}" fill="{colour}" stroke="{HAIR}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">{box} stroke-width="0.5"/></svg>'


def cause_key(cause: str, size: float) -> str:
    """Draw a cause's symbol alone, for the key beside a map."""
    mark = symbol(cause, size / 2, size / 2, size / 3.3)
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">{mark}</svg>'


def disc_key(size: float) -> str:
    """Draw a service point's disc alone, for the key beside a map."""
    mark = f'<circle cx="{size / 2}" cy="{size / 2}" r="{size / 3.6:.1f}" fill="{EDGE}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">{mark}</svg>'
