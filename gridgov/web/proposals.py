"""What every form that proposes a change of contacts shares: its name, day and document, and how it is refused."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from gridgov.errors import ConflictError, ForbiddenError, GridgovError, InputError, NotFoundError
from gridgov.usecases import proposing
from gridgov.usecases.acts import RefusedError
from gridgov.usecases.proposing import Line, Proposal
from gridgov.web import forms, handle, language, parameters
from gridgov.web.errors import status_of
from gridgov.web.security import scope, user
from gridgov.wording import sentence


@dataclass(frozen=True)
class Refusal:
    """Why a form wasn't taken: what is wrong with its fields, or with the whole."""

    problems: dict[str, str] = field(default_factory=dict)
    message: str | None = None
    status: int = 200


NONE = Refusal()


def attempt(act: Callable[[], Response]) -> Response | Refusal:
    """Do what a form asks, or say why not."""
    try:
        return act()
    except RefusedError as error:
        told = {problem.field or "lines": forms.said_of(problem) for problem in error.problems}
        return Refusal(told, status=400)
    except (InputError, ConflictError, ForbiddenError, NotFoundError) as error:
        return told_of(error)


def told_of(error: GridgovError) -> Refusal:
    """Return a refusal of the whole form."""
    return Refusal(message=sentence(error, language.locale()), status=status_of(error))


def propose(tier: int, title: str, lines: tuple[Line, ...]) -> Response:
    """Propose lines under what was typed beside them, and go to the change set."""
    wanted = Proposal(forms.typed("title") or title, tier, forms.day(), lines, forms.typed("document") or None)
    with handle.changing() as session:
        number = proposing.propose(session, wanted, scope(), user().id).id
    return redirect(url_for("changes.change", number=number))


def typed(title: str) -> dict[str, str]:
    """Return what stands in the fields: typed, else the title, and the day shown, which is not before today."""
    shown = max(parameters.as_of(), parameters.today())
    return {
        "title": request.form.get("title", title),
        "day_typed": forms.typed(forms.DAY) if forms.DAY in request.form else shown.isoformat(),
        "document": forms.typed("document"),
    }
