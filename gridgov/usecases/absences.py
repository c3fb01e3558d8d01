"""Absence: a deputy stands in for whoever leads a place, for some days; the post stays the lead's (DOMAIN §2.6)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Batch
from gridgov.usecases import contacting, deployment, editing, things
from gridgov.usecases.acts import Change
from gridgov.usecases.contacting import Held
from gridgov.usecases.deputies import DEPUTY


@dataclass(frozen=True)
class Absence:
    """Somebody who leads a place is away from a day on, until the day he is `back` as it was typed; who stands in."""

    contact: int
    deputy: str
    start: date
    back: str = ""
    document: str = ""


def lead(session: Session, contact: int, at: At, scope: Scope) -> Held:
    """Return the contact of somebody who leads a place; InputError ``absence_of_lead`` for any other."""
    version = things.standing_version(session, "contacts", contact, at, scope)
    tier = deployment.profile(session).tier(version.tier)
    found = contacting.contacts_of(session, at, scope, [version.unit_id])
    held = next((one for one in found if one.contact == contact), None)
    if held is None or held.role != tier.exclusive:
        raise InputError("absence_of_lead")
    return held


def record(
    session: Session, absence: Absence, scope: Scope, *, account: int | None = None, token: str | None = None
) -> Batch:
    """Record who stands in for the holder of a contact, as one batch that can be undone.

    Raises
    ------
    InputError
        ``absence_of_lead`` for who doesn't lead; RefusedError where a field can't be taken: a day, an unknown deputy,
        the lead himself, or somebody for whom he stands in then.
    """
    held = lead(session, absence.contact, At(absence.start), scope)
    post = things.read(session, "contacts", absence.contact, At(absence.start), scope)
    told = {
        "tier": str(held.tier),
        "unit": post.values["unit"],
        "role": DEPUTY,
        "holder": absence.deputy,
        "document": absence.document,
        "valid_to": absence.back,
    }
    act = Change("contacts", None, absence.start, told)
    return editing.apply(session, act, scope, account=account, token=token, note=absence.document or None)
