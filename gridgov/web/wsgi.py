"""For WSGI servers of one's own: `gunicorn 'gridgov.web.wsgi:application()'`."""

from flask import Flask

from gridgov.settings import Settings
from gridgov.web.app import create_app


def application() -> Flask:
    """Make the application from the environment's settings."""
    return create_app(Settings.from_env())
