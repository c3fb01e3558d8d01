"""Partner bodies: what they share and pledged, which pledges press, and where they stand."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.domain.offers import PARTNER_KINDS, PLEDGE_STATES, RESOURCE_KINDS, pledge_state, pressing
from gridgov.domain.privacy import shown_phone
from gridgov.errors import InputError
from gridgov.spatial.middle import middle
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import PartnerVersion, UnitVersion
from gridgov.usecases import browsing
from gridgov.usecases.contacting import narrowed


@dataclass(frozen=True)
class Pledge:
    """One pledge as it stands on the day asked about; days as ISO text."""

    text: str
    due: str | None
    kept: str | None
    state: str


@dataclass(frozen=True)
class Body:
    """A partner body on the day asked about; numbers of a person are masked. `state` is its most pressing pledge's."""

    code: str
    kind: str
    name: str
    unit: int
    contact: str | None
    phone: str | None
    resources: list[dict[str, Any]]
    pledges: list[Pledge]
    state: str | None
    place: BaseGeometry | None


@dataclass(frozen=True)
class BodyFilter:
    """Which bodies are wanted: of a kind, that share something of a kind, with a pledge in a state; None asks nothing.

    Raises
    ------
    InputError
        ``option_unknown`` for a kind or state there is none of.
    """

    kind: str | None = None
    shares: str | None = None
    state: str | None = None

    def __post_init__(self) -> None:
        """Refuse what isn't a choice."""
        for name, known in (("kind", PARTNER_KINDS), ("shares", RESOURCE_KINDS), ("state", PLEDGE_STATES)):
            value = getattr(self, name)
            if value is not None and value not in known:
                raise InputError("option_unknown", name=name, value=value)

    def takes(self, body: Body) -> bool:
        """Tell whether a body is wanted."""
        return (
            self.kind in {None, body.kind}
            and (self.shares is None or any(offer["kind"] == self.shares for offer in body.resources))
            and (self.state is None or any(pledge.state == self.state for pledge in body.pledges))
        )


@dataclass(frozen=True)
class Spot:
    """A place on the map where bodies stand: one's own, or the inside of the unit that some stand around."""

    place: BaseGeometry
    unit: UnitVersion
    bodies: list[Body]
    own: bool


ALL = BodyFilter()


def bodies(session: Session, at: At, scope: Scope, area: int | None = None, asked: BodyFilter = ALL) -> list[Body]:
    """Return the bodies of an area, by the day of their most pressing pledges, or of those asked for."""
    wanted = current(PartnerVersion, at, narrowed(session, at, scope, area))
    found = (body_on(version, at) for version in session.scalars(wanted))
    return sorted(
        (body for body in found if asked.takes(body)), key=lambda body: _order(body, asked.state or body.state)
    )


def counts(found: Iterable[Body]) -> dict[str, Any]:
    """Count some bodies and their pledges by state."""
    counted = list(found)
    states = Counter(pledge.state for body in counted for pledge in body.pledges)
    return {"bodies": len(counted), "pledges": {state: states[state] for state in PLEDGE_STATES}}


def listed(session: Session, at: At, found: Sequence[Body]) -> list[dict[str, Any]]:
    """Tell some bodies as plain values, each with the chain of the unit it stands around."""
    lines = browsing.lines(session, at, {body.unit for body in found})
    return [plain(body) | _where(lines[body.unit]) for body in found]


def spots(session: Session, at: At, scope: Scope, found: Iterable[Body]) -> list[Spot]:
    """Return where some bodies stand; those without a place of their own stand together inside their unit.

    One whose unit has no place either isn't on the map.
    """
    by_unit: dict[int, list[Body]] = defaultdict(list)
    for body in found:
        by_unit[body.unit].append(body)
    told: list[Spot] = []
    for unit in browsing.units_by_number(session, by_unit, at, scope):
        around = by_unit[unit.unit_id]
        told += [Spot(body.place, unit, [body], own=True) for body in around if body.place is not None]
        together = [body for body in around if body.place is None]
        if together and unit.geometry is not None:
            told.append(Spot(unit.geometry, unit, together, own=False))
    return told


def body_on(version: PartnerVersion, at: At) -> Body:
    """Return a body as it stands on a day."""
    pledges = [
        Pledge(_masked(each["text"]), each["due"], each["kept"], pledge_state(each, at.day)) for each in version.pledges
    ]
    return Body(
        code=version.code,
        kind=version.kind,
        name=_masked(version.name),
        unit=version.unit_id,
        contact=shown_phone(version.contact),
        phone=shown_phone(version.phone),
        resources=[{**offer, "text": _masked(offer["text"])} for offer in version.resources],
        pledges=pledges,
        state=pressing(pledge.state for pledge in pledges),
        place=version.geometry,
    )


def plain(body: Body) -> dict[str, Any]:
    """Tell a body as plain values; its own place as longitude and latitude, where it has one."""
    place = None if body.place is None else list(middle(body.place))
    told = {name: getattr(body, name) for name in ("code", "kind", "name", "contact", "phone", "resources", "state")}
    return told | {"pledges": [asdict(pledge) for pledge in body.pledges], "place": place}


def _order(body: Body, state: str | None) -> tuple[int, str, str]:
    rank = len(PLEDGE_STATES) if state is None else PLEDGE_STATES.index(state)
    first = min((pledge.due or "9" for pledge in body.pledges if pledge.state == state), default="")
    return rank, first, body.code


def _masked(text: str) -> str:
    return shown_phone(text) or ""


def _where(line: Sequence[UnitVersion]) -> dict[str, Any]:
    chain = [{"level": unit.level, "code": unit.code, "name": unit.name} for unit in line]
    return {"unit": line[-1].code if line else None, "chain": chain}
