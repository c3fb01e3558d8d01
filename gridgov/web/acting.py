"""What each form of the editing pages asks to be done: to change or make a thing, end it, divide it, join it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from flask import request
from shapely.geometry import LineString

from gridgov.domain.intake import Problem
from gridgov.usecases import browsing, deployment, things
from gridgov.usecases.acts import Act, Change, End, Merge, Part, RefusedError, Split
from gridgov.usecases.dividing import propose_split
from gridgov.usecases.things import FormField, Thing
from gridgov.web import forms, page, parameters
from gridgov.web.drawing import LINE, write_shape
from gridgov.web.handle import database
from gridgov.web.language import gettext, locale
from gridgov.web.security import scope
from gridgov.wording import term

_NEAR = 0.0005  # degrees, some 50 m: what lies nearer is a neighbour
_MOST_NEIGHBOURS = 200
_COUNTED = ("people", "households")


@dataclass(frozen=True)
class Refusal:
    """Why a form can't be taken: what is wrong with its fields or the whole, and what would be left on nothing."""

    problems: Sequence[Problem] = ()
    message: str | None = None
    left: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Form:
    """A form about a thing, or about one to be made; `prepare` does what a step before the preview asks for."""

    kind: str
    level: str | None
    thing: Thing | None = None

    template = "editing/change.html"

    @property
    def fields(self) -> tuple[FormField, ...]:
        """What a thing of the kind says."""
        return things.form_fields(database(), self.kind, self.level)

    @property
    def seen(self) -> Thing:
        """The thing that the form is about."""
        if self.thing is None:
            raise LookupError("a form about a new thing")
        return self.thing

    @property
    def stamp(self) -> str | None:
        """What the editor saw of the thing."""
        return forms.typed("stamp") or (self.thing.stamp if self.thing else None)

    def title(self) -> str:
        """Return the heading of the form and its preview."""
        name = thing_name(self.kind, self.level)
        if self.thing is None:
            return gettext("New: %(kind)s", kind=name)
        return gettext("Change: %(name)s", name=self.thing.label)

    def prepare(self) -> None:
        """Do what the step asks for."""

    def input_of(self, problem: Problem) -> str:
        """Return the id of the input that a problem is about."""
        name = problem.field or ""
        return f"{forms.OWN}{name}" if any(each.name == name for each in self.fields) else name

    def act(self) -> Act:
        """Return what is to be done; a RefusedError where the form can't be read."""
        return Change(
            kind=self.kind,
            identity=None if self.thing is None else self.thing.identity,
            day=forms.day(),
            told=forms.changed(self.fields),
            geometry=forms.geometry(self.kind, self.level),
            level=self.level,
            stamp=self.stamp,
            vacate=forms.typed("vacate") == "1",
        )

    def values(self, refusal: Refusal) -> dict[str, Any]:
        """Return what the form's template shows."""
        shapes = forms.shapes_of(self.kind, self.level)
        return {
            "fields": forms.asked(self.kind, self.fields, self._standing(), refusal.problems),
            "base": forms.typed("base") or (forms.base_of(self.thing) if self.thing else "{}"),
            "geometry": self._geometry_text() if shapes else None,
            "stored": write_shape(self.thing.geometry) if self.thing else "",
            "shapes": sorted(shapes),
            "draw": {"mode": "shape", "shapes": sorted(shapes)} if shapes else None,
        }

    def _standing(self) -> dict[str, str]:
        """Return what stands in the fields: typed, else recorded, else the place the form was opened for."""
        if request.method == "POST":
            return forms.told(self.fields)
        if self.thing is not None:
            return dict(self.thing.values)
        return first_values(self.fields)

    def _geometry_text(self) -> str:
        if forms.GEOMETRY in request.form:
            return forms.typed(forms.GEOMETRY)
        return write_shape(self.thing.geometry) if self.thing else ""


class EndForm(Form):
    """The end of a thing, and of all that lives on it where that is wanted."""

    template = "editing/end.html"

    def title(self) -> str:
        """Return the heading."""
        return gettext("End: %(name)s", name=self.seen.label)

    def act(self) -> Act:
        """Return the end that is asked for."""
        return End(self.kind, self.seen.identity, forms.day(), self.stamp, along=forms.typed("along") == "1")

    def values(self, refusal: Refusal) -> dict[str, Any]:
        """Return what would be left on nothing, by kind."""
        return {"left": refusal.left, "draw": None}


@dataclass
class SplitForm(Form):
    """The division of an area: a line drawn across it proposes the parts, then each part is named and counted."""

    proposed: list[Part] | None = None

    template = "editing/split.html"

    def title(self) -> str:
        """Return the heading."""
        return gettext("Divide: %(name)s", name=self.seen.label)

    def prepare(self) -> None:
        """Divide the area along the line."""
        if forms.typed("step") == "divide":
            if not forms.typed("line"):
                raise RefusedError([Problem(0, "line", "", "split_line_missing")])
            line = LineString(forms.shape("line", frozenset({LINE})).coords)
            self.proposed = propose_split(database(), self.kind, self.seen.identity, parameters.at(), scope(), line)

    def input_of(self, problem: Problem) -> str:
        """Return the id of the input a problem is about: the part's that holds the value, else the first part's."""
        name = problem.field or ""
        inputs = [f"part{number}-{name}" for number in self._numbers()]
        held = [each for each in inputs if each in request.form]
        same = [each for each in held if forms.typed(each) == str(problem.value or "")]
        return next(iter([*same, *held]), name)

    def act(self) -> Act:
        """Return the division that is asked for."""
        parts = tuple(self._part(number) for number in self._numbers())
        if len(parts) < 2:
            raise RefusedError([Problem(0, "line", "", "split_line_missing")])
        return Split(self.kind, self.seen.identity, forms.day(), parts, self.stamp)

    def values(self, refusal: Refusal) -> dict[str, Any]:
        """Return the line and the parts."""
        problems = {self.input_of(problem): problem for problem in refusal.problems}
        parts = [self._shown(number, part, problems) for number, part in enumerate(self._told_parts(), 1)]
        return {"line": forms.typed("line"), "parts": parts, "draw": {"mode": "line"}}

    def _numbers(self) -> list[int]:
        wanted = (name.removeprefix("part").split("-")[0] for name in request.form if name.startswith("part"))
        return sorted({int(number) for number in wanted if number.isdecimal() and len(number) < 3})

    def _part(self, number: int) -> Part:
        wanted = forms.shapes_of(self.kind, self.level)
        return Part(forms.told(self.fields, f"part{number}-"), forms.shape(f"part{number}-geometry", wanted))

    def _told_parts(self) -> list[tuple[Mapping[str, str], str]]:
        if self.proposed is not None:
            return [(part.told, write_shape(part.geometry)) for part in self.proposed]
        return [
            (forms.told(self.fields, f"part{number}-"), forms.typed(f"part{number}-geometry"))
            for number in self._numbers()
        ]

    def _shown(
        self, number: int, part: tuple[Mapping[str, str], str], problems: Mapping[str, Problem]
    ) -> dict[str, Any]:
        told, text = part
        prefix = f"part{number}-"
        own = [problem for name, problem in problems.items() if name.startswith(prefix)]
        fields = [each for each in self.fields if each.name in told or each.name in _COUNTED]
        return {"number": number, "geometry": text, "fields": forms.asked(self.kind, fields, told, own, prefix)}


class MergeForm(Form):
    """The joining of areas: which ones end in it, and what it is called from then on; its counts add up."""

    template = "editing/merge.html"

    @property
    def fields(self) -> tuple[FormField, ...]:
        """What what goes on is called."""
        return tuple(each for each in super().fields if each.name in {"code", "name"})

    def title(self) -> str:
        """Return the heading."""
        return gettext("Join with %(name)s", name=self.seen.label)

    def act(self) -> Act:
        """Return the joining that is asked for."""
        chosen = tuple(self._chosen())
        if not chosen:
            raise RefusedError([Problem(0, "others", "", "merge_nothing_chosen")])
        return Merge(self.kind, self.seen.identity, chosen, forms.day(), forms.told(self.fields), self.stamp)

    def values(self, refusal: Refusal) -> dict[str, Any]:
        """Return the neighbours to choose from, and the names."""
        return {
            "chosen": self._chosen(),
            "neighbours": self._neighbours(),
            "fields": forms.asked(self.kind, self.fields, self._standing(), refusal.problems),
            "draw": {"mode": "choose", "level": self.level},
        }

    def _chosen(self) -> list[int]:
        wanted = [int(told) for told in request.form.getlist("others") if told.isdecimal() and len(told) < 12]
        return list(dict.fromkeys(wanted))

    def _neighbours(self) -> list[Thing]:
        """Return what it may be joined with: what lies beside it first, then the rest of the same parent."""
        above, most = self._above(), slice(0, _MOST_NEIGHBOURS)
        found, _ = things.listed(
            database(), self.kind, parameters.at(), scope(), under=above, level=self.level, part=most
        )
        others = [thing for thing in found if thing.identity != self.seen.identity]
        return sorted(others, key=lambda thing: (not self._near(thing), thing.code or ""))

    def _above(self) -> int | None:
        parent = self.seen.values.get("parent") or self.seen.values.get("community")
        found = browsing.unit_by_code(database(), parent, parameters.at(), scope()) if parent else None
        return None if found is None else found.unit_id

    def _near(self, other: Thing) -> bool:
        own = self.seen.geometry
        return own is not None and other.geometry is not None and bool(shapely.dwithin(own, other.geometry, _NEAR))


def thing_name(kind: str, level: str | None) -> str:
    """Return what a thing of a kind is called: a unit by its level."""
    if kind == "units" and level is not None:
        return page.named(deployment.profile(database()).level(level))
    return term("thing", kind, locale())


def first_values(fields: Sequence[FormField]) -> dict[str, str]:
    """Return what a form about a new thing begins with: the place, the role, the site it was opened for."""
    given = parameters.text("unit")
    values = {each.name: parameters.text(each.name) or "" for each in fields if each.name in request.args}
    on_unit = next((each.name for each in fields if each.refers in {"unit", "units"}), None)
    return {**values, **({on_unit: given} if on_unit and given else {})}
