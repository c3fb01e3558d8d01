"""The planner's figures speak of the place and the scope they stand beside."""

import re

import pytest
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import covering, reading_runs
from gridgov.usecases.accounts import Grant
from gridgov.usecases.agecounts import AgeCounts
from tests.web.conftest import SignIn

KEYS = ("people", "unknown", "tiers", "types", "scenarios")


@pytest.fixture
def run(database: Session) -> Run:
    return covering.find(database, None)


def test_the_whole_city_has_the_figures_of_the_run(database: Session, run: Run) -> None:
    told = reading_runs.record(run)
    wanted = {key: told[key] for key in KEYS}
    assert reading_runs.figures(database, run, Scope.everything()) == wanted
    every_street = Scope.of({street.unit_id for street in _streets(database, run)})
    assert reading_runs.figures(database, run, every_street) == wanted


def test_a_street_has_the_shares_of_its_own_people(database: Session, run: Run) -> None:
    streets = _streets(database, run)
    shown = reading_runs.show(database, run, "street", Scope.everything())
    for street in streets:
        figures = reading_runs.figures(database, run, Scope.everything(), street.unit_id)
        stored = {row["type"]: row["share"] for row in shown if row["code"] == street.code}
        measured = {row["type"]: row["share"] for row in figures["types"] if row["type"] in stored}
        assert {kind: share for kind, share in measured.items() if share is not None} == pytest.approx(
            {kind: share for kind, share in stored.items() if share is not None}, abs=1e-5
        )
    people = [reading_runs.figures(database, run, Scope.everything(), each.unit_id)["people"] for each in streets]
    assert sum(people) == pytest.approx(run.summary["people"])


def test_a_scope_and_an_area_outside_it_have_nobody_in_common(database: Session, run: Run) -> None:
    first, second, *_ = _streets(database, run)
    inside = reading_runs.figures(database, run, Scope.of({first.unit_id}))
    assert inside == reading_runs.figures(database, run, Scope.everything(), first.unit_id)
    assert inside["people"] < run.summary["people"]
    nobody = reading_runs.figures(database, run, Scope.of({first.unit_id}), second.unit_id)
    assert nobody["people"] == 0
    assert all(row["share"] is None for row in (*nobody["types"], *nobody["scenarios"]))
    assert all(row["complete_share"] is None and row["limiting"] is None for row in nobody["tiers"])


def test_a_scenario_never_tells_its_hidden_type(run: Run) -> None:
    exact = dict(run.summary)
    hidden = next(row for row in exact["types"] if row["required"] and row["share"] is not None)
    row = hidden | {"by_age": True, "serves": [0], "people": 400.0, "people_covered": 397.0, "share": 397 / 400}
    told = AgeCounts(Run(summary={"types": [row]})).summary(
        {"people": exact["people"], "types": [row], "scenarios": [{"scenario": row["scenario"], "share": 397 / 400}]}
    )
    assert told["types"][0]["share"] is None
    assert told["scenarios"] == [{"scenario": row["scenario"], "share": None}]


def test_the_planner_is_told_of_his_street_only(signed_in: SignIn, database: Session, run: Run) -> None:
    first, second, *_ = _streets(database, run)
    figures = reading_runs.figures(database, run, Scope.of({first.unit_id}))
    limited = signed_in(Grant("planner", first.unit_id)).get("/planner").get_data(as_text=True)
    assert f"· {first.name}</h2>" in limited
    own = _scenario_shares(limited)
    told = [each.replace("\u202f", "").strip(" %") for each in own]
    assert [float(each) for each in told] == pytest.approx(
        [100 * row["share"] for row in figures["scenarios"] if row["share"] is not None], abs=0.51
    )
    whole = signed_in(Grant("planner", None))
    page = whole.get(f"/planner?street={first.code}").get_data(as_text=True)
    assert _scenario_shares(page) == own
    assert _scenario_shares(whole.get(f"/planner?street={second.code}").get_data(as_text=True)) != own
    assert f"· {first.name}</h2>" in page


def test_a_page_beyond_the_end_is_the_last(as_role: SignIn) -> None:
    for path in ("/planner?cause=gate&page=9999", "/?page=9999"):
        answer = as_role("viewer").get(path)
        assert answer.status_code == 200
        assert "<tbody>" in answer.get_data(as_text=True)


def test_a_day_before_everything_leads_to_today(as_role: SignIn) -> None:
    for role, path in (("coordinator", "/"), ("planner", "/planner")):
        page = as_role(role).get(f"{path}?as_of=1995-01-01&lang=en").get_data(as_text=True)
        assert "Nothing is valid on this day." in page
        assert f'href="{path}">Show today' in page


def test_the_panel_says_by_which_rules_and_leads_to_the_gaps(as_role: SignIn, database: Session, run: Run) -> None:
    street = _streets(database, run)[0]
    page = as_role("viewer").get(f"/?unit={street.code}").get_data(as_text=True)
    assert re.search(r'<p class="beside"><span class="chip[^"]*">(参考|达标|.*标准)', page)
    assert re.search(rf'/planner\?[^"]*(unit={street.code}[^"]*type=|type=\w+[^"]*unit={street.code})', page)
    alone = as_role("coordinator").get(f"/?unit={street.code}").get_data(as_text=True)
    assert "/planner?" not in alone


def test_findings_lead_to_their_places(as_role: SignIn) -> None:
    assert 'href="/?unit=' in as_role("admin").get("/admin/findings").get_data(as_text=True)


def test_who_says_the_day_and_lets_it_be_changed(as_role: SignIn) -> None:
    page = as_role("viewer").get("/who?place=420599001&as_of=2026-01-05").get_data(as_text=True)
    assert 'value="2026-01-05"' in page
    assert '<input type="hidden" name="place" value="420599001">' in page


def _streets(database: Session, run: Run) -> list[UnitVersion]:
    wanted = current(UnitVersion, At(run.as_of, run.batch_id), Scope.everything())
    return list(database.scalars(wanted.where(UnitVersion.level == "street").order_by(UnitVersion.code)))


def _scenario_shares(page: str) -> list[str]:
    bars = page.partition('<ul class="bars">')[2].partition("</ul>")[0]
    return re.findall(r"<strong>([^<]+)</strong>", bars)
