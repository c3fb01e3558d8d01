import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import Type, extract_parameters
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, ForbiddenError, InputError
from gridgov.storage.current import Scope
from gridgov.storage.database import writing
from gridgov.storage.models.accounts import LoginThrottle
from gridgov.usecases import accounts
from gridgov.usecases.accounts import MOST_FAILURES, WINDOW, Grant
from tests.web.conftest import PASSWORD, SignIn, account_with, application

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def test_nobody_is_sent_to_the_form_and_back_to_his_page(app: Flask, nobody: FlaskClient) -> None:
    sent = nobody.get("/?unit=1&as_of=2026-01-01")
    assert sent.status_code == 302
    name = account_with(app, Grant("coordinator"))
    back = nobody.post(sent.headers["Location"], data={"name": name, "password": PASSWORD})
    assert back.headers["Location"] == "/?unit=1&as_of=2026-01-01"


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/.//evil.example", "/\\evil.example", "/\t/evil.example", "evil", ""],
)
def test_a_sign_in_never_leads_to_another_host(app: Flask, nobody: FlaskClient, path: str) -> None:
    name = account_with(app, Grant("planner"))
    answer = nobody.post("/login", query_string={"next": path}, data={"name": name, "password": PASSWORD})
    assert answer.headers["Location"] == "/planner"


def test_wrong_password_and_unknown_name_read_the_same(app: Flask, nobody: FlaskClient) -> None:
    name = account_with(app, Grant("viewer"))
    wrong = nobody.post("/login", data={"name": name, "password": "wrong"})
    unknown = nobody.post("/login", data={"name": "nobody at all", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 401
    assert _message(wrong.get_data(as_text=True)) == _message(unknown.get_data(as_text=True))


def test_guessing_is_slowed_down(app: Flask) -> None:
    name = account_with(app, Grant("viewer"), Grant("planner"))
    browser = app.test_client()
    with app.app_context():
        for _ in range(MOST_FAILURES["pair"]):
            assert _enter(browser, name, "wrong", "10.0.0.1").status_code == 401
        assert _enter(browser, name, PASSWORD, "10.0.0.1").status_code == 403
        assert _enter(browser, name, PASSWORD, "10.0.0.2").status_code == 302


def attempt(session: Session, name: str, password: str, address: str, now: datetime) -> bool:
    fitted = accounts.authenticate(session, name, password, address, now) is not None
    accounts.note_attempt(session, name, address, now, fitted=fitted)
    return fitted


def test_patience_ends_and_success_forgets(session: Session) -> None:
    accounts.add(session, "wang", PASSWORD)
    for _ in range(MOST_FAILURES["pair"]):
        assert not attempt(session, "wang", "wrong", "10.0.0.1", NOW)
    with pytest.raises(ForbiddenError, match="login_wait"):
        attempt(session, "wang", PASSWORD, "10.0.0.1", NOW)
    assert attempt(session, "wang", PASSWORD, "10.0.0.1", NOW + WINDOW)
    assert not attempt(session, "wang", "wrong", "10.0.0.1", NOW + WINDOW + timedelta(seconds=1))


def test_many_names_from_one_address_are_slowed_down_too(session: Session) -> None:
    for number in range(MOST_FAILURES["address"]):
        attempt(session, f"name {number}", "wrong", "10.0.0.9", NOW)
    with pytest.raises(ForbiddenError):
        attempt(session, "another", "wrong", "10.0.0.9", NOW)


def test_one_subscriber_has_one_address_in_ipv6(session: Session) -> None:
    for number in range(MOST_FAILURES["pair"]):
        attempt(session, "wang", "wrong", f"2001:db8:1:2::{number + 1:x}", NOW)
    with pytest.raises(ForbiddenError):
        attempt(session, "wang", "wrong", "2001:db8:1:2:ffff::9", NOW)
    assert not attempt(session, "wang", "wrong", "2001:db8:1:3::1", NOW)


def test_counters_of_before_the_window_are_gone(session: Session) -> None:
    attempt(session, "wang", "wrong", "10.0.0.1", NOW)
    attempt(session, "li", "wrong", "10.0.0.2", NOW + WINDOW)
    assert session.scalar(select(func.count()).select_from(LoginThrottle)) == 3


def test_a_disabled_account_is_out_at_once(app: Flask, signed_in: SignIn) -> None:
    browser = signed_in(Grant("coordinator"), Grant("admin"))
    assert browser.get("/").status_code == 200
    with writing(app.extensions["gridgov.engine"]) as session:
        account = accounts.named(session, "test coordinator:None admin:None None")
        accounts.disable(session, account.name)
    assert browser.get("/").status_code == 302
    with writing(app.extensions["gridgov.engine"]) as session:
        assert accounts.authenticate(session, account.name, PASSWORD, "", NOW) is None


def test_a_new_password_ends_old_sessions(session: Session) -> None:
    account = accounts.add(session, "li", PASSWORD)
    stamp = account.stamp
    accounts.set_password(session, account, PASSWORD + "!")
    assert accounts.signed_in(session, account.id, stamp) is None
    known = accounts.signed_in(session, account.id, account.stamp)
    assert known is not None
    assert (known.name, known.grants) == ("li", ())


def test_a_language_is_kept_with_the_account(session: Session) -> None:
    account, other = (accounts.add(session, name, PASSWORD) for name in ("wang", "wei"))
    accounts.keep_language(session, account.id, "en")
    found = [accounts.signed_in(session, each.id, each.stamp) for each in (account, other)]
    assert [each.language for each in found if each is not None] == ["en", None]


def test_a_password_is_dear_to_guess(costly_hash: str) -> None:
    """As the second recommendation of RFC 9106 asks: 64 MiB, three times over."""
    costs = extract_parameters(costly_hash)
    assert (costs.type, costs.memory_cost >= 64 * 1024, costs.time_cost >= 3) == (Type.ID, True, True)


def test_accounts_are_refused_in_words(session: Session) -> None:
    account = accounts.add(session, "zhang", PASSWORD, grants=[Grant("viewer")])
    assert account.password_hash.startswith("$argon2id$")
    with pytest.raises(ConflictError, match="account_exists"):
        accounts.add(session, "zhang", PASSWORD)
    with pytest.raises(InputError, match="password_short"):
        accounts.add(session, "short", "123")
    with pytest.raises(InputError, match="role_unknown"):
        accounts.grant(session, account, Grant("king"))


def test_roles_give_exactly_their_areas() -> None:
    grants = (Grant("coordinator", 7), Grant("coordinator", 8), Grant("viewer"))
    assert accounts.scope_of(grants, ["coordinator"]) == Scope.of({7, 8})
    assert accounts.scope_of(grants, ["coordinator", "viewer"]) == Scope.everything()
    assert accounts.scope_of(grants, ["planner"]) == Scope.nothing()


def test_a_cadre_sees_what_he_covers_and_never_the_whole_city() -> None:
    own = frozenset({3, 4})
    assert accounts.scope_of((Grant("cadre"),), ["cadre"], own) == Scope.of({3, 4})
    assert accounts.scope_of((Grant("cadre", 9),), ["cadre"], own) == Scope.of({3, 4, 9})
    assert accounts.scope_of((Grant("cadre"),), ["cadre"]) == Scope.nothing()
    assert accounts.scope_of((Grant("viewer", 9),), ["viewer"], own) == Scope.of({9})


def test_a_role_can_be_taken_back(session: Session) -> None:
    account = accounts.add(session, "zhao", PASSWORD, grants=[Grant("viewer"), Grant("planner")])
    accounts.revoke(session, account, Grant("viewer"))
    assert accounts.grants_of(session, account.id) == (Grant("planner"),)


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_the_demo_lets_this_machine_in(nobody: FlaskClient, host: str) -> None:
    answer = nobody.post("/demo", data={"role": "coordinator"}, headers={"Host": host})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("host", "peer", "more"),
    [
        ("evil.example", "127.0.0.1", {}),  # a foreign name that resolves to this machine
        ("localhost.evil.example", "127.0.0.1", {}),
        ("127.0.0.1:8000", "192.168.1.7", {}),
        ("localhost", "127.0.0.1", {"X-Forwarded-For": "192.168.1.7"}),
        ("localhost", "127.0.0.1", {"Forwarded": "for=192.168.1.7"}),
        ("localhost", "127.0.0.1", {"X-Real-IP": "192.168.1.7"}),
        ("localhost", "127.0.0.1", {"Via": "1.1 proxy"}),
        ("someone@127.0.0.1", "127.0.0.1", {}),
        ("[", "127.0.0.1", {}),
    ],
)
def test_the_demo_lets_nobody_else_in(nobody: FlaskClient, host: str, peer: str, more: dict[str, str]) -> None:
    headers = {"Host": host, **more}
    answer = nobody.post("/demo", data={"role": "admin"}, headers=headers, environ_overrides={"REMOTE_ADDR": peer})
    assert answer.status_code in {400, 404}
    form = nobody.get("/login", headers=headers, environ_overrides={"REMOTE_ADDR": peer})
    assert 'name="role"' not in form.get_data(as_text=True)


def test_there_is_no_demo_entry_outside_the_demo(web_url: str, tmp_path: Path) -> None:
    serious = application(web_url, tmp_path, demo=False)
    serious.config["WTF_CSRF_ENABLED"] = False
    assert serious.test_client().post("/demo", data={"role": "admin"}).status_code == 404
    serious.extensions["gridgov.engine"].dispose()


def test_forged_forms_are_refused(web_url: str, tmp_path: Path) -> None:
    guarded = application(web_url, tmp_path, demo=True)
    browser = guarded.test_client()
    for path in ("/demo", "/login", "/logout", "/who", "/api/v1/who"):
        assert browser.post(path, data={"role": "admin"}).status_code in {400, 401, 302}
        assert browser.get("/").status_code == 302, path
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/login").get_data(as_text=True))
    assert token
    sent = browser.post("/demo", data={"role": "coordinator", "csrf_token": token[1]})
    assert sent.headers["Location"] == "/"
    assert browser.post("/who", data={"lon": "111", "lat": "30"}).status_code == 400
    guarded.extensions["gridgov.engine"].dispose()


def _enter(browser: FlaskClient, name: str, password: str, peer: str):  # noqa: ANN202
    return browser.post("/login", data={"name": name, "password": password}, environ_overrides={"REMOTE_ADDR": peer})


def _message(page: str) -> str:
    found = re.search(r"data-message>([^<]+)<", page)
    assert found
    return found[1]
