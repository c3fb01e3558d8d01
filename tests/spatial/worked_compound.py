"""A compound with one gate, on the far side: what snapping to nodes says of it, and what is true; and its drawing.

`python -m tests.spatial.worked_compound` draws it anew.
"""

from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import shapely

from gridgov.spatial.coverage import CAUSES, Rule, evaluate
from gridgov.spatial.network import OPEN
from tests.spatial.cases import Xy, demand, network, supply

PICTURE = Path(__file__).with_suffix(".svg")
RADIUS = 500.0
STREETS: list[list[Xy]] = [
    [(0, 0), (200, 0)],
    [(200, 0), (330, 0)],
    [(330, 0), (400, 0)],
    [(0, 0), (0, 270)],
    [(0, 270), (140, 270)],
    [(140, 270), (400, 270)],
    [(400, 270), (400, 0)],
]
INNER: list[Xy] = [(140, 270), (140, 60)]
WALL = shapely.box(40, 20, 250, 245)
GATE, NEW_GATE = (140.0, 245.0), (140.0, 20.0)
NEW_PATH: list[Xy] = [(140, 60), (140, 0)]
HOME, CLINIC = (215.0, 34.0), (330.0, -14.0)


@dataclass(frozen=True)
class Told:
    """What is said of the home: metres on foot, and the cause if it isn't covered."""

    metres: float
    cause: str | None


def by_nodes() -> float:
    """Walk from the node nearest to the home to the node nearest to the clinic, as if there were no wall."""
    graph = nx.Graph()
    for line in [*STREETS, INNER]:
        graph.add_edge(line[0], line[-1], metres=shapely.LineString(line).length)
    ends = [min(graph.nodes, key=lambda node: np.hypot(node[0] - x, node[1] - y)) for x, y in (HOME, CLINIC)]
    legs = sum(float(np.hypot(a - x, b - y)) for (a, b), (x, y) in zip(ends, (HOME, CLINIC), strict=True))
    return legs + float(nx.shortest_path_length(graph, *ends, weight="metres"))


def in_truth(*, with_new_gate: bool = False) -> Told:
    """Ask the engine."""
    more = ([[(0, 0), (140, 0)], [(140, 0), (200, 0)], NEW_PATH], [(NEW_GATE, OPEN)]) if with_new_gate else ([], [])
    streets = STREETS[1:] if with_new_gate else STREETS
    net = network([*streets, INNER, *more[0]], (WALL, [(GATE, OPEN), *more[1]]))
    found = evaluate(demand(HOME, home=[0]), supply(CLINIC), [Rule("health_centre", RADIUS)], net)
    cause = int(found.cause[0, 0])
    return Told(float(found.metres[0, 0]), CAUSES[cause] if cause >= 0 else None)


def drawn() -> str:
    """Draw it as SVG: what snapping takes for the way, the way there is, and the gate that would help."""
    snapped, truth, helped = by_nodes(), in_truth(), in_truth(with_new_gate=True)
    foot = (140.0, 60.0)
    ways = [
        ("snapped", [HOME, (200, 0), (330, 0), CLINIC]),
        ("truth", [HOME, foot, (140, 270), (400, 270), (400, 0), (330, 0), CLINIC]),
    ]
    parts = [_line("street", line) for line in STREETS] + [_line("path", INNER)]
    parts.append(_line("wall", [*WALL.exterior.coords]))
    parts += [_line(name, line) for name, line in ways] + [_line("proposed", [(140, 60), (140, 0)])]
    parts += [_dot("gate", GATE), _dot("new", NEW_GATE), _dot("home", HOME), _dot("clinic", CLINIC)]
    parts += [
        _text(GATE, "the only gate 唯一出入口", 10, -10),
        _text(HOME, "home 住户", -26, -12),
        _text(CLINIC, "health centre 卫生服务中心", -60, 24),
        _text((70, -22), "a gate here? 在此开门？", 0, 0),
        _text((52, 150), "wall 围墙", 0, 0),
    ]
    rows = [
        ("snapped", f"snapped to nodes 就近节点: {snapped:.0f} m → covered 达标"),
        ("truth", f"in truth 实际步行: {truth.metres:.0f} m → not covered 不达标"),
        ("proposed", f"with the gate 开门以后: {helped.metres:.0f} m → covered 达标"),
    ]
    for rank, (name, words) in enumerate(rows):
        parts.append(_line(name, [(20, -60 - 22 * rank), (50, -60 - 22 * rank)]))
        parts.append(_text((58, -64 - 22 * rank), words, 0, 0))
    return _HEAD + "\n".join(parts) + "\n</svg>\n"


_HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="-20 -300 480 430" font-family="sans-serif" font-size="12">
<style>
  path { fill: none; stroke-linejoin: round; stroke-linecap: round }
  .street { stroke: #c9ced6; stroke-width: 9 } .path { stroke: #dfe3e8; stroke-width: 5 }
  .wall { stroke: #5b6470; stroke-width: 3; stroke-linecap: butt }
  .snapped { stroke: #d55e00; stroke-width: 3; stroke-dasharray: 2 6 } .truth { stroke: #0072b2; stroke-width: 3 }
  .proposed { stroke: #009e73; stroke-width: 3; stroke-dasharray: 7 5 }
  .gate { fill: #fff; stroke: #0072b2; stroke-width: 3 } .new { fill: #fff; stroke: #009e73; stroke-width: 3 }
  .home { fill: #1f2933 } .clinic { fill: #cc79a7 } text { fill: #1f2933 }
</style>
<rect x="-20" y="-300" width="480" height="430" fill="#fff"/>
"""


def _line(name: str, places: list[Xy]) -> str:
    return f'<path class="{name}" d="M' + " L".join(f"{x:g} {-y:g}" for x, y in places) + '"/>'


def _dot(name: str, place: Xy) -> str:
    return f'<circle class="{name}" cx="{place[0]:g}" cy="{-place[1]:g}" r="6"/>'


def _text(place: Xy, words: str, right: float, down: float) -> str:
    return f'<text x="{place[0] + right:g}" y="{-place[1] + down:g}">{words}</text>'


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
