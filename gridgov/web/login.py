"""Signing in and out; in the demo, one click per role for somebody at this very machine."""

from datetime import UTC, datetime

from flask import Blueprint, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from gridgov.storage.models.accounts import Account
from gridgov.usecases import accounts, deployment
from gridgov.web import handle, page, parameters
from gridgov.web.language import gettext, keep_on_device
from gridgov.web.security import EVERY_ROLE, User, from_this_machine, public
from gridgov.wording import LOCALES

blueprint = Blueprint("login", __name__)
_LONGEST = 1000


@blueprint.get("/login")
@public
def form() -> ResponseReturnValue:
    """Show the form; who is signed in already goes to his first page."""
    if current_user.is_authenticated:
        return redirect(page.home())
    return _form()


@blueprint.post("/login")
@public
def enter() -> ResponseReturnValue:
    """Sign in, or say that name and password don't fit, without saying which."""
    name, password = request.form.get("name", "")[:_LONGEST], request.form.get("password", "")[:_LONGEST]
    address, now = request.remote_addr or "", datetime.now(UTC)
    account = accounts.authenticate(handle.database(), name, password, address, now)
    user = _user(account)
    with handle.changing() as database:
        accounts.note_attempt(database, name, address, now, fitted=user is not None)
    if user is None:
        return _form(gettext("Account and password don’t fit together."), name), 401
    return _begin(user)


@blueprint.post("/logout")
@public
def leave() -> ResponseReturnValue:
    """Sign out; what this device keeps of the pages goes too."""
    logout_user()
    session.clear()
    answer = redirect(url_for("login.form"))
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@blueprint.post("/demo")
@public
def demo() -> ResponseReturnValue:
    """Enter the demo in a role."""
    role = request.form.get("role", "")
    if not _demo_is_open() or role not in EVERY_ROLE:
        abort(404)
    account = accounts.find(handle.database(), accounts.demo_name(role))
    user = _user(account)
    if user is None:
        abort(404)
    return _begin(user)


def _user(account: Account | None) -> User | None:
    known = None if account is None else accounts.signed_in(handle.database(), account.id, account.stamp)
    return None if known is None else User(known)


def _begin(user: User) -> ResponseReturnValue:
    session.clear()
    session.permanent = True
    login_user(user)
    answer = redirect(parameters.local_path(request.args.get("next")) or page.home())
    if user.language in LOCALES:
        keep_on_device(answer, user.language)
    return answer


def _form(message: str | None = None, name: str = "") -> str:
    return page.show(
        "login/login.html",
        message=message,
        name=name,
        next=parameters.local_path(request.args.get("next")),
        demo_roles=EVERY_ROLE if _demo_is_open() else (),
        demo_counts=deployment.demo_counts(handle.database()) if _demo_is_open() else (),
    )


def _demo_is_open() -> bool:
    return bool(current_app.config["DEMO"]) and from_this_machine()
