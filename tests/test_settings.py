"""Settings from the environment, and the key kept beside the data."""

import stat
import threading
from pathlib import Path

import pytest

from gridgov.errors import InputError, NotFoundError
from gridgov.resources import resource
from gridgov.settings import Settings


def test_all_is_kept_in_the_instance_folder_unless_told(tmp_path: Path) -> None:
    told = Settings.from_env({"GRIDGOV_INSTANCE": str(tmp_path / "here")})
    assert told.instance == tmp_path / "here"
    assert told.database_url == f"sqlite:///{tmp_path}/here/gridgov.sqlite"
    assert (told.language, told.demo) == ("zh_Hans", False)


def test_the_demo_has_a_file_of_its_own(tmp_path: Path) -> None:
    told = Settings.from_env({"GRIDGOV_INSTANCE": str(tmp_path)}, demo=True)
    assert told.database_url.endswith("/demo.sqlite")
    assert told.demo


def test_what_the_environment_tells_is_taken(tmp_path: Path) -> None:
    told = Settings.from_env(
        {
            "GRIDGOV_INSTANCE": str(tmp_path / "absent"),
            "GRIDGOV_DATABASE_URL": "postgresql://h/db",
            "GRIDGOV_SECRET_KEY": "k",
            "GRIDGOV_LANGUAGE": "en",
        }
    )
    assert (told.database_url, told.secret_key, told.language) == ("postgresql://h/db", "k", "en")
    assert not (tmp_path / "absent").exists()


def test_an_empty_variable_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = Settings.from_env({"GRIDGOV_INSTANCE": "", "GRIDGOV_DATABASE_URL": ""})
    assert told.instance == tmp_path / "instance"
    assert told.database_url.startswith("sqlite:///")


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    env = {"GRIDGOV_INSTANCE": str(tmp_path)}
    first, second = Settings.from_env(env), Settings.from_env(env)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert Settings.from_env({"GRIDGOV_INSTANCE": str(tmp_path / "other")}).secret_key != first.secret_key


def test_the_environment_is_read_where_nothing_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDGOV_INSTANCE", str(tmp_path))
    monkeypatch.setenv("GRIDGOV_SECRET_KEY", "from outside")
    monkeypatch.delenv("GRIDGOV_DATABASE_URL", raising=False)
    told: list[Settings] = []
    reader = threading.Thread(target=lambda: told.append(Settings.from_env()))
    reader.start()
    reader.join()
    assert (told[0].instance, told[0].secret_key) == (tmp_path, "from outside")


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError) as refused:
            Settings.from_env({"GRIDGOV_INSTANCE": str(place)})
        assert refused.value.code == "instance_unusable"


def test_a_language_there_is_none_of(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="language_unknown"):
        Settings.from_env({"GRIDGOV_INSTANCE": str(tmp_path), "GRIDGOV_LANGUAGE": "tlh"})


def test_packaged_data_are_found_and_what_is_not_there_is_told() -> None:
    assert resource("geodata", "catalogue.toml").is_file()
    assert resource("templates").is_dir()
    with pytest.raises(NotFoundError, match="resource_missing"):
        resource("geodata", "atlantis.toml")


def test_a_basemap_is_an_address_of_tiles_or_tianditu_with_a_key(tmp_path: Path) -> None:
    def told(**given: str) -> Settings:
        return Settings.from_env({"GRIDGOV_INSTANCE": str(tmp_path)} | {f"GRIDGOV_{k}": v for k, v in given.items()})

    assert told().basemap == ""
    assert told(BASEMAP="tianditu", BASEMAP_KEY="k").basemap_key == "k"
    assert told(BASEMAP="http://tiles:81/{z}/{x}/{y}.png", BASEMAP_DATUM="GCJ-02").basemap_datum == "GCJ-02"
    with pytest.raises(InputError, match="basemap_without_key"):
        told(BASEMAP="tianditu")
    for odd in (
        "tiles/{z}/{x}/{y}",
        "http://h/{z}/{x}",
        "ftp://h/{z}/{x}/{y}",
        "http://h;x/{z}/{x}/{y}",
        "http://h/{z}/{x}/{y} *",
    ):
        with pytest.raises(InputError, match="basemap_unreadable"):
            told(BASEMAP=odd)
    with pytest.raises(InputError, match="basemap_datum_unknown"):
        told(BASEMAP_DATUM="BD-09")
