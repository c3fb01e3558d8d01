"""Looking and writing as a worker does them: within the account's area, only what was seen, and stopped when asked."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Thread
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from rasterio.io import MemoryFile
from rasterio.transform import Affine
from sqlalchemy import func, select

from gridgov.errors import ConflictError, InputError
from gridgov.jobs.work import Bench
from gridgov.jobs.worker import limits_of
from gridgov.sources.limits import LIMITS, Limits
from gridgov.sources.workbook import workbook_of
from gridgov.storage.database import reading, writing
from gridgov.storage.models import Batch, RasterVersion, UnitVersion
from gridgov.storage.trying import HinderedError, trying
from gridgov.storage.versions import open_batch
from gridgov.usecases import accounts, intaking
from gridgov.usecases.accounts import Grant
from gridgov.usecases.importing import import_files, undo
from gridgov.usecases.intaking import Asked
from gridgov.usecases.raster_batches import RasterAct, raster_acts
from gridgov.usecases.staging import ImportOptions, PopulationOptions
from tests.cases import degrees, district
from tests.jobs.workers import Yard
from tests.storage.things import add_unit

OWN, OTHER = "420503001001", "420503001002"
COMPOUND = "code,name,level,parent\nC9,新苑,compound,{parent}\n"
STREET = "code,name\n420599,新街\n"


@pytest.fixture
def yard(database_url: str, tmp_path: Path) -> Iterator[Yard]:
    made = Yard(database_url, tmp_path / "instance")
    yield made
    made.close()


def test_who_administers_a_community_imports_into_it_only(yard: Yard, tmp_path: Path) -> None:
    with writing(yard.engine) as session:
        district(tmp_path).load(session)
        own = session.scalars(select(UnitVersion.unit_id).where(UnitVersion.code == OWN)).one()
        grants = [Grant("admin", own)]
        yard.account = accounts.add(session, "part", "a long enough password", grants=grants).id
    assert looked(yard, COMPOUND.format(parent=OWN)) == ("looked", None)
    assert looked(yard, COMPOUND.format(parent=OTHER)) == ("bringing", "edit_outside_area")
    assert looked(yard, "code,name\nD9,新局\n", kind="departments") == ("bringing", "edit_outside_area")


def test_what_would_come_out_otherwise_than_seen_is_not_written(yard: Yard, tmp_path: Path) -> None:
    token = yard.bring("street.csv", STREET.encode(), kind="units", level="street")
    yard.look_here(token)
    path = tmp_path / "street.csv"
    path.write_text(STREET, encoding="utf-8")
    with writing(yard.engine) as session:
        import_files(session, "units", [path], ImportOptions(level="street"))
    assert applied(yard, token) == ("bringing", "intake_moved")
    yard.look_here(token)
    assert applied(yard, token) == ("applied", None)


def test_one_file_brought_twice_at_once_is_written_once(yard: Yard) -> None:
    tokens = [yard.bring("street.csv", STREET.encode(), kind="units", level="street") for _ in range(2)]
    for token in tokens:
        yard.look_here(token)
    with ThreadPoolExecutor() as both:
        ends = list(both.map(lambda token: applied(yard, token), tokens))
    assert sorted(ends, key=str) == [("applied", None), ("bringing", "intake_moved")]
    left = tokens[ends.index(("bringing", "intake_moved"))]
    yard.look_here(left)
    assert {**yard.report(left)["counts"]}["unchanged"] == 1
    with reading(yard.engine) as session:
        assert len(session.scalars(select(Batch)).all()) == 1


def test_what_was_written_elsewhere_meanwhile_hinders_nobody(yard: Yard, tmp_path: Path) -> None:
    token = yard.bring("street.csv", STREET.encode(), kind="units", level="street")
    yard.look_here(token)
    path = tmp_path / "departments.csv"
    path.write_text("code,name\nD1,教育局\n", encoding="utf-8")
    with writing(yard.engine) as session:
        import_files(session, "departments", [path], ImportOptions())
    assert applied(yard, token) == ("applied", None)


def test_a_look_waits_for_nobody_who_writes_something_else(yard: Yard, tmp_path: Path) -> None:
    path = tmp_path / "street.csv"
    path.write_text(STREET, encoding="utf-8")
    with writing(yard.engine) as other:
        add_unit(other, open_batch(other, "test"), "street", "420598")
        with trying(yard.engine, tmp_path) as session:
            report = import_files(session, "units", [path], ImportOptions(level="street"))
            assert (report.new, report.ended) == (1, 0)
        with trying(yard.engine, tmp_path) as session:
            assert session.scalar(select(func.count(UnitVersion.id))) == 0


def test_a_look_at_what_somebody_is_writing_waits_for_the_turn(yard: Yard, tmp_path: Path) -> None:
    if yard.engine.dialect.name == "sqlite":  # where a look has a copy of its own
        return
    with writing(yard.engine) as session:
        add_unit(session, open_batch(session, "test"), "street", "420599", name="旧街")
    token = yard.bring("street.csv", STREET.encode(), kind="units", level="street")
    path = tmp_path / "street.csv"
    path.write_text(STREET, encoding="utf-8")
    looking = Thread(target=yard.look_here, args=(token,))
    with writing(yard.engine) as session:
        import_files(session, "units", [path], ImportOptions(level="street"))
        with pytest.raises(HinderedError), trying(yard.engine, tmp_path) as tried:
            import_files(tried, "units", [path], ImportOptions(level="street"))
        looking.start()
        looking.join(1.0)
        assert looking.is_alive()
    looking.join()
    assert yard.report(token)["counts"] == {
        "read": 1, "new": 0, "changed": 0, "ended": 0, "unchanged": 1, "rejected": 0
    }  # fmt: skip


def test_a_job_that_is_to_stop_writes_nothing(yard: Yard) -> None:
    token = yard.bring("street.csv", STREET.encode(), kind="units", level="street")
    yard.look_here(token)
    assert applied(yard, token, stopped=True) == ("looked", "import_stopped")
    with reading(yard.engine) as session:
        assert session.scalar(select(Batch)) is None


def test_one_of_several_layers_is_asked_for_and_the_choice_stays_open(yard: Yard, tmp_path: Path) -> None:
    path = tmp_path / "streets.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("old.csv", "code,name\n420597,旧街\n")
        archive.writestr("new.csv", STREET)
    token = yard.bring("streets.zip", path.read_bytes(), kind="units", level="street")
    assert done(yard, token, "look") == ("bringing", "layers_several")
    for layer, read in ((None, None), ("new.csv", 1), ("*", 2)):
        with writing(yard.engine) as session:
            intake = intaking.by_token(session, token)
            assert sorted(intaking.choices(intake)) == ["new.csv", "old.csv"]
            intake.options = {**intake.options, "layer": layer}
        done(yard, token, "look")
        counts = yard.report(token).get("counts")
        assert (counts["read"] if isinstance(counts, dict) else None) == read


def test_an_archive_unpacks_to_ten_times_what_may_be_brought(yard: Yard, tmp_path: Path) -> None:
    path = tmp_path / "streets.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("street.csv", STREET + "\n" * 11 * 2**20)
    token = yard.bring("streets.zip", path.read_bytes(), kind="units", level="street")
    limits = limits_of(replace(yard.settings, upload_mb=1))
    assert done(yard, token, "look", limits=limits) == ("bringing", "file_too_large")
    assert limits_of(replace(yard.settings, upload_mb=100_000)) == LIMITS


def test_the_other_sheets_of_a_workbook_are_offered(yard: Yard) -> None:
    heading, rows = ["code", "name"], [["420597", "旧街"]]
    book = workbook_of([("旧", heading, rows), ("新", heading, rows)])
    token = yard.bring("streets.xlsx", book, kind="units", level="street")
    yard.look_here(token)
    with reading(yard.engine) as session:
        assert intaking.choices(intaking.by_token(session, token)) == ["旧", "新"]


def test_columns_that_say_where_are_told_as_such(yard: Yard) -> None:
    content = "code,name,type,经度,纬度,年份\nK9,新园,kindergarten,111.3,30.7,9\n"
    token = yard.bring("points.csv", content.encode(), kind="sites", crs="EPSG:4490")
    yard.look_here(token)
    columns = yard.report(token)["columns"]
    assert isinstance(columns, list)
    assert [each["column"] for each in columns if each["place"]] == ["经度", "纬度"]


def test_a_population_raster_is_looked_at_and_written(yard: Yard, tmp_path: Path) -> None:
    with writing(yard.engine) as session:
        district(tmp_path).load(session)
    lon, lat = degrees(300, 300)
    told = {"height": 2, "width": 2, "count": 2, "dtype": "float32", "nodata": -1.0, "crs": "EPSG:4490"}
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", transform=Affine(0.001, 0, lon, 0, -0.001, lat), **told) as raster:
            raster.write(np.array([[[1, 2], [3, 4]], [[5, 6], [7, -1]]], dtype=np.float32))
        content = memory.read()
    token = yard.bring("elderly.tif", content)
    assert done(yard, token, "look") == ("bringing", "raster_bands_several")
    with writing(yard.engine) as session:
        intake = intaking.by_token(session, token)
        population = PopulationOptions(band=2, per="cell", ages="60+", year=2025)
        job = yard.queue.new("look")
        intaking.ask_look(session, intake, replace(Asked.of(intake), kind="population", population=population), job)
    Bench(yard.engine, yard.queue, yard.settings.instance).look(token, job)
    assert yard.state(token) == "looked", yard.report(token)
    assert applied(yard, token) == ("applied", None)
    with reading(yard.engine) as session:
        version = session.scalars(select(RasterVersion)).one()
        assert (version.cells, version.people, version.year, version.band) == (3, 18, 2025, "60_79,80")
        brought = version.batch_id
        assert raster_acts(session, [brought]) == {brought: [RasterAct("new", "elderly", 3, 18, 2025, "60_79,80")]}
    told = {"kind": "population", "population": population}
    again = yard.bring("other.tif", content, **told)
    assert done(yard, again, "look") == ("bringing", "raster_overlaps")
    instead = yard.bring("other.tif", content, **told, source="elderly")
    assert done(yard, instead, "look") == ("looked", None)
    assert {**yard.report(instead)["counts"]}["unchanged"] == 3
    with writing(yard.engine) as session:
        taken = undo(session, brought).id
        assert [each.what for each in raster_acts(session, [taken])[taken]] == ["ended"]


def test_names_sizes_and_numbers_of_files_are_limited(yard: Yard) -> None:
    with writing(yard.engine) as session:
        for name, plain in (("../../a.csv", "a.csv"), ("C:\\x\\b.csv", "b.csv"), ("a\x00\nb.csv", "ab.csv")):
            assert intaking.plain_name(name) == plain
        for files in ([], [("..", 1)], [("a.csv", 2**30)], [("a.csv", 1), ("x/a.csv", 1)], [("a.csv", -1)]):
            with pytest.raises(InputError):
                intaking.begin(session, yard.account, files, intaking.Asked(), largest=2**20)
        for _ in range(intaking.AT_ONCE):
            intaking.begin(session, yard.account, [("a.csv", 1)], intaking.Asked(), largest=2**20)
        with pytest.raises(ConflictError, match="intakes_many"):
            intaking.begin(session, yard.account, [("a.csv", 1)], intaking.Asked(), largest=2**20)


def looked(yard: Yard, content: str, kind: str = "units") -> tuple[str, str | None]:
    """Bring a file and look at it; return the state and why it came to nothing."""
    return done(yard, yard.bring("rows.csv", content.encode(), kind=kind), "look")


def applied(yard: Yard, token: str, *, stopped: bool = False) -> tuple[str, str | None]:
    return done(yard, token, "apply", stopped=stopped)


def done(
    yard: Yard, token: str, work: str, *, stopped: bool = False, limits: Limits = LIMITS
) -> tuple[str, str | None]:
    job = yard.ask(work, token)
    if stopped:
        yard.queue.stop(job)
    bench = Bench(yard.engine, yard.queue, yard.settings.instance, limits)
    yard.settings.instance.mkdir(exist_ok=True)
    (bench.look if work == "look" else bench.apply)(token, job)
    refusal = yard.report(token).get("refusal")
    return yard.state(token), refusal["code"] if isinstance(refusal, dict) else None
