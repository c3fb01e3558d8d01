"""Getting plans ready beside the requests: whoever opens a planner's page doesn't wait for the city when he edits it.

Each process of a server does so for itself, once a page or a tile of a planner's reaches it, and further once he opens
a plan; only a server that asks for it by `install` does it at all.
"""

from datetime import date
from threading import Lock, Thread
from time import monotonic, sleep

from flask import Flask, request
from flask_login import current_user
from sqlalchemy import Engine

from gridgov.errors import GridgovError
from gridgov.storage.database import reading
from gridgov.usecases import planning
from gridgov.web import handle, parameters

FIRST = 1.0  # seconds left to the page's own requests
AGAIN = 300.0  # seconds after which it is seen to what was written meanwhile
_BLUEPRINTS = frozenset({"planner", "plans", "siting", "reach", "tiles"})


class Warmer:
    """Gets plans ready in a thread: for looking, and for edits of gates and paths."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._turn = Lock()
        self._begun: dict[bool, float] = {}

    def look(self) -> None:
        """Begin where a planner asks for a page, and nothing was begun lately."""
        if request.blueprint not in _BLUEPRINTS or "planner" not in getattr(current_user, "roles", ()):
            return
        edits = request.blueprint == "plans" or bool(request.args.get("plan"))
        with self._turn:
            if monotonic() - self._begun.get(edits, -AGAIN) < AGAIN:
                return
            self._begun[edits] = monotonic()
        told = handle.engine(), parameters.today()
        Thread(target=self._work, args=told, kwargs={"edits": edits}, daemon=True).start()

    def _work(self, engine: Engine, day: date, *, edits: bool) -> None:
        sleep(FIRST)
        try:
            with reading(engine) as session:
                planning.make_ready(session, day, edits=edits)
        except GridgovError:
            pass  # there is nothing to plan on yet: the page says so
        except Exception:
            self._app.logger.exception("plans could not be made ready")


def install(app: Flask) -> None:
    """Have an application get plans ready."""
    app.before_request(Warmer(app).look)
