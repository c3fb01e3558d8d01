"""For WSGI servers, one's own too: `gunicorn 'gridgov.web.wsgi:application()'`."""

from flask import Flask

from gridgov.settings import Settings
from gridgov.web import warming
from gridgov.web.app import create_app


def application(settings: Settings | None = None) -> Flask:
    """Make the application of a process that serves people, from the environment's settings where none are given."""
    made = create_app(settings or Settings.from_env())
    warming.install(made)
    return made
