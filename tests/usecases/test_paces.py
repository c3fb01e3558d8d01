"""A run tells who would be covered at another pace: what a full run by stretched radii would, on every level."""

import io
from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import pytest
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.spatial.coverage import evaluate
from gridgov.spatial.deciding import walking_radius
from gridgov.spatial.pacing import STRETCH
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Run
from gridgov.usecases import covering, deployment, reading_runs, run_map
from gridgov.usecases.inputs import read_inputs
from gridgov.usecases.runrecord import unpack_arrays

EVERYTHING = Scope.everything()


@pytest.fixture
def run(demo_session: Session) -> Run:
    return covering.find(demo_session, None)


@pytest.mark.parametrize("profile", ["brisk", "elder"])
def test_it_is_what_a_run_by_stretched_radii_tells(demo_session: Session, run: Run, profile: str) -> None:
    inputs = read_inputs(demo_session, At(run.as_of, run.batch_id), deployment.pack(demo_session, run.pack))
    rules = [
        replace(rule, radius=walking_radius(rule) * STRETCH[profile]) if walking_radius(rule) >= 0 else rule
        for rule in inputs.rules
    ]
    wanted = evaluate(inputs.demand, inputs.supply, rules, inputs.network)
    arrays = unpack_arrays(run)
    told = arrays.at(profile)
    assert any(rule.capacity for rule in rules)
    np.testing.assert_array_equal(told.share, wanted.share)
    assert (told.share != arrays.share).any()
    assert (told.cause[told.covered] == -1).all()
    assert arrays.at("reference") is arrays


@pytest.mark.parametrize("level", ["street", "community", "compound"])
def test_each_level_adds_up_its_own(demo_session: Session, run: Run, level: str) -> None:
    """At the verdict's pace the same sums as the run's own rows; at others those of the map."""
    rows = reading_runs.show(demo_session, run, level, EVERYTHING)
    arrays = unpack_arrays(run)
    units, group = run_map.by_level(demo_session, run, arrays, level)
    kept = run_map.Shares.of_groups(run, arrays, units, group)
    stored = run_map.shares(demo_session, run, level)
    assert set(units) == set(stored.row)
    order = [stored.row[unit] for unit in units]
    columns = [stored.types.index(kind) for kind in kept.types]
    np.testing.assert_allclose(kept.people, stored.people[order][:, columns], atol=1e-3)
    np.testing.assert_allclose(kept.covered, stored.covered[order][:, columns], atol=1e-3)
    paced = {
        (row["code"], row["type"]): row for row in reading_runs.show(demo_session, run, level, EVERYTHING, "elder")
    }
    assert paced.keys() == {(row["code"], row["type"]) for row in rows}
    told = [(row["share"], paced[row["code"], row["type"]]["share"]) for row in rows if row["type"] == "pharmacy"]
    assert all(slow <= share for share, slow in told if share is not None and slow is not None)
    assert any(slow < share for share, slow in told if share is not None and slow is not None)


def test_figures_are_a_band_around_the_verdict(demo_session: Session, run: Run) -> None:
    told = {
        profile: {
            row["type"]: row["share"]
            for row in reading_runs.figures(demo_session, run, EVERYTHING, None, profile)["types"]
        }
        for profile in STRETCH
    }
    for kind in ("pharmacy", "bus_stop"):
        assert told["elder"][kind] < told["reference"][kind] < told["brisk"][kind]
    for kind in {row["type"] for row in run.summary["types"]} - {"pharmacy"}:
        row = deployment.pack(demo_session, run.pack).row(kind)
        if row is not None and (row.measure == "straight" or row.basis == "jurisdiction"):
            assert told["elder"][kind] == told["brisk"][kind]


def test_a_run_of_an_older_version_says_that_it_knows_one_pace(run: Run) -> None:
    older = io.BytesIO()
    with ZipFile(io.BytesIO(run.payload)) as kept, ZipFile(older, "w") as fewer:
        for name in kept.namelist():
            if name not in {"radius.npy", "filled.npy", "paced.npy"}:
                fewer.writestr(name, kept.read(name))
    arrays = unpack_arrays(Run(payload=older.getvalue()))
    np.testing.assert_array_equal(arrays.at("reference").share, unpack_arrays(run).share)
    with pytest.raises(InputError, match="profile_not_kept"):
        arrays.at("elder")
