"""What is handed over with a place: whom to call, who held what, what is pledged and lacking, what comes next."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from gridgov.domain.privacy import shown_phone
from gridgov.storage.current import At, Scope
from gridgov.storage.models import ChangeSet, UnitVersion
from gridgov.usecases import answering, browsing, contacting, partnering, proposing, reporting
from gridgov.usecases.contacting import Held
from gridgov.usecases.partnering import Body
from gridgov.usecases.reporting import Circle

EARLIER = 12


@dataclass(frozen=True)
class Next:
    """Something that falls due: a contact's end, a pledge, a change that takes effect or waits."""

    day: date
    kind: str
    subject: str
    detail: str


@dataclass(frozen=True)
class Handover:
    """The sheet of one place on a day; numbers of persons are masked, offices' are plain."""

    unit: UnitVersion
    where: tuple[str, ...]
    day: date
    posts: list[dict[str, Any]]
    held: list[Held]
    earlier: list[Held]
    branch: dict[str, Any] | None
    office: dict[str, Any] | None
    bodies: list[Body]
    circle: Circle | None
    following: list[Next]

    @property
    def rows(self) -> int:
        """How much stands on it: what the record of exports keeps."""
        return len(self.posts) + len(self.held) + len(self.earlier) + len(self.bodies)


def handover(session: Session, at: At, scope: Scope, unit: int) -> Handover:
    """Put together the sheet of a place; NotFoundError ``unit_unknown`` where the asker may not see it."""
    place = browsing.unit(session, unit, at, scope)
    answer = answering.who(session, place.code, at, scope)["candidates"][0]
    names = {step["code"]: step["name"] or step["code"] for step in answer["chain"] if step and "code" in step}
    held = contacting.contacts_of(session, at, scope, [unit])
    bodies = partnering.bodies(session, at, scope, unit)
    return Handover(
        unit=place,
        where=tuple(step.name or step.code for step in browsing.chain(session, unit, at)[:-1]),
        day=at.day,
        posts=[post | {"place": names.get(post["unit"], "")} for post in answer["posts"]],
        held=held,
        earlier=contacting.earlier(session, at, scope, unit)[:EARLIER],
        branch=answer["branch"],
        office=answer["office"],
        bodies=bodies,
        circle=reporting.newest_circle(session, at, scope, unit),
        following=sorted(
            [*_ends(held), *_pledges(bodies), *_changes(session, at, scope, unit)], key=lambda one: (one.day, one.kind)
        ),
    )


def _ends(held: list[Held]) -> list[Next]:
    return [
        Next(date.fromisoformat(one.until), "contact_ends", shown_phone(one.holder) or "", one.role)
        for one in held
        if one.until
    ]


def _pledges(bodies: list[Body]) -> list[Next]:
    return [
        Next(date.fromisoformat(pledge.due), "pledge_due", pledge.text, body.name)
        for body in bodies
        for pledge in body.pledges
        if pledge.due and pledge.state != "kept"
    ]


def _changes(session: Session, at: At, scope: Scope, unit: int) -> list[Next]:
    """Return the changes of this place that wait, and those approved that take effect later."""
    return [
        Next(one.effective, f"change_{one.state}", shown_phone(one.title) or "", "")
        for one in proposing.listed(session, scope=scope)
        if any(line["id"] == unit for line in one.lines) and _ahead(one, at)
    ]


def _ahead(one: ChangeSet, at: At) -> bool:
    return one.state == proposing.PROPOSED or (one.state == proposing.APPROVED and one.effective > at.day)
