"""The application, put together from its parts."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from gridgov.domain.quantities import LARGEST_WHOLE
from gridgov.jobs.queue import Queue
from gridgov.resources import resource
from gridgov.settings import Settings
from gridgov.storage.database import open_engine
from gridgov.web import (
    absences,
    admin,
    api,
    appearance,
    areas,
    cadre,
    changes,
    checkup,
    contacts,
    coordinator,
    editing,
    errors,
    exporting,
    findings,
    guide,
    handle,
    headers,
    health,
    intake,
    language,
    layers,
    ledgers,
    login,
    mapscript,
    page,
    planner,
    plans,
    reach,
    reports,
    security,
    siting,
    tiles,
    views,
    wallmaps,
    who,
)
from gridgov.web.basemap import basemap_of

_STATIC = Path(__file__).parent / "static"
_LARGEST_FORM = 64 * 1024
_JOBS = (
    coordinator,
    contacts,
    changes,
    ledgers,
    cadre,
    absences,
    planner,
    plans,
    areas,
    checkup,
    reach,
    siting,
    reports,
    wallmaps,
    who,
    admin,
    intake,
    editing,
    exporting,
    api,
    layers,
    tiles,
    mapscript,
    login,
    guide,
    health,
)


class _Number(IntegerConverter):
    """A number in an address: one that no database counts up to leads to no page."""

    def __init__(self, map: Map, **told: Any) -> None:  # noqa: A002 - werkzeug's name
        super().__init__(map, **{"max": LARGEST_WHOLE, **told})


def create_app(settings: Settings) -> Flask:
    """Make the application that serves one deployment."""
    app = Flask("gridgov.web", template_folder=str(resource("templates")), static_folder=str(_STATIC))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        LANGUAGE=settings.language,
        DEMO=settings.demo,
        TODAY=None,
        BASEMAP=basemap_of(settings),
        MAX_CONTENT_LENGTH=_LARGEST_FORM,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        SESSION_REFRESH_EACH_REQUEST=False,  # a session ends 12 hours after it began, and no file carries its cookie
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    security.public(app.view_functions["static"])
    for part in (language, appearance, headers, errors, security, page, views, findings, exporting, areas):
        part.install(app)
    app.url_map.converters["int"] = _Number
    handle.install(app, open_engine(settings.database_url))
    intake.install(app, Queue(settings.jobs_address), settings.upload_mb)
    for job in _JOBS:
        app.register_blueprint(job.blueprint)
    return app
