"""Odd files are answered rightly: what they hold is found, by both readers, and what is wrong is named."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from claimstream.cli import app
from claimstream.x12.report import FileReport
from processors.x12 import ParsedClaim, ParsedRemit, X12Problem, read_file
from processors.x12.verdicts import judge_file
from tests.unit.x12.both_ways import same
from tests.unit.x12.odd_files import ODD_FILES, SOUND, WARNINGS
from tests.unit.x12.reading import INTAKE, SEALER, opened, opened_remit

WRITTEN_ODDLY = (
    "other separators", "line feed ends segments", "CR and LF behind terminators",
    "blank lines and byte-order mark first", "indented lines", "ISA with wrong padding", "no IEA",
    "no errata in the version", "errata A2", "errata not known yet", "4010 claims", "encounter",
)  # fmt: skip
"""Files that hold the sound claim, told by another sender."""
PLACES = ("event_id", "_hash", "phi", "source_byte_start", "source_byte_end")
"""Fields that depend on how a claim is written."""


def only_claim(name: str) -> ParsedClaim:
    (found,) = [one for one in read_file(ODD_FILES[name][0](), INTAKE) if isinstance(one, ParsedClaim)]
    return found


@pytest.mark.parametrize("name", ODD_FILES)
def test_an_odd_file_holds_what_was_written_by_both_readers(name: str) -> None:
    make, expected = ODD_FILES[name]
    report = FileReport()
    for result in read_file(make(), INTAKE):
        report.add(result)
    errors = {problem.code for problem in report.problems if problem.severity != "warning"}
    assert (report.claims, report.remit_claims, report.ack_records, report.balanced, errors) == expected
    assert report.claims_rejected == 0
    warnings = {problem.code for problem in report.problems if problem.severity == "warning"}
    assert warnings == WARNINGS.get(name, set())
    same(make())


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("eligibility question", "an eligibility request (270)"),
        ("status answer", "a claim acknowledgement or status answer (277)"),
        ("predetermination guide", "a predetermination"),
    ],
)
def test_a_set_that_is_not_read_is_named_and_acknowledged_as_unsupported(name: str, called: str) -> None:
    found = list(read_file(ODD_FILES[name][0](), INTAKE))
    assert [called in one.message for one in found if isinstance(one, X12Problem)] == [True]
    verdicts = judge_file(found, SEALER, "acme")
    assert [one.decision for file in verdicts for group in file.groups for one in group.sets] == ["R"]


@pytest.mark.parametrize("name", WRITTEN_ODDLY)
def test_a_claim_that_is_written_oddly_is_the_same_claim(name: str) -> None:
    (sound,) = [one for one in read_file(SOUND, INTAKE) if isinstance(one, ParsedClaim)]
    odd = only_claim(name)
    assert {**odd.event, **dict.fromkeys(PLACES)} == {**sound.event, **dict.fromkeys(PLACES)}
    assert opened(odd) == opened(sound)


def test_a_claim_keeps_all_of_its_99_lines() -> None:
    lines = only_claim("99 lines").event["lines"]
    assert [(line["line_number"], line["charge_cents"]) for line in lines] == [(at, 100) for at in range(1, 100)]


def test_a_dental_claim_has_its_teeth_and_the_day_of_the_whole_claim() -> None:
    (line,) = only_claim("dental with teeth").event["lines"]
    assert (line["procedure_code"], line["tooth_codes"], line["tooth_surfaces"]) == ("D2392", ["3"], ["M", "O"])
    assert (line["service_from"], line["service_to"]) == (date(2026, 9, 10), date(2026, 9, 10))


def test_each_other_payer_has_its_own_amounts() -> None:
    event = only_claim("three other payers").event
    assert [tuple(one[name] for name in ("payer_sequence", "payer_id", "claim_filing_code", "paid_cents",
        "adjudicated_on")) for one in event["other_payers"]] == [
        ("S", "CSOTHS", "CI", 2000, date(2026, 9, 15)), ("T", "CSOTHT", "CI", 500, None),
        ("A", "CSOTHA", "CI", 100, None),
    ]  # fmt: skip
    (line,) = event["lines"]
    assert line["other_payer_paid_cents"] == 2000
    assert [(one["group_code"], one["carc"], one["amount_cents"]) for one in line["adjustments"]] == [
        ("CO", "45", 8000)
    ]
    assert (event["payer_id"], event["payer_sequence"]) == ("CSCOM01", "P")


def test_a_stay_has_its_dates_codes_and_amounts() -> None:
    stay = only_claim("institutional stay").event
    told = {
        "type_of_bill": "0131", "statement_from": date(2026, 9, 1), "statement_to": date(2026, 9, 3),
        "admitted_on": date(2026, 9, 1), "admission_type": "1", "admission_source": "7", "patient_status": "01",
        "diagnosis_codes": ["A419"], "diagnosis_poa": ["Y"],
        "occurrences": [{"code": "11", "date_from": date(2026, 9, 1), "date_to": None}],
        "value_codes": [{"code": "A2", "amount_cents": 1531}],
    }  # fmt: skip
    assert {name: stay[name] for name in told} == told
    (line,) = stay["lines"]
    assert (line["revenue_code"], line["procedure_code"], line["charge_cents"]) == ("0300", "85025", 30000)


def test_what_identifies_people_is_kept_letter_by_letter() -> None:
    assert opened(only_claim("Windows-1252 in a name"))["subscriber"]["first"] == "Jos\xe9 \x96 N"
    assert opened(only_claim("UTF-8 in a name"))["subscriber"]["first"] == "José"
    blanks = opened(only_claim("blanks in a name"))["subscriber"]
    assert (blanks["last"], blanks["first"]) == (" ZZ CANARY ", " ANN ")
    assert opened(only_claim("a name that begins with ISA"))["subscriber"]["last"] == "ISAACS"
    repeated = opened(only_claim("repeated elements"))["subscriber"]
    assert repeated["race_or_ethnicity"] == "RET:2106-3^RET:2054-5"


def test_a_segment_of_an_unknown_id_is_counted_and_kept() -> None:
    claim = only_claim("lower-case segment ids")
    assert claim.unmapped == ("dtp",)
    assert ["2400", 1, ["dtp", "472", "D8", "20260910"]] in opened(claim)["segments"]


def test_a_remittance_without_claims_tells_its_provider_adjustments() -> None:
    (found,) = [one for one in read_file(ODD_FILES["provider adjustments alone"][0](), INTAKE)
        if isinstance(one, ParsedRemit)]  # fmt: skip
    event = found.event
    assert (event["kind"], event["payment_handling"], event["transaction_balanced"]) == ("provider", "H", True)
    assert [(one["reason_code"], one["amount_cents"]) for one in event["provider_adjustments"]] == [
        ("WO", 3000), ("FB", -2000), ("L6", -1000),
    ]  # fmt: skip
    assert opened_remit(found)["references"] == ["ZZR1", "ZZR2", "ZZR3"]


def test_a_reversal_is_negative_and_its_correction_is_told() -> None:
    found = read_file(ODD_FILES["reversal and correction"][0](), INTAKE)
    events = [one.event for one in found if isinstance(one, ParsedRemit)]
    assert [(one["reversal"], one["correction"], one["paid_cents"]) for one in events] == [
        (True, False, -8000),
        (False, True, 8000),
    ]


def test_check_prints_the_keys_that_programs_rely_on(tmp_path: Path) -> None:
    file = tmp_path / "odd.835"
    file.write_bytes(ODD_FILES["reversal and correction"][0]())
    found = json.loads(CliRunner().invoke(app, ["x12", "check", str(file), "--json"]).stdout)
    named = ("interchanges", "transactions", "claims", "remit_claims", "ack_records", "balanced", "errors")
    assert [found[name] for name in named] == [1, 1, 0, 2, 0, True, []]
