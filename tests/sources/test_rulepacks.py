"""The packs that ship, and packs read from anywhere."""

from pathlib import Path

import pytest

from gridgov.errors import InputError
from gridgov.sources.rulepacks import catalogue, pack, packs, read_pack

SCENARIOS = ["neighbourhood", "public_service", "health", "culture", "learning", "enterprise", "peace_law", "safety"]


def test_the_catalogue_has_the_eight_scenarios_and_every_type() -> None:
    known = catalogue()
    assert [each.id for each in known.scenarios] == SCENARIOS
    assert len(known.types) >= 38
    assert {each.scenario for each in known.types} == set(SCENARIOS)
    assert [each.code for each in known.departments] == [f"D{number:02}" for number in range(1, 10)]


def test_every_pack_reads_and_is_named_as_its_file() -> None:
    assert {"gb50180-2018", "yichang-demo"} <= set(packs())
    assert [pack(name).id for name in packs()] == packs()


def test_no_row_claims_to_have_been_read_in_the_standard() -> None:
    for row in (*pack("gb50180-2018").rows, *pack("yichang-demo").rows):
        assert not row.verified
        assert row.printed_grade == "reference"
        assert row.rests_on


def test_the_local_pack_covers_the_catalogue_and_names_who_leads() -> None:
    local = pack("yichang-demo")
    assert [row.type for row in local.rows] == [each.id for each in catalogue().types]
    assert all(local.department(row.type) for row in local.rows)
    assert {row.scenario for row in local.rows} == set(SCENARIOS)


def test_the_local_pack_keeps_the_national_radius_and_adds_its_own_rows() -> None:
    national, local = pack("gb50180-2018"), pack("yichang-demo")
    for row in national.rows:
        assert local.row(row.type).radius == row.radius
        assert local.row(row.type).tier == row.tier
    assert national.row("job_station") is None
    assert local.row("police_station").jurisdiction == "street"
    assert local.row("primary_school").serves == (2,)
    assert [row.type for row in local.rows if not row.decided] == ["gas_service"]


def test_a_citys_own_pack_extends_a_shipped_one(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    head = 'id = "ours"\nzh = "我们的"\nen = "Ours"\nversion = "1"\nextends = "gb50180-2018"\n'
    file.write_text(head + '[[rows]]\ntype = "primary_school"\nradius = 800\n', encoding="utf-8")
    ours = read_pack(file)
    assert ours.row("primary_school").radius == 800
    assert ours.row("middle_school").radius == 1000


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'id = "a\n', "toml_bad"),
        (b"\xff\xfe\x00", "toml_bad"),
        (b'id = "a"\nextends = "atlantis"\n', "pack_unknown"),
        (b'id = "gb50180-2018"\nextends = "gb50180-2018"\n', "pack_extends_itself"),
        (b"", "pack_field_missing"),
    ],
)
def test_a_bad_pack_file_is_refused(tmp_path: Path, text: bytes, code: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(text)
    with pytest.raises(InputError) as refused:
        read_pack(file)
    assert refused.value.code == code


def test_an_unknown_pack_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError) as refused:
        pack("../../etc/passwd")
    assert refused.value.code == "pack_unknown"
    assert "gb50180-2018" in str(refused.value.params["known"])
    with pytest.raises(InputError) as missing:
        read_pack("nowhere.toml")
    assert missing.value.code == "file_missing"
