"""`gridgov contacts …`: what its verbs answer in words and in JSON, and what they refuse in one line."""

from pathlib import Path

import pytest

from gridgov.cli.console import changing
from gridgov.storage.current import At, Scope
from gridgov.usecases import accounts, contacting, giving_back
from tests import cases
from tests.cli.conftest import Answer, Gridgov, Refused

AT = At(cases.DAY)
DAY = ["--as-of", cases.DAY.isoformat()]


@pytest.fixture
def town(gridgov: Gridgov, tmp_path: Path) -> Path:
    """The small district, brought in by the commands."""
    files = cases.district(tmp_path)
    gridgov("init")
    for kind in cases.ORDER:
        if files.rows[kind]:
            gridgov("import", kind, files.write(kind), "--crs", cases.CRS, "--valid-from", cases.DAY)
    return tmp_path


@pytest.mark.usefixtures("town")
def test_the_answer_holds_what_it_must(answer: Answer) -> None:
    told = answer("contacts", "suggest", *DAY)
    assert {"due", "filled", "rows", "blocked", "objective", "seconds"} <= set(told)
    assert (told["tier"], told["due"], told["filled"]) == (3, 2, 2)
    first = told["rows"][0]
    assert (first["unit"], first["cadre"], first["keeps"]) == ("C1", "P2", True)
    assert {"metres", "why"} <= set(first)
    capped = answer("contacts", "suggest", "--cap", 1, "--lock", "C2=P2", *DAY)
    assert {row["unit"]: row["cadre"] for row in capped["rows"]}["C2"] == "P2"


def test_a_holder_overwritten_in_an_export_takes_over(loaded: cases.Files, gridgov: Gridgov, answer: Answer) -> None:
    path, later = loaded.folder / "back.csv", "2026-05-01"
    gridgov("export", "contacts", path, *DAY)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    path.write_text("\n".join(line.replace("P2", "P3") if "C1" in line else line for line in lines), encoding="utf-8")
    told = gridgov("import", "contacts", path, "--valid-from", later, "--dry-run").stdout
    assert "P2 钱二 hands over to P3 孙三 on 2026-05-01, and ends then." in told
    assert "Held by: P2 钱二 → P3 孙三" in told
    done = answer("import", "contacts", path, "--valid-from", later)
    assert (done["changed"], done["new"], done["unchanged"]) == (1, 0, 3)
    tiers = answer("contacts", "report", "--as-of", later)["tiers"]
    assert [tier["disputed"] for tier in tiers] == [0, 0, 0]
    history = answer("contacts", "history", "C1", "--as-of", later)["rows"]
    assert {(row["holder"], row["since"], row["until"]) for row in history} == {
        ("钱二", "2026-03-31", later),
        ("孙三", later, None),
    }


@pytest.mark.usefixtures("town")
def test_it_is_told_in_words(gridgov: Gridgov) -> None:
    told = gridgov("contacts", "suggest", "--under", "420503001001", *DAY).stdout
    assert "posts can be held." in told
    assert "20,000 m" in told
    assert "leads it already" not in told  # who stays is only counted
    assert "keep what they lead." in told


@pytest.mark.usefixtures("town")
def test_what_cannot_be_answered_is_refused_in_one_line(refused: Refused) -> None:
    assert "C1=XX" in refused("contacts", "suggest", "--lock", "C1=XX", *DAY)
    assert "nowhere" in refused("contacts", "suggest", "--under", "nowhere", *DAY)
    assert "The cap is 0" in refused("contacts", "suggest", "--cap", 0, *DAY)
    assert "9" in refused("contacts", "suggest", "--tier", 9, *DAY)


def test_a_suggestion_is_proposed_and_approved_by_a_second_person(
    town: Path, gridgov: Gridgov, answer: Answer, refused: Refused
) -> None:
    for name in ("one", "two"):
        gridgov("user", "add", name, "--role", "coordinator", "--password", "a long enough password")
    gridgov("user", "add", "planner", "--role", "planner", "--password", "a long enough password")
    file = town / "suggested.json"
    file.write_text(gridgov("contacts", "suggest", "--format", "json", *DAY).stdout, encoding="utf-8")
    effective = ["--effective", "2026-05-01"]
    told = answer("contacts", "propose", file, "--as", "one", "--document", "文〔2026〕1号", *effective)
    assert (told["state"], told["title"], told["batch"]) == ("proposed", "suggested", None)
    assert [(line["unit"], line["before"]) for line in told["lines"]] == [("C2", [])]
    number = told["change"]
    assert "second person" in refused("contacts", "approve", number, "--as", "one")
    assert "no access" in refused("contacts", "approve", number, "--as", "planner")
    assert "“nobody”" in refused("contacts", "approve", number, "--as", "nobody")
    done = answer("contacts", "approve", number, "--as", "two")
    assert done["state"] == "approved"
    assert "decided already" in refused("contacts", "decline", number, "--as", "two", "--reason", "no")
    assert "approved" in gridgov("contacts", "changes").stdout
    rows = answer("contacts", "history", "C2", "--as-of", "2026-05-01")["rows"]
    assert [(row["tier"], row["role"], row["document"]) for row in rows] == [(3, "lead", "文〔2026〕1号")]
    assert "文〔2026〕1号" in gridgov("contacts", "history", "C2", "--as-of", "2026-05-01").stdout


def test_a_table_of_holders_is_proposed(town: Path, gridgov: Gridgov, answer: Answer, refused: Refused) -> None:
    gridgov("user", "add", "one", "--role", "admin", "--password", "a long enough password")
    file = town / "调整.csv"
    file.write_bytes("小区代码,包联干部\nC2,P3\n".encode("gb18030"))
    told = answer("contacts", "propose", file, "--as", "one", "--encoding", "gb18030", "--effective", "2026-05-01")
    assert [(line["unit"], line["after"]) for line in told["lines"]] == [("C2", "P3")]
    file.write_text("unit,holder\nC2,P3\nXX,P3\n", encoding="utf-8")
    assert "row 3: “XX”" in refused("contacts", "propose", file, "--as", "one")
    file.write_text("unit,what\nC2,P3\n", encoding="utf-8")
    assert "holder" in refused("contacts", "propose", file, "--as", "one")
    bad = town / "bad.json"
    bad.write_text('{"rows": [{"unit": "C2"}]}', encoding="utf-8")
    assert "bad.json" in refused("contacts", "propose", bad, "--as", "one")


@pytest.mark.usefixtures("town")
def test_a_contact_given_back_is_listed_and_answered(gridgov: Gridgov, answer: Answer, refused: Refused) -> None:
    password = ["--password", "a long enough password"]
    gridgov("user", "add", "cadre", "--role", "cadre", "--cadre", "P2", *password)
    gridgov("user", "add", "one", "--role", "coordinator", *password)
    with changing() as session:
        held = contacting.mine(session, accounts.named(session, "cadre").cadre_id or 0, AT, Scope.everything())
        number = giving_back.give_back(session, held[0].contact, "调往外地", AT, accounts.named(session, "cadre").id).id
    (row,) = answer("contacts", "returns", *DAY)["rows"]
    assert (row["number"], row["holder_code"], row["reason"], row["state"]) == (number, "P2", "调往外地", "open")
    assert "no access" in refused("contacts", "settle", number, "--accept", "--as", "cadre")
    assert "Say why" in refused("contacts", "settle", number, "--decline", "--as", "one")
    assert "declined" in gridgov("contacts", "settle", number, "--decline", "--reason", "不", "--as", "one").stdout
    assert answer("contacts", "returns", *DAY)["rows"] == []
    assert "declined" in gridgov("contacts", "returns", "--all", *DAY).stdout
