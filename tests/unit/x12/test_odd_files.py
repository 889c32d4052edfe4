"""Odd files are answered rightly: what they hold is found, by both readers, and what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from claimstream.cli import app
from claimstream.x12.report import FileReport
from processors.x12 import ParsedClaim, ParsedRemit, read_file
from processors.x12.verdicts import judge_file
from tests.unit.x12.both_ways import same
from tests.unit.x12.odd_files import ODD_FILES
from tests.unit.x12.reading import INTAKE, SEALER, opened


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
    same(make())


@pytest.mark.parametrize("name", ["eligibility question", "status answer", "predetermination guide"])
def test_a_set_that_is_not_read_is_acknowledged_as_unsupported(name: str) -> None:
    verdicts = judge_file(read_file(ODD_FILES[name][0](), INTAKE), SEALER, "acme")
    assert [one.decision for file in verdicts for group in file.groups for one in group.sets] == ["R"]


def test_values_of_odd_claims_are_where_they_belong() -> None:
    assert len(only_claim("99 lines").event["lines"]) == 99
    (line,) = only_claim("dental with teeth").event["lines"]
    assert (line["procedure_code"], line["tooth_codes"], line["tooth_surfaces"]) == ("D2392", ["3"], ["M", "O"])
    payers = only_claim("three other payers").event["other_payers"]
    assert [(one["payer_sequence"], one["payer_id"]) for one in payers] == [
        ("S", "CSOTHS"),
        ("T", "CSOTHT"),
        ("A", "CSOTHA"),
    ]
    stay = only_claim("institutional stay").event
    assert (stay["type_of_bill"], stay["diagnosis_poa"], stay["value_codes"]) == (
        "0131",
        ["Y"],
        [{"code": "A2", "amount_cents": 1531}],
    )
    assert opened(only_claim("Windows-1252 in a name"))["subscriber"]["first"] == "Jos\xe9 \x96 N"
    assert opened(only_claim("UTF-8 in a name"))["subscriber"]["first"] == "José"
    assert opened(only_claim("blanks in a name"))["subscriber"]["first"] == " ANN "


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
