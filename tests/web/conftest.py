"""The application on the demo district, and somebody signed in to it in a role."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from gridgov.settings import Settings
from gridgov.storage.database import writing
from gridgov.usecases import accounts
from gridgov.usecases.accounts import Grant
from gridgov.web.app import create_app
from tests.databases import TODAY, Databases

PASSWORD = "a long enough password"
SignIn = Callable[..., FlaskClient]


@pytest.fixture(scope="session")
def web_url(databases: Databases) -> Iterator[str]:
    """The demo district on SQLite, shared by the pages' tests; what they add are accounts only."""
    with databases.copy("sqlite", "demo") as url:
        yield url


@pytest.fixture(scope="session")
def app(web_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application as the demo serves it, with forged forms let through: their refusal has its own test."""
    made = application(web_url, tmp_path_factory.mktemp("instance"), demo=True)
    made.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    yield made
    made.extensions["gridgov.engine"].dispose()


@pytest.fixture
def nobody(app: Flask) -> FlaskClient:
    """A browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask) -> SignIn:
    """Return a function that gives the browser of an account with some roles."""

    def enter(*grants: Grant, cadre_id: int | None = None) -> FlaskClient:
        name = account_with(app, *grants, cadre_id=cadre_id)
        browser = app.test_client()
        answer = browser.post("/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 302
        return browser

    return enter


@pytest.fixture
def as_role(app: Flask) -> SignIn:
    """Return a function that gives the browser of the demo's account in a role."""

    def enter(role: str) -> FlaskClient:
        browser = app.test_client()
        assert browser.post("/demo", data={"role": role}).status_code == 302
        return browser

    return enter


def application(url: str, instance: Path, *, demo: bool) -> Flask:
    """Make the application on a database, on the day the tests' demo is built for."""
    made = create_app(Settings(instance=instance, database_url=url, secret_key="0" * 64, demo=demo))
    made.config["TODAY"] = TODAY
    return made


def account_with(app: Flask, *grants: Grant, cadre_id: int | None = None) -> str:
    """Make an account, or find the one made earlier, and return its name; it has chosen no language yet."""
    name = "test " + " ".join(f"{each.role}:{each.unit_id}" for each in grants) + f" {cadre_id}"
    with writing(app.extensions["gridgov.engine"]) as session:
        account = accounts.find(session, name)
        if account is None:
            accounts.add(session, name, PASSWORD, grants=grants, cadre_id=cadre_id)
        else:
            account.language = None
    return name


@pytest.fixture
def database(app: Flask) -> Iterator[Session]:
    """A session that reads the district."""
    with Session(app.extensions["gridgov.engine"].execution_options(gridgov_reading=True)) as session:
        yield session


def enter(app: Flask, *grants: Grant, cadre_id: int | None = None) -> FlaskClient:
    """Return the browser of an account with some roles, signed in, reading English."""
    browser = app.test_client()
    told = {"name": account_with(app, *grants, cadre_id=cadre_id), "password": PASSWORD}
    assert browser.post("/login", data=told).status_code == 302
    browser.get("/login?lang=en")
    return browser


@pytest.fixture(scope="module")
def own_app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a district of the module's own, which its tests may change."""
    with databases.copy("sqlite", "demo") as url:
        made = application(url, tmp_path_factory.mktemp("instance"), demo=True)
        made.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
        yield made
        made.extensions["gridgov.engine"].dispose()


@pytest.fixture
def data(own_app: Flask) -> Iterator[Session]:
    """A session that reads the module's own district."""
    with Session(own_app.extensions["gridgov.engine"].execution_options(gridgov_reading=True)) as session:
        yield session


@pytest.fixture
def empty_app(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """The application of a deployment without any data."""
    with databases.copy("sqlite", "empty") as url:
        made = application(url, tmp_path, demo=False)
        made.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
        yield made
        made.extensions["gridgov.engine"].dispose()
