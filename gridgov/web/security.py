"""Who may come in where: accounts, roles on areas, a rule on every route, and nothing without one."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf import CSRFProtect

from gridgov.storage.current import At, Scope
from gridgov.usecases import accounts
from gridgov.usecases.accounts import ROLES, SignedIn
from gridgov.web.handle import database
from gridgov.web.parameters import today

_View = TypeVar("_View", bound=Callable[..., object])
_RULE = "gridgov_rule"
_PROXIED = ("forwarded", "via", "x-forwarded-", "x-real-ip")
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
EVERY_ROLE = ROLES


@dataclass(frozen=True)
class Rule:
    """Who may call a view: everybody, or accounts with one of the roles; and how large a form it takes, in bytes."""

    public: bool
    roles: frozenset[str]
    largest_form: int | None = None


class User(UserMixin):  # type: ignore[misc]  # flask-login ships no types
    """The account behind a request, with its roles."""

    def __init__(self, account: SignedIn) -> None:
        self.id = account.id
        self.name = account.name
        self.cadre_id = account.cadre_id
        self.stamp = account.stamp
        self.language = account.language
        self.grants = account.grants

    def get_id(self) -> str:
        """Return what the session cookie keeps."""
        return f"{self.id}:{self.stamp}"

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles held on any area."""
        return frozenset(given.role for given in self.grants)


class _Cookies(SecureCookieSessionInterface):
    """The session cookie is marked secure wherever the page came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        return request.is_secure


def install(app: Flask) -> None:
    """Protect the application: sessions, sign-in, a rule on every route, and forged forms refused."""
    app.session_interface = _Cookies()
    app.config.update(SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_HTTPONLY=True, WTF_CSRF_TIME_LIMIT=None)
    logins = LoginManager(app)
    logins.session_protection = None
    logins.user_loader(_load)
    app.before_request(_require)
    CSRFProtect(app)


def allow(*roles: str, largest_form: int | None = None) -> Callable[[_View], _View]:
    """Declare the roles that may call a view, and where it takes larger forms than usual, how large."""
    unknown = set(roles) - set(ROLES)
    if unknown or not roles:
        raise ValueError(f"no such roles: {sorted(unknown)}")
    return _declare(Rule(public=False, roles=frozenset(roles), largest_form=largest_form))


def public(view: _View) -> _View:
    """Declare that anybody may call a view."""
    return _declare(Rule(public=True, roles=frozenset()))(view)


def rule_of(view: Callable[..., object] | None) -> Rule | None:
    """Return the rule a view declares, if it does."""
    return cast("Rule | None", getattr(view, _RULE, None))


def user() -> User:
    """Return who is signed in; only for views that aren't public."""
    return cast("User", current_user._get_current_object())


def role() -> str:
    """Return the strongest of the account's roles that the view allows."""
    allowed = _rule().roles & user().roles
    return next(name for name in ROLES if name in allowed)


def scope() -> Scope:
    """Return what the account may see through this view: the areas of its roles that the view allows."""
    return _areas(_rule().roles)


def scope_as(*roles: str) -> Scope:
    """Return what the account may see of what only some roles may see; who has none of them is refused."""
    if user().roles.isdisjoint(roles):
        abort(403)
    return _areas(frozenset(roles))


def from_this_machine() -> bool:
    """Tell whether the caller sits at this very machine and addressed it as such.

    The Host header is checked too: a foreign name that resolves to 127.0.0.1 would otherwise let any web page in
    (DNS rebinding); and a proxy on this machine speaks for others.
    """
    if any(name.lower().startswith(_PROXIED) for name, _ in request.headers):
        return False
    if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0" or "@" in request.headers.get("Host", ""):
        return False
    try:
        peer = ipaddress.ip_address(request.remote_addr or "")
        name = urlsplit(f"//{request.headers.get('Host', '')}").hostname
    except ValueError:
        return False
    return peer.is_loopback and name in _LOOPBACK_NAMES


def _areas(roles: frozenset[str]) -> Scope:
    known = cast("dict[frozenset[str], Scope]", g.setdefault("scopes", {}))
    if roles not in known:
        known[roles] = accounts.scope_of(user().grants, roles, _own_units())
    return known[roles]


def _own_units() -> frozenset[int]:
    """Return what a cadre covers today: what he may see goes with his contacts, whatever day he looks at."""
    me = user().cadre_id
    return frozenset() if me is None else accounts.own_units(database(), me, At(today()))


def _declare(rule: Rule) -> Callable[[_View], _View]:
    def mark(view: _View) -> _View:
        setattr(view, _RULE, rule)
        return view

    return mark


def _load(session_id: str) -> User | None:
    account_id, _, stamp = session_id.partition(":")
    if not account_id.isdecimal():
        return None
    account = accounts.signed_in(database(), int(account_id), stamp)
    return None if account is None else User(account)


def _rule() -> Rule:
    view = g.get("view")
    return rule_of(view) or Rule(public=False, roles=frozenset())


def _require() -> None:
    """Refuse every call that no rule lets in: no rule at all, nobody signed in, the wrong role."""
    if request.endpoint is None:
        return
    g.view = current_app.view_functions[request.endpoint]
    declared = rule_of(g.view)
    if declared is None:
        abort(403)
    if not declared.public:
        _require_role(declared)
    if declared.largest_form is not None:
        request.max_content_length = request.max_form_memory_size = declared.largest_form
    if any("\x00" in told for told in request.values.values()):
        abort(400)


def _require_role(declared: Rule) -> None:
    if not current_user.is_authenticated:
        abort(401)
    if not declared.roles & user().roles:
        abort(403)
