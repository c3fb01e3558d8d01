"""The hand-over sheet: the same words on its page and on paper, masked, kept, and only of one's own area."""

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.errors import NotFoundError
from gridgov.reports.brief import Made
from gridgov.reports.handover import document, handover_pdf
from gridgov.storage.current import At, Scope
from gridgov.storage.models import CadreVersion, PostVersion, UnitVersion
from gridgov.usecases import contacting, deployment
from gridgov.usecases.handover import handover
from gridgov.wording import LOCALES
from tests.databases import TODAY

AT, EVERYTHING = At(TODAY), Scope.everything()
MADE = Made(datetime(2026, 3, 31, 8, 0, tzinfo=UTC), "周敏")


def squeezed(text: str) -> str:
    return "".join(text.split())


def compound(session: Session) -> UnitVersion:
    """A compound whose lead ends soon, so that a date comes next."""
    row = contacting.places(session, AT, EVERYTHING, 3, "expiring")[0]
    return session.scalars(select(UnitVersion).where(UnitVersion.code == row["code"])).first()


@pytest.mark.parametrize("locale", LOCALES)
def test_what_it_says_can_be_read_back(demo_session: Session, locale: str) -> None:
    unit = compound(demo_session)
    told = handover(demo_session, AT, EVERYTHING, unit.unit_id)
    profile = deployment.profile(demo_session)
    words = document(told, profile, MADE, locale)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(handover_pdf(told, profile, MADE, locale))).pages]
    text = squeezed("".join(pages))
    cells = [cell for section in words["sections"] for row in section["rows"] for cell in row]
    assert [cell for cell in [words["title"], *words["signed"], *cells] if squeezed(cell) not in text] == []
    masked = {"zh_Hans": "号码已脱敏", "en": "numbersmasked"}[locale]
    assert [page for page in pages if masked not in squeezed(page) or "周敏" not in page] == []


def test_it_holds_who_holds_and_held_what_is_pledged_and_what_comes_next(demo_session: Session) -> None:
    unit = compound(demo_session)
    told = handover(demo_session, AT, EVERYTHING, unit.unit_id)
    standing = contacting.contacts_of(demo_session, AT, EVERYTHING, [unit.unit_id])
    assert [one.contact for one in told.held] == [one.contact for one in standing]
    ends = [one for one in told.following if one.kind == "contact_ends"]
    assert [one.day.isoformat() for one in ends] == sorted(one.until for one in standing if one.until)
    assert [one.day for one in told.following] == sorted(one.day for one in told.following)
    assert told.circle is not None


def test_personal_numbers_never_stand_on_it(demo_session: Session) -> None:
    numbers = {*demo_session.scalars(select(CadreVersion.mobile)), *demo_session.scalars(select(PostVersion.mobile))}
    numbers -= {None}
    unit = compound(demo_session)
    told = document(
        handover(demo_session, AT, EVERYTHING, unit.unit_id), deployment.profile(demo_session), MADE, "zh_Hans"
    )
    assert numbers
    assert [number for number in numbers if number in str(told)] == []


def test_no_place_outside_ones_area(demo_session: Session) -> None:
    unit = compound(demo_session)
    streets = demo_session.scalars(select(UnitVersion).where(UnitVersion.level == "street"))
    other = next(street for street in streets if not unit.code.startswith(street.code))
    with pytest.raises(NotFoundError, match="unit_unknown"):
        handover(demo_session, AT, Scope.of({other.unit_id}), unit.unit_id)
