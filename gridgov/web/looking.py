"""What a planner looks at: by which rules, at whose pace, drawn by which places. All of it stands in the address."""

from dataclasses import dataclass
from typing import Any

from gridgov.domain.standards import RulePack
from gridgov.domain.units import LevelProfile
from gridgov.storage.current import At
from gridgov.storage.models import Run
from gridgov.usecases import covering, deployment, loading
from gridgov.usecases.loading import Listed
from gridgov.usecases.runrecord import PROFILES, REFERENCE
from gridgov.web import parameters, views
from gridgov.web.handle import database
from gridgov.web.language import gettext
from gridgov.web.page import level_name

# What the map can be drawn by, and from which zoom of the tiles on there are any; by none of them it goes by the zoom.
DRAWN_BY = {"community": 9, "compound": 11, "building": 13, "grid": 12, "cell": 12}
_LAID = ("grid", "cell")


@dataclass(frozen=True)
class Look:
    """The rule pack, its newest run for the day, None where there is none; the walker's profile, and the level."""

    pack: RulePack
    packs: list[Listed]
    run: Run | None
    profile: str
    level: str | None

    @property
    def profiles(self) -> list[str]:
        """The profiles that the run tells of: one of an older version knows the verdict's only."""
        return [REFERENCE] if self.run is None else list(self.run.summary.get("profiles", [REFERENCE]))

    @property
    def own(self) -> bool:
        """Whether these are the rules in force."""
        return next((each.in_force for each in self.packs if each.id == self.pack.id), False)


def pack_ids() -> list[str]:
    """Return the rule packs there are."""
    return [each.id for each in loading.listed_packs(database())]


def asked_pack() -> str | None:
    """Return the rule pack that the address names, None where it names none; an unknown one is refused."""
    return parameters.choice("pack", pack_ids())


def look() -> Look:
    """Return what the address asks for; a pace the run doesn't tell of is shown as the verdict's."""
    packs, pack = loading.listed_packs(database()), deployment.pack(database(), asked_pack())
    run = covering.latest(database(), parameters.at(), pack.id)
    asked = str(parameters.choice("profile", PROFILES, REFERENCE))
    found = Look(pack, packs, run, asked, parameters.choice("level", DRAWN_BY))
    return found if asked in found.profiles else Look(pack, packs, run, REFERENCE, found.level)


def computed(pack: str, at: At) -> bool:
    """Tell whether a pack has a run for a day."""
    return covering.latest(database(), at, pack) is not None


def levels(profile: LevelProfile) -> dict[str, str | None]:
    """Return what the map can be drawn by, with what the city calls it."""
    laid = {"grid": gettext("Grid"), "cell": gettext("Unit grid")}
    known = {level.id for level in profile.levels}
    return {name: laid.get(name) or level_name(name) for name in DRAWN_BY if name in known or name in _LAID}


def coloured(look: Look, run: int, kind: str | None, scenario: str | None) -> dict[str, Any]:
    """Return the layers that colour the map: by the level asked for, else communities and closer by compounds."""
    paced = None if look.profile == REFERENCE else look.profile
    asked: dict[str, Any] = {"run": run, "type": kind, "scenario": scenario, "profile": paced}
    if look.level is not None:
        drawn = views.tiled("coverage", DRAWN_BY[look.level], level=look.level, **asked)
        # building groups in colour lie under none in grey
        return {"compound": None, "coverage": drawn} | ({"building": None} if look.level == "building" else {})
    return {
        "compound": None,
        "coverage_far": views.tiled("coverage", 9, 10, level="community", **asked),
        "coverage": views.tiled("coverage", 11, level="compound", **asked),
    }


def words(look: Look, name: str) -> dict[str, str]:
    """Return how the map says the figures of what is pointed at, and that one has to come closer."""
    buildings = look.run is not None and look.run.summary["basis"] == "buildings"
    count = {"count": "{people}"}
    people = gettext("%(count)s buildings", **count) if buildings else gettext("%(count)s people", **count)
    return {
        "kind": gettext("%(type)s: {covered} of %(people)s reached, {share}", type=name, people=people),
        "share": gettext("%(type)s: {share} reached", type=name),
        "mean": gettext("%(people)s · %(type)s: {share} reached", type=name, people=people),
        "unknown": gettext("%(type)s: unknown here, or too few to be told", type=name),
        "closer": gettext("Come closer: this is drawn from close by only."),
    }
