"""The brief from the page: a PDF of the asker's own area, linked where the coordinator stands."""

import io

from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.models import ExportRecord, UnitVersion
from gridgov.usecases.accounts import Grant
from tests.web.conftest import SignIn


def test_the_coordinators_page_leads_to_the_brief(as_role: SignIn) -> None:
    browser = as_role("coordinator")
    assert 'href="/report/brief.pdf"' in browser.get("/").get_data(as_text=True)
    answer = browser.get("/report/brief.pdf?lang=en")
    assert answer.mimetype == "application/pdf"
    assert "Whole area" in PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()


def test_it_speaks_of_the_askers_area_and_is_logged(signed_in: SignIn, database: Session) -> None:
    wanted = select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code)
    held, other = database.scalars(wanted.limit(2))
    before = len(database.scalars(select(ExportRecord)).all())
    answer = signed_in(Grant("coordinator", held.unit_id)).get("/report/brief.pdf?lang=zh_Hans")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert held.name in text
    assert other.name not in text
    database.rollback()
    assert len(database.scalars(select(ExportRecord)).all()) == before + 1


def test_the_planners_page_leads_to_his_brief(as_role: SignIn, signed_in: SignIn, database: Session) -> None:
    assert 'href="/report/gaps.pdf"' in as_role("planner").get("/planner").get_data(as_text=True)
    street = database.scalars(
        select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code)
    ).first()
    assert street is not None
    before = len(database.scalars(select(ExportRecord)).all())
    answer = signed_in(Grant("planner", street.unit_id)).get("/report/gaps.pdf?lang=zh_Hans")
    assert answer.mimetype == "application/pdf"
    assert str(street.name) in PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    database.rollback()
    kept = database.scalars(select(ExportRecord).order_by(ExportRecord.id)).all()
    assert (len(kept), kept[-1].what) == (before + 1, "gap_brief")
    assert as_role("coordinator").get("/report/gaps.pdf").status_code == 403
    assert as_role("planner").get("/report/gaps.pdf?plan=nowhere").status_code == 404


def test_a_place_leads_to_its_hand_over_sheet(as_role: SignIn, database: Session) -> None:
    compound = database.scalars(select(UnitVersion).where(UnitVersion.level == "compound").limit(1)).one()
    address = f"/report/handover?unit={compound.code}"
    assert f'href="{address}"' in as_role("coordinator").get(f"/?unit={compound.code}").get_data(as_text=True)
    assert f'href="{address}"' not in as_role("viewer").get(f"/?unit={compound.code}").get_data(as_text=True)
    page = as_role("coordinator").get(f"{address}&lang=en")
    assert page.status_code == 200
    assert f'href="/report/handover.pdf?unit={compound.code}"' in page.get_data(as_text=True)
    before = len(database.scalars(select(ExportRecord)).all())
    answer = as_role("coordinator").get(f"/report/handover.pdf?unit={compound.code}&lang=zh_Hans")
    assert compound.name in PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    database.rollback()
    kept = database.scalars(select(ExportRecord).order_by(ExportRecord.id)).all()
    assert (len(kept), kept[-1].what) == (before + 1, "handover")
    assert "Hand-over sheet" in as_role("admin").get("/admin/exports?lang=en").get_data(as_text=True)
