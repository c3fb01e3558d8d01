"""Premises that planners bring as candidates for sites: kept with the account, and seen with the plans made of them."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
import shapely
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gridgov.errors import InputError, NotFoundError
from gridgov.storage.models import Plan, Premises
from gridgov.usecases import planning
from gridgov.usecases.candidates import Candidates
from gridgov.usecases.planning import Asker

MOST = 5000
KEPT = 20


def keep(session: Session, account: int, name: str, brought: Candidates) -> Premises:
    """Keep what a file offers for an account; of those before only its newest stay, and what plans were made of.

    Raises
    ------
    InputError
        ``siting_no_candidates``, ``premises_many``.
    """
    if not brought.names:
        raise InputError("siting_no_candidates")
    if len(brought.names) > MOST:
        raise InputError("premises_many", count=len(brought.names), most=MOST)
    places = shapely.to_wkt(brought.places, rounding_precision=7).tolist()
    costs = np.full(len(places), np.nan) if brought.costs is None else brought.costs
    told = [None if np.isnan(cost) else cost for cost in costs.tolist()]
    found = Premises(
        token=secrets.token_urlsafe(9),
        account_id=account,
        name=name,
        created_at=datetime.now(UTC),
        rows=[list(row) for row in zip(brought.names, places, told, strict=True)],
    )
    session.add(found)
    session.flush()
    _let_old_go(session, account)
    return found


def listed(session: Session, account: int) -> list[Premises]:
    """List what an account brought, the newest first."""
    return list(session.scalars(select(Premises).where(Premises.account_id == account).order_by(Premises.id.desc())))


def find(session: Session, token: str, asker: Asker) -> Premises:
    """Return premises that somebody brought himself, or that a plan was made of which he may see.

    Raises
    ------
    NotFoundError
        ``premises_unknown``.
    """
    found = session.scalar(select(Premises).where(Premises.token == token))
    if found is None or (found.account_id != asker.account and token not in _of_plans(planning.seen(session, asker))):
        raise NotFoundError("premises_unknown")
    return found


def candidates(premises: Premises) -> Candidates:
    """Return premises as siting takes them."""
    names, places, told = zip(*premises.rows, strict=True)
    costs = np.array(told, dtype=np.float64)
    return Candidates(
        list(names), np.array(shapely.from_wkt(places), dtype=object), None if np.isnan(costs).all() else costs
    )


def remove(session: Session, token: str, asker: Asker) -> None:
    """Forget premises that somebody brought himself; a plan made of them stays as it is."""
    found = find(session, token, asker)
    if found.account_id != asker.account:
        raise NotFoundError("premises_unknown")
    session.delete(found)
    session.flush()


def _let_old_go(session: Session, account: int) -> None:
    wanted = _of_plans(session.scalars(select(Plan)))
    old = [each.id for each in listed(session, account)[KEPT:] if each.token not in wanted]
    session.execute(delete(Premises).where(Premises.id.in_(old)))


def _of_plans(plans: Iterable[Plan]) -> set[str]:
    return {str(plan.asked["premises"]) for plan in plans if plan.asked and "premises" in plan.asked}
