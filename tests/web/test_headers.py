import gzip
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridgov.settings import Settings
from gridgov.web.app import create_app
from gridgov.web.headers import POLICY
from gridgov.web.page import asset
from tests.databases import Databases
from tests.web.conftest import SignIn

PAGES = {
    "coordinator": ("/", "/who?place=", "/who?place=1"),
    "cadre": ("/cadre", "/who"),
    "planner": ("/planner", "/who"),
    "admin": ("/admin", "/admin/accounts", "/admin/findings", "/admin/runs"),
    "viewer": ("/", "/planner"),
}
EVERY_PAGE = [(role, path) for role, paths in PAGES.items() for path in paths]


@pytest.mark.parametrize(
    "path", ["/", "/login", "/nowhere", "/static/css/base.css", "/healthz", "/api/v1/who?place=a", "/as?as_of=x"]
)
def test_every_answer_carries_the_policy(nobody: FlaskClient, path: str) -> None:
    headers = nobody.get(path, buffered=True).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(("role", "path"), EVERY_PAGE)
def test_no_page_holds_a_script_or_style_of_its_own(as_role: SignIn, role: str, path: str) -> None:
    answer = as_role(role).get(path)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert re.findall(r"<script(?![^>]*\bsrc=)", body) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", body) == []
    assert re.findall(r"""(?:src|href|action)=["'](?:https?:)?//""", body) == []


def test_large_answers_are_compressed_for_who_can_read_it(nobody: FlaskClient) -> None:
    plain = nobody.get("/static/css/base.css", buffered=True)
    packed = nobody.get("/static/css/base.css", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data


def test_versioned_files_are_kept_and_pages_are_not(app: Flask, nobody: FlaskClient) -> None:
    with app.test_request_context():
        address = asset("css/base.css")
    assert "immutable" in nobody.get(address, buffered=True).headers["Cache-Control"]
    assert "immutable" not in nobody.get("/static/css/base.css", buffered=True).headers["Cache-Control"]
    assert nobody.get("/login").headers["Cache-Control"] == "private, no-cache"


def test_cookies_are_for_this_site_only(nobody: FlaskClient) -> None:
    plain = nobody.get("/login?lang=en").headers.getlist("Set-Cookie")
    safe = nobody.get("/login?lang=en", base_url="https://localhost").headers.getlist("Set-Cookie")
    assert plain
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in plain + safe)
    assert all("Secure" in cookie for cookie in safe)
    assert not any("Secure" in cookie for cookie in plain)


def test_images_come_from_the_basemaps_origin_and_nothing_else_does(databases: Databases, tmp_path: Path) -> None:
    origins = {
        ("tianditu", "WGS84"): "https://t0.tianditu.gov.cn",
        ("http://tiles.intranet:81/a/{z}/{x}/{y}.png?k={key}", "GCJ-02"): "http://tiles.intranet:81",
    }
    with databases.copy("sqlite", "empty") as url:
        for (basemap, datum), origin in origins.items():
            settings = Settings(
                instance=tmp_path,
                database_url=url,
                secret_key="k",
                basemap=basemap,
                basemap_key="a&b",
                basemap_datum=datum,
            )
            made = create_app(settings)
            policy = made.test_client().get("/login").headers["Content-Security-Policy"]
            assert policy == POLICY.replace("img-src 'self' data:", f"img-src 'self' data: {origin}")
            view = made.config["BASEMAP"].view()
            assert view["datum"] == datum
            assert all(address.startswith(f"{origin}/") and "a%26b" in address for address in view["tiles"])
            made.extensions["gridgov.engine"].dispose()
