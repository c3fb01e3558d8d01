"""`gridgov siting`: where a new service point would reach most people who lack it."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from gridgov.cli.console import answer_json, as_json, as_of, clearly, locale, looking, progress, say, table, today
from gridgov.cli.following import following
from gridgov.sources.sheets import Reading
from gridgov.usecases import siting as usecase
from gridgov.usecases.candidates import read_candidates
from gridgov.wording import term


@click.command()
@click.argument("kind", metavar="TYPE")
@click.option("--sites", type=int, required=True, metavar="P", help="How many sites to choose.")
@click.option(
    "--candidates",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help="Where they may be: points or areas; without it the middles of the unit grid’s cells.",
)
@click.option("--budget", type=float, default=None, metavar="B", help="What all may cost, by the file’s cost column.")
@click.option("--apart", type=float, default=None, metavar="METRES", help="How far sites must be from each other.")
@click.option("--lock", multiple=True, metavar="NAME", help="A candidate that must be among them; again for more.")
@click.option("--exclude", multiple=True, metavar="NAME", help="A candidate to leave out; again for more.")
@click.option("--crs", default=None, metavar="C", help="The file’s coordinate system where it doesn’t say.")
@click.option("--encoding", default=None, metavar="E", help="The file’s encoding where it isn’t UTF-8.")
@click.option("--pack", default=None, metavar="P", help="The rule pack.")
@as_of
@as_json
@clearly
def siting(kind: str, sites: int, as_of: date | None, form: str, **given: Any) -> None:
    """Choose sites for new service points of TYPE; nothing is written.

    Those open today stand as they are. People are told who would be reached besides, and how far that is from the best
    choice there can be.
    """
    progress("Choosing {sites} for {type} …", sites=sites, type=kind)
    file = given["candidates"]
    offered = None if file is None else read_candidates(file, Reading(given["crs"], given["encoding"]))
    held = {name: given[name] for name in ("pack", "budget", "apart")}
    asked = usecase.Asked(kind, sites, offered, locked=given["lock"], excluded=given["exclude"], **held)
    with looking() as session, following() as tell:
        found = usecase.propose(session, today(as_of), asked, tell)
    if form == "json":
        answer_json(found)
    else:
        _tell(found)


def _tell(found: dict[str, Any]) -> None:
    if found["estimate"]:
        say("No paths are loaded: these are estimates by straight lines × 1.3.")
    params = {**found, "basis": term("basis", found["basis"], locale())}
    if found["graded"]:
        say("Against the standard, by {pack} {pack_version}, as of {as_of}, counted in {basis}.", **params)
    else:
        say("For reference, by {pack} {pack_version}, as of {as_of}, counted in {basis}.", **params)
    if found["doubtful"]:
        say("Too far from any path to say who reaches them: {names}.", names=", ".join(found["doubtful"]))
    if not found["sites"]:
        say("Nobody more would be reached from any candidate.")
        return
    table(
        ["Site", "Longitude", "Latitude", "People gained", "Together", "Cost", "locked"],
        [
            [
                *(row["site"], f"{row['x']:.6f}", f"{row['y']:.6f}"),
                *(row["gain"], row["together"], row["cost"], "✓" if row["locked"] else ""),
            ]
            for row in found["sites"]
        ],
    )
    if found["people"] is None:
        say("How many people is not told: counts of an age under ten are hidden.")
        return
    params = found | {"sites": len(found["sites"])}
    say(
        "{people:,.0f} of {lacking:,.0f} who lack {type} would have it within reach; computed anew: {verified:,.0f}.",
        **params,
    )
    params["gap"] = f"{found['relative_gap']:.2%}"
    say("No choice of {sites} can gain more than {bound:,.0f}: this one is within {gap} of the best.", **params)
    if (found["freed"] or 0) >= 1:
        say("Points that are full get room for {more:,.0f} besides.", more=found["freed"])
    if found["cost"] is not None:
        say("They cost {cost:,.10g} together.", cost=found["cost"])
