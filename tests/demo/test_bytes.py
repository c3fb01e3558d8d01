"""The same bytes every time, whatever the hash seed; what ends follows the day."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import gridgov
from gridgov.demo.district import FILES, write
from gridgov.demo.sizes import size_of
from gridgov.errors import InputError
from tests.demo.conftest import Demo


def test_written_again_by_another_process(demo: Demo, tmp_path: Path) -> None:
    code = (
        "import sys, datetime, pathlib; from gridgov.demo.district import write; "
        "write(pathlib.Path(sys.argv[1]), 'district', datetime.date(2026, 11, 1))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(Path(gridgov.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)
    names = sorted(path.name for path in demo.folder.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert [name for name in names if (tmp_path / name).read_bytes() != (demo.folder / name).read_bytes()] == []


def test_only_contacts_and_pledges_follow_the_day(demo: Demo, tmp_path: Path) -> None:
    truth = write(tmp_path, "district", date(2027, 3, 5))
    assert truth.posts == demo.truth["posts"]
    assert truth.partners == demo.truth["partners"]
    assert "2027-03-25" in (tmp_path / "contacts.csv").read_text(encoding="utf-8")
    differing = {name for _, name, _ in FILES if (tmp_path / name).read_bytes() != (demo.folder / name).read_bytes()}
    assert differing == {"contacts.csv", "partners.csv"}


def test_every_file_is_there_and_says_its_crs(demo: Demo) -> None:
    for _, name, _ in FILES:
        path = demo.folder / name
        assert path.stat().st_size > 0
        if path.suffix == ".geojson":
            assert "4490" in json.loads(path.read_bytes())["crs"]["properties"]["name"]


def test_an_unknown_size() -> None:
    with pytest.raises(InputError):
        size_of("village")
