"""What every test may ask for: databases on both engines, the demo district, the real files."""

import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gridgov.storage.database import open_engine
from gridgov.usecases import accounts
from tests.databases import ENGINES, Databases
from tests.postgresql import NoServerError, programs

ROOT = Path(__file__).resolve().parent.parent
REALDATA = Path(os.environ.get("GRIDGOV_REALDATA") or ROOT.parent / "shared" / "realdata")
NO_SKIPS = os.environ.get("GRIDGOV_NO_SKIPS", "") not in {"", "0"}
# Those that take long, in an order in which two workers seldom wait for the same database to be made.
FIRST = (
    "tests/demo/test_city_found.py::TestOnSqlite",
    "tests/browser/",
    "tests/demo/test_city_found.py",
    "tests/demo/",
    "tests/spatial/",
    "tests/usecases/test_exporting.py",
    "tests/jobs/",
    "tests/test_packaging.py",
)
RUN = pytest.StashKey[Databases]()
Report = pytest.TestReport | pytest.CollectReport

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Databases:
    """The databases of this run."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session", autouse=True)
def costly_hash() -> Iterator[str]:
    """A password's hash as the product makes it, slow on purpose; what the tests sign in with is hashed fast."""
    costly = accounts._hashed("what nobody knows")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield costly


@pytest.fixture(params=ENGINES)
def blank_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The address of a database without tables, of each engine in turn; on PostgreSQL with PostGIS loaded."""
    with copied(databases, request.param, "blank") as url:
        yield url


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The address of an upgraded, empty database of its own, of each engine in turn."""
    with copied(databases, request.param, "empty") as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An upgraded, empty database of its own, on each engine in turn."""
    made = open_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="module", params=ENGINES)
def empty_engine(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Engine]:
    """An upgraded, empty database, on each engine in turn. Shared: leave it as it is."""
    with opened(databases, request.param, "empty") as engine:
        yield engine


@pytest.fixture
def session(empty_engine: Engine) -> Iterator[Session]:
    """A session on an empty database; all it does is rolled back, commits too."""
    with undone(empty_engine) as session:
        yield session


@pytest.fixture(scope="module", params=ENGINES)
def town_engine(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Engine]:
    """The street of two communities, imported, on each engine in turn. Shared: leave it as it is."""
    with opened(databases, request.param, "town") as engine:
        yield engine


@pytest.fixture
def town(town_engine: Engine) -> Iterator[Session]:
    """A session on the street of two communities; all it does is rolled back, commits too."""
    with undone(town_engine) as session:
        yield session


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real files; only tests marked `realdata` may ask for it."""
    return REALDATA


@pytest.fixture(scope="session")
def demo_folder(databases: Databases) -> Path:
    """The demo district's files, written once per run."""
    return databases.demo_folder()


@pytest.fixture(scope="session", params=ENGINES)
def demo_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The address of the imported demo district, of each engine in turn. Shared: leave it as it is."""
    with copied(databases, request.param, "demo") as url:
        yield url


@pytest.fixture(params=ENGINES)
def own_demo_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The address of a demo district of the test's own, of each engine in turn, to change at will."""
    with copied(databases, request.param, "demo") as url:
        yield url


@pytest.fixture(scope="session")
def demo_engine(demo_url: str) -> Iterator[Engine]:
    """The imported demo district, on each engine in turn. Shared: leave it as it is."""
    made = open_engine(demo_url)
    yield made
    made.dispose()


@pytest.fixture
def demo_session(demo_engine: Engine) -> Iterator[Session]:
    """A session on the demo district; all it does is rolled back, commits too."""
    with undone(demo_engine) as session:
        yield session


@contextmanager
def undone(engine: Engine) -> Iterator[Session]:
    """Yield a session that leaves nothing behind: what it commits is rolled back as well."""
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()


@contextmanager
def opened(databases: Databases, engine: str, template: str) -> Iterator[Engine]:
    """Yield a copy of a template, opened; skip where there is no PostgreSQL."""
    with copied(databases, engine, template) as url:
        made = open_engine(url)
        yield made
        made.dispose()


@contextmanager
def copied(databases: Databases, engine: str, template: str) -> Iterator[str]:
    """Yield the address of a copy of a template; skip where there is no PostgreSQL."""
    if engine == "postgresql":
        try:
            programs()
        except NoServerError as error:
            pytest.skip(str(error))
    with databases.copy(engine, template) as url:
        yield url


def pytest_configure(config: pytest.Config) -> None:
    """Give all processes of the run one folder, and one place for the compiled loops; the main process makes it."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".pytest_cache" / "compiled"))
    given = getattr(config, "workerinput", {}).get("gridgov_databases")
    if given:
        config.stash[RUN] = Databases(Path(given["folder"]), given["owner"])
        return
    folder = Path(tempfile.mkdtemp(prefix="gridgov-test-"))
    folder.chmod(0o711)  # the server's user passes through, and reads nothing
    config.stash[RUN] = Databases(folder, os.getpid())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a parallel worker where the run's folder is."""
    run = node.config.stash[RUN]
    node.workerinput["gridgov_databases"] = {"folder": str(run.folder), "owner": run.owner}


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove the folder: also after an interrupt."""
    run = config.stash.get(RUN, None)
    if run and run.owner == os.getpid():
        run.close()


def pytest_report_header() -> list[str]:
    """Say which tests can't run here."""
    lines = [f"real data: {REALDATA}" + ("" if REALDATA.is_dir() else " is absent, and its tests are left out")]
    return [*lines, "skips count as failures"] if NO_SKIPS else lines


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left alone with it; leave out tests on real files not there."""
    items.sort(key=_turn)
    if REALDATA.is_dir():
        return
    absent = [item for item in items if item.get_closest_marker("realdata")]
    if absent:
        config.hook.pytest_deselected(items=absent)
        items[:] = [item for item in items if item not in absent]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Report, Report]:
    """Count a skipped test as failed where none may be skipped."""
    report = yield
    return _unskipped(report) if NO_SKIPS else report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Report, Report]:
    """Count a skipped module as failed where none may be skipped."""
    report = yield
    return _unskipped(report) if NO_SKIPS else report


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, start in enumerate(FIRST) if item.nodeid.startswith(start)), len(FIRST))


def _unskipped(report: Report) -> Report:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}\nNo test may be skipped here (GRIDGOV_NO_SKIPS)."
    return report
