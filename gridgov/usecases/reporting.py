"""What a brief says of an area on a day: the pages' own figures, put together for paper (DOMAIN §2.5, §3)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import shown_phone
from gridgov.domain.standards import RulePack
from gridgov.domain.units import Level
from gridgov.spatial.sketch import Ground
from gridgov.storage.current import At, Scope, branches, current
from gridgov.storage.models import Batch, ExportRecord, PartnerVersion, Run, UnitVersion
from gridgov.usecases import browsing, checking, contacting, covering, deployment, gridding, reading_runs
from gridgov.usecases.browsing import Node
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.grounds import ground

STATES = ("vacant", "disputed", "expiring")
LISTED = 12
PARTS_LISTED = 40
PLEDGES_LISTED = 8
GRAVEST = 5
GAPS_LOOKED_AT = 300


@dataclass(frozen=True)
class Part:
    """One of the places the area consists of, with the figures of `contacts report`."""

    code: str
    name: str
    report: dict[str, Any]


@dataclass(frozen=True)
class Post:
    """A post in a state that asks for something: the place, where that lies, and the day the post ends, if told."""

    code: str
    name: str
    where: tuple[str, ...]
    until: date | None


@dataclass(frozen=True)
class Posts:
    """The posts of a tier in one state: how many, and the first of them."""

    tier: int
    state: str
    count: int
    first: tuple[Post, ...]


@dataclass(frozen=True)
class Pledge:
    """What a partner body pledged and hasn't kept by the day, due before or after it."""

    text: str
    due: date
    body: str
    place: str
    overdue: bool


@dataclass(frozen=True)
class Pledges:
    """The pledges of partner bodies: how many are kept, overdue, due later or without a day; the nearest ones."""

    bodies: int
    kept: int
    overdue: int
    ahead: int
    undated: int
    first: tuple[Pledge, ...]


@dataclass(frozen=True)
class Circle:
    """The living circle as the newest run tells it for the area, with its gravest gaps in required types."""

    run: dict[str, Any]
    pack: RulePack
    figures: dict[str, Any]
    gaps: tuple[dict[str, Any], ...]
    gap_count: int
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Source:
    """A kind of data, when it was last loaded, and whether that is longer ago than the set age."""

    kind: str
    loaded: date
    stale: bool


@dataclass(frozen=True)
class Brief:
    """Everything a brief says: of the one place with a `code` and `name`, or of the areas that `names` lists."""

    code: str | None
    name: str | None
    names: tuple[str, ...]
    day: date
    report: dict[str, Any]
    branches: int
    enlarged: int
    part_count: int
    parts: tuple[Part, ...]
    posts: tuple[Posts, ...]
    pledges: Pledges
    circle: Circle | None
    findings: tuple[tuple[str, str, int], ...]
    sources: tuple[Source, ...]
    ground: Ground | None


def brief(session: Session, at: At, scope: Scope, area: int | None = None) -> Brief:
    """Put together what the brief of an area says, within the asker's scope.

    Raises
    ------
    NotFoundError
        ``unit_unknown`` where the area isn't there on that day, or not in the scope.
    """
    area = only_area(session, at, scope) if area is None else area
    unit = None if area is None else browsing.unit(session, area, at, scope)
    inside = scope if area is None else Scope.of({area})
    nodes = _below(session, at, scope, area)
    covering_branches = branches(session, at, inside)
    findings = checking.check(session, at, inside)
    return Brief(
        code=None if unit is None else unit.code,
        name=None if unit is None else unit.name or unit.code,
        names=() if scope.areas is None else tuple(_called(node) for node in nodes),
        day=at.day,
        report=contacting.report(session, at, scope, area),
        branches=len(covering_branches),
        enlarged=sum(branch.enlarged for branch in covering_branches),
        part_count=len(nodes),
        parts=tuple(_part(session, at, scope, node) for node in nodes[:PARTS_LISTED]),
        posts=tuple(_posts(session, at, scope, area)),
        pledges=_pledges(session, at, inside),
        circle=newest_circle(session, at, scope, area),
        findings=_counted(findings),
        sources=sources(session, {found.subject for found in findings if found.kind == "stale"}),
        ground=_ground(session, at, inside),
    )


def log(session: Session, told: Brief, account: int | None) -> None:
    """Keep that a brief left the system, when and by which account; never what stood in it."""
    rows = sum(len(posts.first) for posts in told.posts)
    made = {"created_at": datetime.now(UTC), "account_id": account, "as_of": told.day}
    session.add(ExportRecord(what="brief", form="pdf", rows=rows, **made))


def _below(session: Session, at: At, scope: Scope, area: int | None) -> list[Node]:
    """Return the places of the highest level that lies in the area: the rows of the table by place.

    Building groups and member households have no posts due and make no rows.
    """
    nodes = [node for node in browsing.tree(session, at, scope, area) if node.level not in {"building", "household"}]
    return [node for node in nodes if node.level == nodes[0].level]


def _part(session: Session, at: At, scope: Scope, node: Node) -> Part:
    return Part(node.code, _called(node), contacting.report(session, at, scope, node.unit))


def _posts(session: Session, at: At, scope: Scope, area: int | None) -> Iterable[Posts]:
    for tier in deployment.profile(session).tiers:
        for state in STATES:
            rows = contacting.places(session, at, scope, tier.tier, state, area)
            if rows:
                above = _above(session, at, [row["parent"] for row in rows[:LISTED]])
                yield Posts(tier.tier, state, len(rows), tuple(_post(row, above) for row in rows[:LISTED]))


def _post(row: dict[str, Any], above: dict[int, UnitVersion]) -> Post:
    ends = [date.fromisoformat(held.until) for held in row["holders"] if held.until]
    return Post(row["code"], row["name"] or row["code"], _where(row["parent"], above), min(ends, default=None))


def _above(session: Session, at: At, parents: Sequence[int | None]) -> dict[int, UnitVersion]:
    """Return places and all above them by identity: names of places are known to everybody."""
    found: dict[int, UnitVersion] = {}
    wanted = {number for number in parents if number is not None}
    while wanted:
        units = browsing.units_by_number(session, wanted, at, Scope.everything())
        found |= {unit.unit_id: unit for unit in units}
        wanted = {unit.parent_id for unit in units if unit.parent_id is not None} - found.keys()
    return found


def _where(parent: int | None, above: dict[int, UnitVersion]) -> tuple[str, ...]:
    """Return the names of the places something lies in, the top first."""
    names: list[str] = []
    while parent in above and len(names) < len(above):
        unit = above[parent]
        names.append(unit.name or unit.code)
        parent = unit.parent_id
    return tuple(reversed(names))


def _pledges(session: Session, at: At, inside: Scope) -> Pledges:
    bodies = list(session.scalars(current(PartnerVersion, at, inside).order_by(PartnerVersion.code)))
    above = _above(session, at, [body.unit_id for body in bodies])
    told = [(body, pledge) for body in bodies for pledge in body.pledges]
    day = at.day.isoformat()
    waiting = [(body, pledge) for body, pledge in told if not pledge["kept"] or pledge["kept"] > day]
    dated = sorted(
        ((body, pledge) for body, pledge in waiting if pledge["due"]), key=lambda each: (each[1]["due"], each[0].code)
    )
    overdue = sum(pledge["due"] < day for _, pledge in dated)
    return Pledges(
        bodies=len(bodies),
        kept=len(told) - len(waiting),
        overdue=overdue,
        ahead=len(dated) - overdue,
        undated=len(waiting) - len(dated),
        first=tuple(_pledge(body, pledge, above, at.day) for body, pledge in dated[:PLEDGES_LISTED]),
    )


def _pledge(body: PartnerVersion, pledge: dict[str, Any], above: dict[int, UnitVersion], day: date) -> Pledge:
    due = date.fromisoformat(pledge["due"])
    place = above.get(body.unit_id)
    return Pledge(
        text=shown_phone(pledge["text"]) or "",
        due=due,
        body=shown_phone(body.name) or "",
        place="" if place is None else place.name or place.code,
        overdue=due < day,
    )


def only_area(session: Session, at: At, scope: Scope) -> int | None:
    """Return the one area of a scope: a brief of it is a brief of that place."""
    tops = () if scope.areas is None else browsing.tree(session, at, scope)
    return tops[0].unit if len(tops) == 1 else None


def sources(session: Session, stale: frozenset[str] | set[str] = frozenset()) -> tuple[Source, ...]:
    """Return when each kind of data was last loaded, the oldest first."""
    undone = select(Batch.undoes).where(Batch.undoes.is_not(None))
    newest = (
        select(Batch.kind, func.max(Batch.created_at))
        .where(Batch.kind.not_in({"undo", gridding.KIND}), Batch.id.not_in(undone))
        .group_by(Batch.kind)
    )
    loaded = sorted((_day(when), kind) for kind, when in session.execute(newest))
    return tuple(Source(kind, day, kind in stale) for day, kind in loaded)


def newest_circle(session: Session, at: At, scope: Scope, area: int | None) -> Circle | None:
    """Return the living circle of an area as the newest run by the rules in force tells it, if there is one."""
    run: Run | None = covering.latest(session, at)
    return None if run is None else circle_of(session, run, scope, area)


def circle_of(session: Session, run: Run, scope: Scope, area: int | None) -> Circle:
    """Return the living circle of an area as a run tells it."""
    asked = GapFilter(area=area, required=True, limit=GAPS_LOOKED_AT)
    return Circle(
        run=reading_runs.record(run),
        pack=deployment.pack(session, run.pack),
        figures=reading_runs.figures(session, run, scope, area),
        gaps=tuple(_gravest(reading_runs.gaps(session, run, scope, asked))),
        gap_count=reading_runs.count_gaps(session, run, scope, asked)[0],
        levels=deployment.profile(session).levels,
    )


def _gravest(gaps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first gaps that share neither place nor type: else one large compound would fill the list."""
    found: list[dict[str, Any]] = []
    for gap in gaps:
        if all(gap["place"] != other["place"] and gap["type"] != other["type"] for other in found):
            found.append(gap)
    return found[:GRAVEST]


def _ground(session: Session, at: At, inside: Scope) -> Ground | None:
    """Return what the brief's map shows: borders down to where the last tier's posts are due, and those posts."""
    drawn = ground(session, at, inside, deployment.profile(session).tiers[-1].level)
    if drawn is None:
        return None
    states = contacting.states_by_unit(session, at, inside)
    placed = zip(drawn.units, drawn.ground.fabric, strict=True)
    posts = [(state_of(states[unit.unit_id]), shape) for unit, shape in placed if unit.unit_id in states]
    return replace(drawn.ground, posts=posts)


def state_of(state: dict[str, bool]) -> str:
    """Return the most pressing of a post's states."""
    return next((name for name in ("disputed", "vacant", "expiring") if state[name]), "held")


def _counted(findings: Sequence[checking.Finding]) -> tuple[tuple[str, str, int], ...]:
    """Count findings by severity and kind, the gravest first."""
    return tuple((*key, count) for key, count in Counter((found.severity, found.kind) for found in findings).items())


def _day(when: datetime) -> date:
    """Return the local day of a kept time, which one engine gives back in UTC without saying so."""
    return (when.astimezone() if when.tzinfo else when).date()


def _called(node: Node) -> str:
    return node.name or node.code
