"""What is wrong with the data: each finding names its subject and has a place on the map (DOMAIN §1.9)."""

from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.usecases import (
    checking_areas,
    checking_codes,
    checking_duties,
    checking_population,
    checking_services,
    checking_sources,
)
from gridgov.usecases.findings import SEVERITIES, Finding, Ground

__all__ = ["SEVERITIES", "Finding", "check", "seek"]

_ROOMS = (checking_codes, checking_areas, checking_services, checking_duties, checking_population, checking_sources)


def check(session: Session, at: At, scope: Scope) -> list[Finding]:
    """Return all findings of a day, the gravest first."""
    return seek(Ground(session, at, scope))


def seek(ground: Ground) -> list[Finding]:
    """Return all findings on a ground, which is read once for whoever looks at it too."""
    found = [ground.located(finding) for room in _ROOMS for look in room.LOOKS for finding in look(ground)]
    return sorted(found, key=lambda finding: (SEVERITIES.index(finding.severity), finding.kind, finding.subject))
