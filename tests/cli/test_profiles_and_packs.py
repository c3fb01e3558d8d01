"""`gridgov profile` and `gridgov pack`: lists, what is in force, files that are good and files that aren't."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import cases
from tests.cli.conftest import Answer, Gridgov

Refused = Callable[..., str]
DAY = ["--as-of", cases.DAY.isoformat()]
PROFILE = 'id = "ours"\nzh = "本市"\nen = "Our city"\nextends = "yichang"\n'
PACK = 'id = "ours"\nzh = "本市标准"\nen = "Our standard"\nversion = "3"\nextends = "gb50180-2018"\n'


@pytest.fixture
def ready(begun: None, tmp_path: Path) -> Callable[[str], Path]:  # noqa: ARG001 - it is there to be loaded into
    """A database, and a file of some text."""

    def write(text: str) -> Path:
        path = tmp_path / "ours.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("verb", ["profile", "profile list", "profile load", "pack", "pack list", "pack load"])
def test_every_verb_has_help(gridgov: Gridgov, verb: str) -> None:
    assert gridgov(*verb.split(), "--help").stdout.startswith("Usage:")


@pytest.mark.usefixtures("ready")
def test_the_lists_mark_what_is_in_force(gridgov: Gridgov, answer: Answer) -> None:
    profiles = {row["id"]: row for row in answer("profile", "list")["rows"]}
    assert profiles["yichang"]["in_force"]
    assert not profiles["three-levels"]["in_force"]
    assert profiles["yichang-villages"]["extends"] == "yichang"
    packs = {row["id"]: row for row in answer("pack", "list")["rows"]}
    assert [name for name, row in packs.items() if row["in_force"]] == ["yichang-demo"]
    assert packs["yichang-demo"]["version"] == "2026.1"
    (line,) = [line for line in gridgov("profile", "list").stdout.splitlines() if line.startswith("yichang ")]
    assert line.split()[-1] == "yes"


def test_a_profile_of_ones_own(gridgov: Gridgov, answer: Answer, ready: Callable[[str], Path]) -> None:
    assert "Our city" in gridgov("profile", "load", ready(PROFILE)).stdout
    row = next(row for row in answer("profile", "list")["rows"] if row["id"] == "ours")
    assert (row["origin"], row["in_force"], row["zh"]) == ("loaded", True, "本市")
    told = answer("profile", "load", "three-levels")
    assert (told["id"], told["kept"], told["astray"]) == ("three-levels", False, {})


def test_a_pack_of_ones_own_is_what_coverage_runs_by(
    gridgov: Gridgov, answer: Answer, ready: Callable[[str], Path], tmp_path: Path
) -> None:
    files = cases.district(tmp_path)
    for kind in ("units", "network", "sites"):
        gridgov("import", kind, files.write(kind), "--crs", cases.CRS, "--valid-from", cases.DAY)
    rows = '[[rows]]\ntype = "library"\ntier = "15"\nrequired = true\nradius = 900\n'
    assert "Our standard" in gridgov("pack", "load", ready(PACK + rows)).stdout
    record = answer("coverage", "run", *DAY)
    assert (record["pack"], record["pack_version"]) == ("ours", "3")
    assert answer("who", "C1", *DAY)["candidates"][0]["nearest"]
    assert answer("coverage", "run", "--pack", "yichang-demo", *DAY)["pack"] == "yichang-demo"


@pytest.mark.parametrize(
    ("verb", "text", "said"),
    [
        ("profile", "id = ", ["ours.toml"]),
        ("profile", PROFILE + 'grid_level = "planet"\n', ["ours.toml", "grid_level", "planet"]),
        ("profile", PROFILE + "[[tiers]]\ntier = 9\n", ["ours.toml", "tier", "9"]),
        ("profile", PROFILE + '[[roles]]\nid = "chief"\nlevel = "moon"\nzh = "长"\nen = "Chief"\n',
         ["ours.toml", "roles chief", "level", "moon"]),
        ("profile", PROFILE.replace("yichang", "atlantis"), ["atlantis"]),
        ("profile", PROFILE.replace("yichang", "ours"), ["ours.toml"]),
        ("profile", PROFILE.replace('"ours"', "7"), ["ours.toml", "7"]),
        ("profile", 'zh = "x"\n', ["ours.toml", "id"]),
        ("pack", PACK + '[[rows]]\ntype = "primary_school"\nradius = "far"\n', ["ours.toml", "radius", "far"]),
        ("pack", PACK + 'colour = "red"\n', ["ours.toml", "colour"]),
        ("pack", "\n", ["ours.toml", "id"]),
    ],
)  # fmt: skip
def test_a_bad_file_is_one_line_and_nothing_changes(
    answer: Answer, refused: Refused, ready: Callable[[str], Path], verb: str, text: str, said: list[str]
) -> None:
    before = answer(verb, "list")
    line = refused(verb, "load", ready(text))
    assert all(word in line for word in said), line
    assert answer(verb, "list") == before


@pytest.mark.parametrize("verb", ["profile", "pack"])
def test_a_file_that_is_not_there(refused: Refused, ready: Callable[[str], Path], verb: str) -> None:
    folder = ready("").parent
    assert "absent" in refused(verb, "load", folder / "absent.toml")
    assert "atlantis" in refused(verb, "load", "atlantis")
    assert str(folder) in refused(verb, "load", folder)


def test_a_ladder_without_a_level_in_use(
    gridgov: Gridgov, refused: Refused, answer: Answer, ready: Callable[[str], Path], tmp_path: Path
) -> None:
    ready("")
    gridgov("import", "units", cases.district(tmp_path).write("units"), "--crs", cases.CRS)
    line = refused("profile", "load", "three-levels")
    assert "three-levels" in line
    assert "household" in line
    assert next(row["id"] for row in answer("profile", "list")["rows"] if row["in_force"]) == "yichang"


def test_it_says_what_stands_astray(gridgov: Gridgov, ready: Callable[[str], Path], tmp_path: Path) -> None:
    path = ready(PROFILE + 'grid_level = "street"\n')
    files = cases.district(tmp_path)
    for kind in ("units", "grids"):
        gridgov("import", kind, files.write(kind), "--crs", cases.CRS)
    assert "3 grids" in gridgov("profile", "load", path).stdout
