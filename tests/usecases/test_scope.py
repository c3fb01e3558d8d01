"""Asked with a narrow scope no use case tells anything from outside it; with none, nothing at all."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from gridgov.errors import NotFoundError
from gridgov.storage.current import Scope
from gridgov.storage.database import writing
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import (
    answering,
    browsing,
    checking,
    checkup,
    contacting,
    deployment,
    gridding,
    loading,
    partnering,
    reading_runs,
)
from tests import cases
from tests.conftest import opened, undone
from tests.databases import ENGINES, Databases
from tests.usecases.conftest import AT, run_by

EAST = {"420503001002", "C2", "B3", "B8", "H2", "G2", "420503001002001", "孙三", "李书记", "梅花苑业委会"}
WEST = {"420503001001", "C1", "B1", "B2", "B7", "H1", "G1", "420503001001001", "420503001001002", "钱二", "吴书记",
        "郑网格", "冯栋长", "桂花苑业委会", "桂花苑党支部"}  # fmt: skip

Ask = Callable[[Session, Scope, dict[str, int]], Any]
ASKED: dict[str, Ask] = {
    "tree": lambda s, scope, ids: [
        browsing.tree(s, AT, scope, parent) for parent in (None, *(ids[code] for code in ("420503001", "C1", "C2")))
    ],
    "posts": lambda s, scope, ids: browsing.posts(s, AT, scope, ids.values()),
    "partners": lambda s, scope, ids: browsing.partners(s, AT, scope, ids.values()),
    "partner bodies with their pledges": lambda s, scope, _: partnering.bodies(s, AT, scope),
    "partner bodies on the map": lambda s, scope, _: partnering.spots(
        s, AT, scope, partnering.bodies(s, AT, Scope.everything())
    ),
    "branches": lambda s, scope, ids: browsing.branches_of(s, AT, scope, ids.values()),
    "grids of units": lambda s, scope, ids: [browsing.grids_of(s, AT, scope, number) for number in ids.values()],
    "units on the map": lambda s, scope, _: [
        browsing.units_on_map(s, AT, scope, level) for level in ("street", "community", "compound", "building")
    ],
    "grids on the map": lambda s, scope, _: browsing.grids_on_map(s, AT, scope),
    "gates on the map": lambda s, scope, _: browsing.gates_on_map(s, AT, scope),
    "contacts": lambda s, scope, ids: contacting.contacts_of(s, AT, scope, ids.values()),
    "vacant": lambda s, scope, _: [
        contacting.places(s, AT, scope, tier, what) for tier in (1, 2, 3) for what in ("due", "vacant", "expiring")
    ],
    "without a branch": lambda s, scope, _: contacting.uncovered_compounds(s, AT, scope),
    "findings": lambda s, scope, _: checking.check(s, AT, scope),
    "shares": lambda s, scope, ids: [
        reading_runs.show(s, ids["run"], level, scope)
        for level in reading_runs.LEVELS  # type: ignore[arg-type]
    ],
    "check-up": lambda s, scope, ids: [
        checkup.compounds(s, ids["run"], scope, item, state)  # type: ignore[arg-type]
        for item in ("kindergarten", "property_management")
        for state in (*checkup.STATES, "unknown")
    ],
    "gaps": lambda s, scope, ids: reading_runs.gaps(s, ids["run"], scope),  # type: ignore[arg-type]
}


@pytest.fixture(scope="module", params=ENGINES)
def filled(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, dict[str, int]]]:
    """The small district with something of everything on both sides, some of it wrong, and a run; and its numbers."""
    folder = tmp_path_factory.mktemp("filled")
    files = cases.district(folder)
    files.rows["units"][4]["kind"] = "walled"
    files.gate("G2", 700, 150, "open", compound="C2")
    files.home("B7", 990, 400, parent="C1").home("B8", 10, 400, parent="C2")
    files.add("posts", role="community_secretary", unit="420503001002", holder="李书记")
    files.add("contacts", tier=3, unit="C2", role="lead", holder="P3")
    files.add("partners", code="W2", kind="业委会", name="梅花苑业委会", unit="C2")
    pack = cases.packs(folder, {"type": "kindergarten", "tier": "5", "required": True, "radius": 50})
    with opened(databases, request.param, "empty") as engine:
        with writing(engine) as session, pytest.MonkeyPatch.context() as patch:
            files.load(session)
            gridding.build(session, cases.DAY)
            found = {unit.code: unit.unit_id for unit in session.scalars(select(UnitVersion))}
            before = deployment.value(session, "pack")
            found["run"] = run_by(session, pack, patch).id
            loading.load_pack(session, str(folder / "pack.toml"))
            deployment.keep(session, "pack", before)
        yield engine, found


@pytest.fixture
def session(filled: tuple[Engine, dict[str, int]]) -> Iterator[Session]:
    """A session on it; all it does is rolled back."""
    with undone(filled[0]) as session:
        yield session


@pytest.fixture
def ids(session: Session, filled: tuple[Engine, dict[str, int]]) -> dict[str, Any]:
    """The number of each unit by code, and the run."""
    return filled[1] | {"run": session.get_one(Run, filled[1]["run"])}


def words(told: Any) -> set[str]:
    """Return every text in an answer, however deep."""
    if isinstance(told, str):
        return {told}
    if isinstance(told, shapely.Geometry) or told is None:
        return set()
    if isinstance(told, dict):
        return set().union(*(words(part) for part in told.values()))
    if isinstance(told, list | tuple | set):
        return set().union(*(words(part) for part in told))
    plain = getattr(told, "__dict__", {})
    return set().union(*(words(part) for name, part in plain.items() if not name.startswith("_")))


def numbers(ids: dict[str, Any]) -> dict[str, int]:
    return {code: number for code, number in ids.items() if code != "run"}


@pytest.mark.parametrize("what", sorted(ASKED))
def test_a_narrow_scope_sees_its_own_and_nothing_else(session: Session, ids: dict[str, Any], what: str) -> None:
    known = numbers(ids) if what not in {"shares", "gaps", "check-up"} else ids
    told = {
        code: words(ASKED[what](session, Scope.of({ids[code]}), known)) for code in ("420503001002", "420503001001")
    }
    assert told["420503001002"] & WEST == set()
    assert told["420503001001"] & EAST == set()
    whole = words(ASKED[what](session, Scope.everything(), known))
    assert (whole & EAST) | (whole & WEST) == (told["420503001002"] & EAST) | (told["420503001001"] & WEST)
    assert whole & (EAST | WEST)


@pytest.mark.parametrize("what", sorted(ASKED))
def test_no_scope_sees_nothing(session: Session, ids: dict[str, Any], what: str) -> None:
    known = numbers(ids) if what not in {"shares", "gaps", "check-up"} else ids
    assert words(ASKED[what](session, Scope.nothing(), known)) == set()


def test_what_lies_outside_is_not_there(session: Session, ids: dict[str, Any]) -> None:
    scope = Scope.of({ids["420503001002"]})
    assert browsing.unit(session, ids["C2"], AT, scope).code == "C2"
    assert browsing.unit_by_code(session, "C1", AT, scope) is None
    with pytest.raises(NotFoundError, match="unit_unknown"):
        browsing.unit(session, ids["C1"], AT, scope)
    with pytest.raises(NotFoundError):
        browsing.units_on_map(session, AT, scope, "building", parent=ids["C1"])
    with pytest.raises(NotFoundError):
        answering.who(session, "C1", AT, scope)


def test_services_are_there_for_everybody_who_may_see_anything(session: Session, ids: dict[str, Any]) -> None:
    for scope, count in ((Scope.everything(), 2), (Scope.of({ids["C2"]}), 2), (Scope.nothing(), 0)):
        assert len(browsing.services_on_map(session, AT, scope)) == count
    assert len(browsing.services_on_map(session, AT, Scope.everything(), ["library"])) == 1


READ_WITHOUT = {"chain", "lines", "last_known", "record", "covering_parents"}
TELL_WHAT_THEY_ARE_GIVEN = {"gap_facts", "figures_of", "seek", "counts", "listed", "body_on", "plain", "worst_under"}


@pytest.mark.parametrize("module", [browsing, contacting, checking, answering, partnering, reading_runs])
def test_every_reading_use_case_takes_a_scope(module: Any) -> None:
    known = READ_WITHOUT | TELL_WHAT_THEY_ARE_GIVEN
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not name.startswith("_") and name not in known:
            parameter = inspect.signature(function).parameters.get("scope")
            assert parameter is not None, f"{module.__name__}.{name}"
            assert parameter.default is inspect.Parameter.empty
