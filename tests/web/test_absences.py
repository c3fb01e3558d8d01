"""Recording an absence on the pages: linked beside the lead, refused in words, told on the place and to the cadre."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.models import CadreVersion, ContactVersion, UnitVersion
from gridgov.usecases.accounts import Grant
from tests.databases import TODAY
from tests.web.conftest import enter


@pytest.fixture
def leads(own_app: Flask) -> Iterator[list[ContactVersion]]:
    """Two leads of compounds, who are not the same."""
    with Session(own_app.extensions["gridgov.engine"].execution_options(gridgov_reading=True)) as session:
        told = select(ContactVersion).where(ContactVersion.role == "lead", ContactVersion.valid_to.is_(None))
        every = list(session.scalars(told.where(ContactVersion.superseded_by.is_(None), ContactVersion.confirmed)))
        yield [every[0], next(one for one in every if one.cadre_id != every[0].cadre_id)]


def test_an_absence_is_recorded_and_told(own_app: Flask, leads: list[ContactVersion]) -> None:
    first, second = leads
    with Session(own_app.extensions["gridgov.engine"]) as session:
        unit = session.scalars(select(UnitVersion.code).where(UnitVersion.unit_id == first.unit_id)).first()
        code = session.scalars(select(CadreVersion.code).where(CadreVersion.cadre_id == second.cadre_id)).first()
        own = session.scalars(select(CadreVersion.code).where(CadreVersion.cadre_id == first.cadre_id)).first()
    coordinator = enter(own_app, Grant("coordinator"))
    address = f"/absences/{first.contact_id}"
    assert address in coordinator.get(f"/?unit={unit}").get_data(as_text=True)
    assert "Who stands in for" in coordinator.get(f"{address}?lang=en").get_data(as_text=True)
    form = {"holder": own, "valid_from": TODAY.isoformat(), "valid_to": "", "document": "假条", "token": "once"}
    refused = coordinator.post(f"{address}?lang=en", data=form)
    assert refused.status_code == 400
    assert "leads this post himself" in refused.get_data(as_text=True)
    form |= {"holder": str(code), "valid_to": (TODAY + timedelta(days=9)).isoformat()}
    assert coordinator.post(address, data=form).status_code == 302
    assert coordinator.post(address, data=form).status_code == 302  # sent twice, recorded once
    for browser, path in (
        (coordinator, f"/?unit={unit}&lang=en"),
        (enter(own_app, Grant("cadre"), cadre_id=first.cadre_id), "/cadre?lang=en"),
    ):
        assert browser.get(path).get_data(as_text=True).count("stands in until") == 1
    back = coordinator.get(f"/?unit={unit}&as_of={TODAY + timedelta(days=9)}&lang=en").get_data(as_text=True)
    assert "stands in" not in back
    circle = {**form, "holder": own, "token": "other"}
    answer = coordinator.post(f"/absences/{second.contact_id}?lang=en", data=circle)
    assert "can’t stand in for" in answer.get_data(as_text=True)
    deputy = enter(own_app, Grant("cadre"), cadre_id=second.cadre_id).get("/cadre?lang=en").get_data(as_text=True)
    assert str(unit) in deputy


def test_only_who_looks_after_contacts_may(own_app: Flask, leads: list[ContactVersion]) -> None:
    for role in ("planner", "cadre", "viewer"):
        assert enter(own_app, Grant(role)).get(f"/absences/{leads[0].contact_id}").status_code == 403
    assert enter(own_app, Grant("coordinator")).get("/absences/999999").status_code == 404
