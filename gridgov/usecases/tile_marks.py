"""What the map's vector tiles tell of places: who holds their posts, what share of people is reached, and why not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.spatial.tiles import Layer
from gridgov.storage.models import Run
from gridgov.usecases import contacting, deployment, reading_runs, run_map, tile_cells
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.run_map import Wanted
from gridgov.usecases.tiles import FIRST, GRIDS, LEVELS, Asked, grids_near, marks, places, with_gaps

STATES = ("disputed", "vacant", "expiring")
URGENCY = (*STATES, "held", "none")
SHARED = ("street", "community", "compound", "building", "grid", "cell")


def posts(session: Session, asked: Asked, tier: int | None = None, what: str | None = None) -> list[Layer]:
    """Return a mark per unit of a tier, the lowest where none is given; what isn't asked for is dimmed."""
    profile = deployment.profile(session)
    told = profile.lowest_tier if tier is None else tier
    if told is None or asked.tile.z < FIRST:
        return []
    found = places(session, asked, profile.tier(told).level)
    states = contacting.states_by_unit(session, asked.at, asked.scope, found.ids)
    wanted = None
    if what is not None:
        wanted = contacting.units_with(session, asked.at, asked.scope, told, what, found.ids)
    symbols = [post_symbol(states.get(unit, {})) for unit in found.ids]
    dim = [wanted is not None and unit not in wanted for unit in found.ids]
    columns = {"code": found.codes, "name": found.called, "symbol": symbols, "dim": dim}
    order = sorted(range(len(symbols)), key=lambda row: (dim[row], URGENCY.index(symbols[row])))
    return [marks("posts", asked.tile, found.marks(), found.ids, columns, order)]


def post_symbol(state: dict[str, bool]) -> str:
    """Return how a unit's post is drawn: by the most pressing of its states."""
    return next((name for name in STATES if state.get(name)), "held" if state else "none")


def coverage(session: Session, asked: Asked, run: Run, level: str, wanted: Wanted | None = None) -> list[Layer]:
    """Return the units of a level, grids or cells of the unit grid with their people and the share of them reached.

    Unknown, or not to be told, is null. Among building groups are the compounds that stand for theirs.
    """
    if level not in SHARED:
        raise InputError("option_unknown", name="level", value=level)
    wanted = wanted or Wanted()
    if level == "cell":
        return tile_cells.coverage(session, asked, run, wanted)
    if asked.tile.z < LEVELS.get(level, GRIDS):
        return []
    shares = run_map.shares(session, run, level, wanted.profile)
    if level == "grid":
        ids, codes, _, _, shapes = grids_near(session, asked, kind="basic")
        return [Layer("coverage", shapes, ids, {"code": codes, "name": codes, **wanted.columns(run, shares, ids)})]
    found = places(session, asked, level, shares.row if level == "building" else ())
    columns = {"code": found.codes, "name": found.called, **wanted.columns(run, shares, found.ids)}
    return [Layer("coverage", found.shapes, found.ids, columns)]


def causes(
    session: Session, asked: Asked, run: Run, wanted: GapFilter, tell: Callable[[dict[str, Any]], str]
) -> list[Layer]:
    """Return a mark per place with a gap: the cause of the one most people miss, and what `tell` says of it."""
    if asked.tile.z < FIRST:
        return []
    worst = run_map.worst(session, run, wanted)
    ids, codes, names, xy = with_gaps(session, asked, worst)
    rank = {unit: place for place, unit in enumerate(worst.gaps)}
    order = sorted(range(len(ids)), key=lambda row: rank[ids[row]])
    layer = marks("causes", asked.tile, xy, ids, {"code": codes, "name": names}, order)
    facts = reading_runs.gap_facts(session, run, (worst.gaps[unit] for unit in layer.ids))
    told = {
        "symbol": [facts[unit]["cause"] for unit in layer.ids],
        "told": [f"{name} · {tell(facts[unit])}" for unit, name in zip(layer.ids, layer.columns["name"], strict=True)],
    }
    return [replace(layer, columns={**layer.columns, **told})]
