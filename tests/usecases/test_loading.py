"""Profiles and packs put in force: kept with the data, refused as a whole, listed with where they come from."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.sources import profiles, rulepacks
from gridgov.storage.models import ContactVersion, Deployment
from gridgov.usecases import contacting, deployment, loading
from tests import cases
from tests.usecases.conftest import AT
from tests.usecases.test_ladders import EVERYTHING, TWO_LEVELS

HEAD = 'id = "ours"\nzh = "本市"\nen = "Ours"\n'
PACK = HEAD + 'version = "2"\n'
OVER = 'extends = "gb50180-2018"\n[[rows]]\ntype = "primary_school"\nradius = 800\n'


def written(folder: Path, text: str, name: str = "ours.toml") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def kept(session: Session) -> dict[str, Any]:
    return {row.key: row.value for row in session.scalars(select(Deployment))}


def in_force(rows: list[loading.Listed]) -> list[tuple[str, str]]:
    return [(row.id, row.origin) for row in rows if row.in_force]


def test_at_first_the_shipped_ones_are_in_force(session: Session) -> None:
    assert in_force(loading.listed_profiles(session)) == [("yichang", "shipped")]
    assert in_force(loading.listed_packs(session)) == [("yichang-demo", "shipped")]
    assert [row.id for row in loading.listed_profiles(session)] == profiles.profiles()
    assert [(row.id, row.extends) for row in loading.listed_packs(session)][:2] == [
        ("gb50180-2018", None), ("yichang-demo", "gb50180-2018"),
    ]  # fmt: skip


def test_a_loaded_pack_is_kept_with_the_data(session: Session, tmp_path: Path) -> None:
    path = written(tmp_path, PACK + OVER)
    done = loading.load_pack(session, path)
    Path(path).unlink()
    session.expire_all()
    assert (done.id, done.kept) == ("ours", True)
    assert deployment.pack(session).row("primary_school").radius == 800
    assert deployment.pack(session, "yichang-demo").row("primary_school").radius == 500
    assert in_force(loading.listed_packs(session)) == [("ours", "loaded")]
    loading.load_pack(session, "yichang-demo")
    assert deployment.pack(session).id == "yichang-demo"
    assert loading.load_pack(session, "ours").kept is False


def test_a_loaded_one_goes_before_the_shipped_one_of_its_id_wherever_it_is_extended(
    session: Session, tmp_path: Path
) -> None:
    shipped = Path(rulepacks.resource("geodata", "packs", "gb50180-2018.toml")).read_text(encoding="utf-8")
    loading.load_pack(session, written(tmp_path, shipped.replace("radius = 500", "radius = 450")))
    assert deployment.pack(session).row("primary_school").radius == 450
    assert deployment.pack(session, "yichang-demo").row("primary_school").radius == 450
    assert rulepacks.pack("yichang-demo").row("primary_school").radius == 500


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("id = ", "toml_bad", "reason"),
        ('zh = "x"\n', "pack_field_missing", "id"),
        (PACK + "colour = 1979-05-27\n", "pack_field_unknown", "colour"),
        (PACK + 'extends = "atlantis"\n', "pack_unknown", "atlantis"),
        (PACK + 'extends = "ours"\n', "pack_extends_itself", "ours"),
        (PACK + OVER + 'tier = "7"\n', "pack_value_unknown", "7"),
        (PACK + OVER.replace("800", "-1"), "pack_value_range", "-1"),
        (PACK.replace("ours", "../ours"), "document_id", "../ours"),
    ],
)
def test_a_bad_pack_is_refused_and_nothing_is_kept(
    session: Session, tmp_path: Path, text: str, code: str, said: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as refused:
        loading.load_pack(session, path)
    assert refused.value.code == code
    assert said in str(refused.value)
    if code != "pack_unknown":
        assert path in refused.value.params.values()
    assert kept(session) == {}


def test_a_pack_that_others_rest_on_may_not_break_them(session: Session, tmp_path: Path) -> None:
    own = '[[departments]]\nid = "tea"\ncode = "T"\nzh = "茶"\nen = "Tea"\n'
    row = '[[rows]]\ntype = "primary_school"\ntier = "10"\nrequired = true\n'
    loading.load_pack(session, written(tmp_path, PACK.replace("ours", "base") + own + row))
    loading.load_pack(session, written(tmp_path, PACK + 'extends = "base"\n' + row + 'department = "tea"\n'))
    before = kept(session)
    with pytest.raises(InputError) as refused:
        loading.load_pack(session, written(tmp_path, PACK.replace("ours", "base") + row))
    assert (refused.value.params["pack"], refused.value.params["value"]) == ("ours", "tea")
    with pytest.raises(InputError, match="pack_extends_itself"):
        loading.load_pack(session, written(tmp_path, PACK.replace("ours", "base") + 'extends = "ours"\n' + row))
    assert kept(session) == before


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (HEAD, "profile_field_missing", "grid_level"),
        (HEAD + 'extends = "atlantis"\n', "profile_unknown", "atlantis"),
        (HEAD + 'extends = "yichang"\ngrid_level = "planet"\n', "profile_value_unknown", "planet"),
        (HEAD.replace("ours", "Our City") + 'extends = "yichang"\n', "document_id", "Our City"),
        (HEAD + 'extends = "yichang"\n[[tiers]]\ntier = 3\ndue = 2020-01-01\n', "profile_value_type", "due"),
    ],
)
def test_a_bad_profile_is_refused_and_nothing_is_kept(
    session: Session, tmp_path: Path, text: str, code: str, said: str
) -> None:
    with pytest.raises(InputError) as refused:
        loading.load_profile(session, written(tmp_path, text))
    assert refused.value.code == code
    assert said in str(refused.value)
    assert kept(session) == {}


def test_a_file_that_is_not_there(session: Session, tmp_path: Path) -> None:
    for load in (loading.load_pack, loading.load_profile):
        with pytest.raises(InputError, match="file_missing"):
            load(session, str(tmp_path / "absent.toml"))


def test_a_ladder_that_lacks_a_level_of_which_units_stand_is_refused(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    before = kept(session)
    path = written(tmp_path, TWO_LEVELS)
    with pytest.raises(InputError) as refused:
        loading.load_profile(session, path)
    assert refused.value.code == "profile_level_in_use"
    assert refused.value.params == {
        "profile": path, "level": "compound", "units": 2, "known": "community, building",
    }  # fmt: skip
    assert kept(session) == before


def test_what_stands_astray_under_a_new_profile_is_counted(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    tiers = '[[tiers]]\ntier = 1\nlevel = "community"\n'
    roles = '[[roles]]\nid = "street_secretary"\nlevel = "community"\n'
    text = HEAD + 'extends = "yichang"\ngrid_level = "street"\n' + tiers + roles
    assert loading.load_profile(session, written(tmp_path, text)).astray == {"contacts": 1, "posts": 1, "grids": 3}
    assert loading.load_profile(session, "yichang").astray == {}


def test_who_is_disputed_follows_the_profile(session: Session, tmp_path: Path) -> None:
    files = cases.district(tmp_path)
    files.add("contacts", tier=3, unit="C1", role="lead", holder="P3").load(session)
    states = select(ContactVersion.confirmed).where(ContactVersion.role == "lead").order_by(ContactVersion.contact_id)
    assert sorted(session.scalars(states)) == [False, True]
    own = '[[tiers]]\ntier = 3\nexclusive = "deputy"\n'
    loading.load_profile(session, written(tmp_path, HEAD + 'extends = "yichang"\n' + own))
    session.expire_all()
    assert list(session.scalars(states)) == [True, True]
    assert contacting.report(session, AT, EVERYTHING)["tiers"][2]["disputed"] == 0
    loading.load_profile(session, "yichang")
    session.expire_all()
    assert sorted(session.scalars(states)) == [False, True]
