"""Wall maps asked for on the page: made by a worker, fetched by who asked, and by nobody else."""

import io
import re
from pathlib import Path

from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.jobs.work import Bench
from gridgov.storage.models import Document, UnitVersion
from gridgov.usecases.accounts import Grant
from tests.web.conftest import enter

ASKED = {"show": "governance", "paper": "a0", "unit": "", "type": ""}


def test_it_is_asked_for_followed_and_fetched(own_app: Flask, data: Session, tmp_path: Path) -> None:
    street = data.scalars(select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code)).first()
    assert street is not None
    browser = enter(own_app, Grant("coordinator", street.unit_id))
    answer = browser.post("/wallmaps", data=ASKED | {"unit": street.code})
    assert answer.status_code == 302
    page = browser.get(answer.location).get_data(as_text=True)
    assert "being made" in page
    assert 'data-progress="' in page
    assert browser.get(f"{answer.location}/progress").json["over"] is False
    assert browser.get(f"{answer.location}/map.pdf").status_code == 404
    data.rollback()  # look again
    document = data.scalars(select(Document).order_by(Document.id.desc())).first()
    assert document is not None
    engine, queue = own_app.extensions["gridgov.engine"], own_app.extensions["gridgov.queue"]
    Bench(engine, queue, tmp_path).draw(document.token, document.job)
    assert "ready" in browser.get(answer.location).get_data(as_text=True)
    file = browser.get(f"{answer.location}/map.pdf")
    assert str(street.name) in PdfReader(io.BytesIO(file.data)).pages[0].extract_text()
    other = enter(own_app, Grant("viewer"))
    for path in ("", "/progress", "/map.pdf"):
        assert other.get(f"{answer.location}{path}").status_code == 404
    assert browser.post(f"{answer.location}/drop").status_code == 302
    assert browser.get(answer.location).status_code == 404


def test_it_is_offered_and_refused_by_role(own_app: Flask) -> None:
    browser = enter(own_app, Grant("planner"))
    assert 'href="/wallmaps"' in browser.get("/planner").get_data(as_text=True)
    page = browser.get("/wallmaps").get_data(as_text=True)
    assert re.findall(r'<option value="(governance|coverage)"', page) == ["coverage"]
    assert browser.post("/wallmaps", data=ASKED).status_code == 403
    for wrong in ({"paper": "a9"}, {"show": "weather"}, {"type": "castle"}, {"unit": "nowhere"}, {"day": "soon"}):
        answer = browser.post("/wallmaps", data=ASKED | {"show": "coverage"} | wrong)
        assert answer.status_code in {400, 404}, wrong


def test_it_is_stopped_before_it_began(own_app: Flask) -> None:
    browser = enter(own_app, Grant("viewer"))
    answer = browser.post("/wallmaps", data=ASKED)
    assert browser.post(f"{answer.location}/stop").status_code == 302
    assert "It was stopped before its end." in browser.get(answer.location).get_data(as_text=True)
