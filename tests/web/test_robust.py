"""What odd requests, proxies and a failing database do: a plain refusal, and nothing told that shouldn't be."""

from pathlib import Path

import pytest
from flask import request
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from gridgov.settings import Settings
from gridgov.storage.database import open_engine, reading, writing
from gridgov.storage.models import CadreVersion, PartnerVersion, PostVersion, UnitVersion
from gridgov.usecases.accounts import Grant
from gridgov.web.app import create_app
from tests.databases import Databases
from tests.web.conftest import SignIn, application

MOBILE = "13812345678"


@pytest.mark.parametrize(
    "path",
    [
        "/login?endpoint=x",
        "/login?_anchor=a&_method=POST",
        "/login?_scheme=x&_external=1",
        "/?as_of=9999-12-31",
        "/?as_of=0001-01-01",
        "/tiles/posts/3/6/3.mvt?as_of=9999-12-31",
        "/api/v1/contacts/report?as_of=9999-12-31",
        "/?unit=%00",
        "/who?place=%00",
        "/?page=100000",
    ],
)
def test_odd_addresses_are_answered_plainly(signed_in: SignIn, path: str) -> None:
    answer = signed_in(Grant("coordinator")).get(path)
    assert answer.status_code < 500
    assert b"evil" not in answer.data


@pytest.mark.parametrize("lon", [[], {}, True, None, "abc", int("9" * 400)])
def test_odd_positions_are_refused(signed_in: SignIn, lon: object) -> None:
    answer = signed_in(Grant("coordinator")).post("/api/v1/who", json={"lon": lon, "lat": 30.0})
    assert answer.status_code == 400


def test_links_never_take_their_host_from_a_request(nobody: FlaskClient) -> None:
    page = nobody.get("/login?_external=1", headers={"Host": "evil.example"}).get_data(as_text=True)
    assert "evil.example" not in page


def test_files_carry_no_session(signed_in: SignIn) -> None:
    browser = signed_in(Grant("coordinator"))
    browser.get("/")
    with browser.get("/static/favicon.svg?v=1") as answer:
        assert "Set-Cookie" not in answer.headers
    assert browser.get("/map/coordinator.js?v=1").headers["Cache-Control"].startswith("private")


def test_statements_keep_their_values_to_themselves(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/empty.sqlite")
    with reading(engine) as session, pytest.raises(OperationalError) as told:
        session.execute(select(UnitVersion.id).where(UnitVersion.min_x == 111.234567))
    assert "111.234567" not in str(told.value)
    engine.dispose()


def test_a_mobile_in_any_column_is_masked_on_every_page(databases: Databases, tmp_path: Path) -> None:
    with databases.copy("sqlite", "demo") as url:
        app = application(url, tmp_path, demo=True)
        app.config["WTF_CSRF_ENABLED"] = False
        with writing(app.extensions["gridgov.engine"]) as session:
            session.execute(update(PostVersion).values(office_phone=MOBILE, holder=f"张三 {MOBILE}"))
            session.execute(update(UnitVersion).values(office_phone=MOBILE))
            session.execute(update(PartnerVersion).values(phone=MOBILE, contact=f"李四 {MOBILE}"))
            session.execute(update(CadreVersion).values(office_phone=MOBILE))
            of_level = select(UnitVersion.code).where(UnitVersion.level == "compound").order_by(UnitVersion.code)
            compound = session.scalars(of_level).first() or ""
        pages = []
        for role, paths in {
            "coordinator": ("/", f"/?unit={compound}", f"/?unit={compound[:12]}", f"/who?place={compound}"),
            "cadre": ("/cadre", "/cadre/suggestions"),
        }.items():
            browser = app.test_client()
            browser.post("/demo", data={"role": role})
            for path in paths:
                page = browser.get(path).get_data(as_text=True)
                assert MOBILE not in page, path
                assert "tel:138" not in page, path
                pages.append(page)
        assert any("138****5678" in page for page in pages)
        app.extensions["gridgov.engine"].dispose()


def test_behind_a_proxy_clients_keep_their_addresses(tmp_path: Path) -> None:
    settings = Settings(
        instance=tmp_path, database_url=f"sqlite:///{tmp_path}/x.sqlite", secret_key="0" * 64, proxies=1
    )
    app = create_app(settings)
    seen: list[str | None] = []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/healthz", headers={"X-Forwarded-For": "192.0.2.7"})
    assert seen == ["192.0.2.7"]
    app.extensions["gridgov.engine"].dispose()
