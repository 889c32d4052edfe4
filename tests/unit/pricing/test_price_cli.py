"""claimstream price: answers, files of questions, exit codes and what goes where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from claimstream.cli import app
from claimstream.cli.exit_codes import EXIT_PROBLEMS, EXIT_USAGE
from claimstream.price_words import reason
from processors.pricing.status import STATUSES

VISIT = ["--code", "99214", "--modifiers", "25", "--pos", "11", "--date", "2026-03-01", "--locality", "CA-18"]
EXAMPLES = Path(__file__).parents[3] / "examples" / "contracts"

# 99214 in 2026 in California locality 18: 1.92 * 1.041 + 2.00 * 1.183 + 0.14 * 0.664 = 4.45768 units,
# times 33.4009 = 148.8905...


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CLAIMSTREAM_CONTRACTS", "CLAIMSTREAM_REFERENCE", "CLAIMSTREAM_HOME", "CLAIMSTREAM_TENANT"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["price", *arguments])


def answer(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json").stdout)
    return found


def test_an_office_visit_in_california_is_priced_to_the_cent() -> None:
    result = run(*VISIT, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert set(found) == {"allowed_cents", "rvu_total", "rvu_work", "basis", "status", "steps", "version"}
    assert (found["basis"], found["status"]) == ("fee_schedule", "priced")
    assert (found["allowed_cents"], found["rvu_total"], found["rvu_work"]) == (14_889, 4.45768, 1.92)
    assert found["steps"] == [{"step": "fee", "factor_e4": None, "amount_cents": 14_889}]


def test_99213_has_the_published_price() -> None:
    # (1.30 * 1.041 + 1.46 * 1.183 + 0.09 * 0.664) * 33.4009 = 104.886842216
    found = answer("--code", "99213", "--date", "2026-03-01", "--locality", "CA-18")
    assert (found["allowed_cents"], found["rvu_total"]) == (10_489, 3.14024)


def test_units_are_shown_without_binary_dust() -> None:
    found = answer("--code", "99214", "--date", "2026-03-01", "--locality", "US")
    assert (found["rvu_total"], found["rvu_work"]) == (4.06, 1.92)


def test_the_locality_may_be_a_state_or_the_nation() -> None:
    base = ["--code", "99213", "--date", "2026-03-01", "--locality"]
    assert answer(*base, "US")["allowed_cents"] == 9_519
    assert answer(*base, "SC")["allowed_cents"] == 9_104
    assert answer(*base, "sc-01")["allowed_cents"] == 9_104


def test_a_year_prices_by_its_last_schedule() -> None:
    base = ["--code", "99213", "--locality", "US"]
    assert answer(*base, "--date", "2026-03-01", "--year", "2025")["allowed_cents"] == 8_895
    assert answer(*base, "--year", "2025")["allowed_cents"] == 8_895


def test_units_and_charge_are_taken_into_account() -> None:
    visit = ["--code", "71046", "--date", "2026-03-01", "--locality", "US"]
    one = answer(*visit)["allowed_cents"]
    assert answer(*visit, "--units", "2")["allowed_cents"] == 2 * one
    assert answer(*visit, "--charge", "10.50")["allowed_cents"] == 1_050


def test_a_practitioner_is_paid_the_share_of_the_specialty() -> None:
    visit = ["--code", "99213", "--date", "2026-03-01", "--locality", "US"]
    assert answer(*visit, "--taxonomy", "363L00000X")["allowed_cents"] == 8_091  # 95.19 * 0.85


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (["--code", "99999"], "unknown_code"),
        (["--code", "36416"], "bundled"),
        (["--pos", "77"], "unknown_pos"),
        (["--date", "1999-01-01"], "no_year"),
        (["--locality", "CA-99"], "no_locality"),
        (["--locality", "ZZ"], "no_locality"),
        (["--units", "0"], "units_not_priced"),
    ],
)
def test_what_has_no_price_says_why_and_exits_with_3(change: list[str], status: str) -> None:
    result = run(*VISIT, *change)
    assert result.exit_code == EXIT_PROBLEMS
    assert f"no price: {status}" in result.stdout
    found = json.loads(run(*VISIT, *change, "--json").stdout)
    assert (found["allowed_cents"], found["status"], found["basis"], found["steps"]) == (None, status, "none", [])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--code", "99213", "--date", "2026-03-01"],
        ["--code", "99213", "--locality", "US"],
        [*VISIT, "--date", "03/01/2026"],
        [*VISIT, "--locality", "CA18"],
        [*VISIT, "--units", "two"],
        [*VISIT, "--charge", "1.234"],
        [*VISIT, "--charge", "-5"],
        [*VISIT, "--file", "lines.csv"],
        [*VISIT, "--nonsense"],
    ],
)
def test_wrong_usage_exits_with_2_and_says_nothing_on_stdout(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == EXIT_USAGE
    assert result.stdout == ""
    assert result.stderr


def test_the_build_up_ends_in_the_amount() -> None:
    lines = run("--code", "97110", "--units", "3", "--date", "2026-03-01", "--locality", "US", "--explain").stdout
    rows = [line.split() for line in lines.splitlines()]
    # 29.06 for the first unit, 22.21 for each other: 73.48
    assert ["parts_together", "73.48"] in rows
    assert ["units", "2", "44.42"] in rows
    assert any(row[:2] == ["allowed", "73.48,"] for row in rows)


def test_the_fee_can_be_checked_from_its_parts() -> None:
    rows = [line.split() for line in run(*VISIT, "--explain").stdout.splitlines()]
    assert ["work", "1.92", "1.041", "1.99872"] in rows
    assert ["practice", "expense", "2.00", "1.183", "2.36600"] in rows
    assert ["malpractice", "0.14", "0.664", "0.09296"] in rows
    assert ["4.45768", "units", "x", "33.4009", "=", "fee", "148.89"] in rows


@pytest.mark.parametrize(
    "question",
    [
        ["--code", "71046", "--modifiers", "26", "--date", "2026-03-01", "--locality", "US"],
        ["--code", "99213", "--pos", "22", "--date", "2025-03-01", "--locality", "FL-04"],
        ["--code", "99213", "--date", "2026-03-01", "--locality", "SC", "--year", "2025"],
    ],
)
def test_the_parts_are_those_of_the_price(question: list[str]) -> None:
    fee = answer(*question)["steps"][0]["amount_cents"]
    assert f"= fee {fee / 100:.2f}" in run(*question, "--explain").stdout


def test_a_fee_that_cannot_be_taken_apart_is_shown_without_parts() -> None:
    assert "= fee" not in run("--code", "99999", "--date", "2026-03-01", "--locality", "US", "--explain").stdout
    assert run("--code", "99999", "--date", "1999-03-01", "--locality", "US", "--explain").exit_code == EXIT_PROBLEMS


def test_a_contract_of_the_payer_goes_before_the_fee_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_CONTRACTS", str(EXAMPLES))
    by_contract = answer(*VISIT, "--payer", "CSCOM01")
    medicare = answer(*VISIT)
    assert by_contract["basis"] == "contract"
    assert by_contract["allowed_cents"] == (medicare["allowed_cents"] * 12_250 + 5_000) // 10_000
    assert by_contract["steps"][-1]["step"] == "contract:harbor-health-2026/default percent_of_medicare"
    assert answer(*VISIT, "--payer", "CSCOM01", "--tenant", "another")["basis"] == "fee_schedule"
    assert "+contracts-" in medicare["version"]


def test_a_fixed_year_of_a_contract_keeps_the_locality(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_CONTRACTS", str(EXAMPLES))
    chest = ["--code", "71046", "--date", "2026-03-01", "--locality", "CA-18"]
    of_2025 = answer(*chest, "--year", "2025")["allowed_cents"]
    assert answer(*chest, "--payer", "CSCOM01")["allowed_cents"] == (of_2025 * 11_000 + 5_000) // 10_000


def test_contracts_that_cannot_be_used_stop_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.yaml").write_text("id: bad\n", encoding="utf-8")
    monkeypatch.setenv("CLAIMSTREAM_CONTRACTS", str(tmp_path))
    result = run(*VISIT)
    assert result.exit_code not in {0, EXIT_PROBLEMS}
    assert "bad.yaml" in str(result.exception)


ROWS = """\
id,code,modifiers,pos,date,locality,units,charge,payer,claim
a,99214,25,11,2026-03-01,CA-18,,,,
b,99999,,11,2026-03-01,CA-18,,,,
c,99213,,11,01.03.2026,CA-18,,,,
d,99213,,11,2026-03-01,CA-18,1,x,,
e,99213,,11,2026-03-01,,,,,
f,,,11,2026-03-01,CA-18,,,,
g,20610,RT 59,22,2026-03-01,US,1,,,one
h,11042,,22,2026-03-01,US,1,,,one
i,20610,RT;59,22,2026-03-01,US,1,500.00,,
"""


def test_a_file_is_priced_row_by_row_and_bad_rows_say_why(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text(ROWS, encoding="utf-8")
    result = run("--file", "lines.csv", "--out", "priced.csv", "--explain")
    assert result.exit_code == EXIT_PROBLEMS
    assert result.stdout == ""
    assert "9 rows read" in result.stderr
    assert "4 rows priced, 5 without a price" in result.stderr
    priced = pl.read_csv(tmp_path / "priced.csv", infer_schema=False)
    assert priced["id"].to_list() == list("abcdefghi")
    status = dict(zip(priced["id"], priced["status"], strict=True))
    assert status == {
        **dict.fromkeys("aghi", "priced"),
        "b": "unknown_code",
        **dict.fromkeys("cdef", "unreadable"),
    }
    assert priced["problem"].to_list()[2:6] == [
        "date is not a date as 2026-03-01",
        "charge is not an amount as 150.00",
        "locality or zip is missing",
        "code is missing",
    ]
    assert int(priced["allowed_cents"][0]) == answer(*VISIT)["allowed_cents"]
    assert priced["steps"][0] == f"fee {int(priced['allowed_cents'][0]) / 100:.2f}"


def test_rows_of_one_claim_are_ranked_against_each_other(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text(ROWS, encoding="utf-8")
    result = run("--file", "lines.csv", "--explain")
    amount = {row.split(",")[0]: row for row in result.stdout.splitlines()}
    assert "multiple_procedure x0.5" in amount["g"] + amount["h"]
    assert "multiple_procedure x0.5" not in amount["i"]


def test_the_summary_of_a_file_counts_statuses(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text(ROWS, encoding="utf-8")
    summary = json.loads(run("--file", "lines.csv", "--out", "priced.csv", "--json").stdout)
    assert summary["rows"] == 9
    assert summary["statuses"] == {"priced": 4, "unreadable": 4, "unknown_code": 1}
    assert run("--file", "lines.csv", "--json").exit_code == EXIT_USAGE


def test_a_file_of_good_rows_exits_with_0_and_prints_them(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text("code,pos,date,locality\n99213,11,2026-03-01,CA-18\n", encoding="utf-8")
    result = run("--file", "lines.csv")
    assert result.exit_code == 0
    header, row = result.stdout.splitlines()
    assert header == "code,pos,date,locality,allowed_cents,rvu_total,rvu_work,basis,status,problem,version"
    assert row.startswith("99213,11,2026-03-01,CA-18,10489,3.14024,1.3,fee_schedule,priced,,mpfs-")


@pytest.mark.parametrize("rows", ["code,pos,date,locality\n", "code,pos,date,locality\nx,,,\n"])
def test_a_file_without_readable_rows_is_answered(tmp_path: Path, rows: str) -> None:
    (tmp_path / "lines.csv").write_text(rows, encoding="utf-8")
    result = run("--file", "lines.csv")
    assert result.exit_code == (EXIT_PROBLEMS if "x" in rows else 0)
    assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(
    ("header", "missing"),
    [("code,pos,locality", "date"), ("pos,date,zip", "code"), ("code,pos,date", "locality or zip")],
)
def test_missing_columns_are_wrong_usage_and_named(tmp_path: Path, header: str, missing: str) -> None:
    (tmp_path / "lines.csv").write_text(f"{header}\n1,2,3\n", encoding="utf-8")
    result = run("--file", "lines.csv")
    assert result.exit_code == EXIT_USAGE
    assert f"has no column {missing}" in " ".join(result.stderr.replace("│", " ").split())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = run("--file", "absent.csv")
    assert result.exit_code == 1
    assert "absent.csv" in str(result.exception)


def test_a_year_that_no_calendar_has_is_wrong_usage() -> None:
    assert run("--code", "99214", "--locality", "CA-18", "--year", "99999").exit_code == EXIT_USAGE


def test_what_has_no_price_is_told_in_words() -> None:
    question = ["--code", "99213", "--date", "2026-03-01", "--locality", "US", "--modifiers", "ZQ"]
    assert answer(*question)["reason"] == "A modifier is not published. Correct it."
    assert "unknown_modifier. A modifier is not published." in " ".join(run(*question).stdout.split())


def test_every_status_has_words() -> None:
    for status in (*STATUSES, "modifier_not_in_contract", "no_charge"):
        assert status == "priced" or reason(status) != status


# 99213 in the nation in 2026: 2.85 * 33.4009 = 95.19.
NATIONAL = ["--code", "99213", "--date", "2026-03-01", "--locality", "US"]


def test_what_medicare_and_the_patient_pay_is_told_when_asked() -> None:
    # 95.19 * .8 = 76.15 (76.152), the patient 19.04; 76.15 * .02 = 1.52, paid 74.63
    found = answer(*NATIONAL, "--deductible", "0")
    assert (found["patient_cents"], found["sequestration_cents"], found["payment_cents"]) == (1_904, 152, 7_463)
    assert "payment 74.63" in run(*NATIONAL, "--deductible", "0").stdout
    assert run(*NATIONAL, "--deductible", "much").exit_code == EXIT_USAGE
    assert "payment_cents" not in answer(*NATIONAL)


def test_providers_outside_medicare_and_in_payment_models_are_paid_their_fee() -> None:
    # 95.19 * .95 = 90.43 (90.4305); 2.85 * 33.5675 = 95.67
    assert answer(*NATIONAL, "--non-participating")["allowed_cents"] == 9_043
    assert answer(*NATIONAL, "--apm")["allowed_cents"] == 9_567
    assert "2.85000 units x 33.5675 = fee 95.67" in run(*NATIONAL, "--apm", "--explain").stdout


def test_aftercare_of_some_days_is_paid_by_the_day() -> None:
    # 27447 34.71 * 33.4009 = 1159.35 * .21 = 243.46, 60 of 90 days 162.31
    knee = ["--code", "27447", "--pos", "21", "--date", "2026-03-01", "--locality", "US", "--modifiers", "55"]
    assert answer(*knee, "--aftercare", "60")["allowed_cents"] == 16_231
    assert run(*knee, "--aftercare", "some").exit_code == EXIT_USAGE


def test_a_contract_of_some_plans_is_found_by_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_CONTRACTS", str(EXAMPLES))
    visit = ["--code", "99203", "--date", "2026-03-01", "--locality", "US", "--payer", "CSCOM02"]
    assert answer(*visit, "--plan-type", "ppo")["allowed_cents"] == 13_100
    assert answer(*visit, "--plan-type", "hmo")["basis"] == "fee_schedule"


def test_a_file_may_say_who_takes_part_and_what_cannot_be_read(tmp_path: Path) -> None:
    rows = "code,pos,date,locality,participating,in_apm\n"
    rows += "99213,11,2026-03-01,US,no,\n99213,11,2026-03-01,US,Yes,1\n99213,11,2026-03-01,US,perhaps,\n"
    (tmp_path / "lines.csv").write_text(rows, encoding="utf-8")
    run("--file", "lines.csv", "--out", "priced.csv")
    priced = pl.read_csv(tmp_path / "priced.csv")
    assert priced["allowed_cents"].to_list() == [9_043, 9_567, None]
    assert priced["problem"].to_list() == [None, None, "participating is neither yes nor no"]
