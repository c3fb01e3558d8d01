"""Which gaps the address asks for: the same choices for page, API and export."""

from gridgov.sources import rulepacks
from gridgov.spatial.coverage import CAUSES
from gridgov.usecases.gap_filter import COUNTED, GAP_ORDERS, GapFilter
from gridgov.web import parameters

CHOICES = ("scenario", "type", "cause", "firm", "required", "vacant", "department", *COUNTED, "order", "turned")
_MOST = 10**9
_ANSWERS = {"yes": True, "no": False}


def asked(area: int | None = None, limit: int | None = None, offset: int = 0) -> GapFilter:
    """Return what the address asks for of the gap list, within an area."""
    known = rulepacks.catalogue()
    return GapFilter(
        scenario=parameters.choice("scenario", [each.id for each in known.scenarios]),
        type=parameters.choice("type", [each.id for each in known.types]),
        cause=parameters.choice("cause", CAUSES),
        area=area,
        required=_answer("required"),
        firm=_answer("firm"),
        department=parameters.choice("department", [each.id for each in known.departments]),
        vacant=_answer("vacant"),
        **{name: parameters.whole(name, 0, least=0, most=_MOST) or None for name in COUNTED},
        order=parameters.choice("order", GAP_ORDERS) or "people",
        turned=_answer("turned") is True,
        limit=limit,
        offset=offset,
    )


def _answer(name: str) -> bool | None:
    told = parameters.choice(name, _ANSWERS)
    return None if told is None else _ANSWERS[told]
