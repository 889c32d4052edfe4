"""Validation of whole batches: findings, counts and edge cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.batch import FINDINGS_SCHEMA
from processors.validation import RuleCatalogue, validate
from processors.validation.columns.npi import npis_are_valid
from processors.validation.examples import example_batch
from reference.library import ReferenceLibrary

CATALOGUE = RuleCatalogue.load(library=ReferenceLibrary.starter().as_if_complete())


def luhn_by_hand(npi: str) -> bool:
    digits = [int(c) for c in reversed("80840" + npi)]
    doubled = [d if i % 2 == 0 else sum(divmod(d * 2, 10)) for i, d in enumerate(digits)]
    return npi[0] in "12" and sum(doubled) % 10 == 0


@given(st.lists(st.from_regex(r"[0-3][0-9]{9}", fullmatch=True), min_size=1, max_size=30))
def test_the_columnar_check_digit_agrees_with_the_one_computed_by_hand(numbers: list[str]) -> None:
    frame = pl.DataFrame({"npi": numbers})
    assert npis_are_valid(frame["npi"]).to_list() == [luhn_by_hand(number) for number in numbers]


def test_the_check_digit_knows_published_examples_and_odd_values() -> None:
    values = [
        "1234567893",
        "1245319599",
        "2000000002",
        "1234567890",
        "",
        "12345678931",
        " 234567893",
        "\uff11234567893",
        None,
    ]
    frame = pl.DataFrame({"npi": values})
    expected = [True, True, True, False, False, False, False, False, None]
    assert npis_are_valid(frame["npi"]).to_list() == expected


def test_findings_come_by_claim_with_errors_first() -> None:
    batch = example_batch(
        [{"documentation_score": 1}, {"billing_npi": None, "documentation_score": 1, "lines": [{"units": 0.0}]}]
    )
    found = validate(batch, CATALOGUE).findings
    assert found.schema == FINDINGS_SCHEMA
    assert found.select("row", "line_number", "rule_id", "severity").rows() == [
        (0, None, "COV013", "warning"),
        (1, None, "NPI001", "error"),
        (1, 1, "AMT007", "error"),
        (1, None, "COV013", "warning"),
    ]


def test_the_counts_and_the_version_stand_on_the_claims() -> None:
    batch = example_batch([{}, {"billing_npi": None, "documentation_score": 1, "lines": [{"units": 0.0}]}])
    claims = validate(batch, CATALOGUE).claims
    assert claims.select("error_count", "warning_count").rows() == [(0, 0), (2, 1)]
    assert claims["rule_pack_version"].unique().to_list() == [CATALOGUE.version]
    assert claims.schema["error_count"] == pl.Int32


def test_a_message_shows_the_values_of_its_own_claim() -> None:
    batch = example_batch([{"total_charge_cents": 1}, {}, {"total_charge_cents": 2}])
    assert validate(batch, CATALOGUE).findings["message"].to_list() == [
        "The claim charge is 1 cents, its lines add up to 15000 cents.",
        "The claim charge is 2 cents, its lines add up to 15000 cents.",
    ]


def test_a_line_finding_names_its_line() -> None:
    lines = [{}, {"procedure_code": "20610"}, {"units": -1.0}]
    batch = example_batch([{"total_charge_cents": 45_000, "lines": lines}])
    findings = validate(batch, CATALOGUE).findings.filter(pl.col("rule_id") == "AMT007")
    assert findings["line_number"].to_list() == [3]


def test_the_clock_of_the_batch_decides_what_is_the_future() -> None:
    early = example_batch()
    assert "DAT004" not in validate(early, CATALOGUE).findings["rule_id"]
    before = example_batch(now=early.now - timedelta(days=60))
    assert "DAT004" in validate(before, CATALOGUE).findings["rule_id"]


def test_an_empty_batch_has_no_findings_and_the_same_columns() -> None:
    full = validate(example_batch(), CATALOGUE)
    empty = validate(example_batch().take([]), CATALOGUE)
    assert empty.findings.schema == FINDINGS_SCHEMA
    assert empty.claims.schema == full.claims.schema
    assert empty.size == 0


def test_a_batch_of_claims_without_lines_is_answered() -> None:
    found = validate(example_batch([{"lines": []}, {"lines": []}]), CATALOGUE).findings
    assert found.select("row", "rule_id").rows() == [(0, "HDR006"), (1, "HDR006")]


def test_validating_twice_changes_nothing() -> None:
    once = validate(example_batch([{"total_charge_cents": 1}]), CATALOGUE)
    twice = validate(once, CATALOGUE)
    assert twice.findings.equals(once.findings)
    assert twice.claims.equals(once.claims)


def test_a_claim_of_nulls_is_answered_not_raised() -> None:
    nothing = {
        name: None
        for name, dtype in example_batch().claims.schema.items()
        if name not in ("row", "claim_type") and not isinstance(dtype, pl.List)
    }
    line = dict.fromkeys(("procedure_code", "units", "charge_cents", "modifiers", "diagnosis_pointers"))
    found = validate(example_batch([{**nothing, "lines": [line]}]), CATALOGUE).findings
    assert {"NPI001", "HDR001", "PRC001"} <= set(found["rule_id"])


@settings(max_examples=15, deadline=None)
@given(
    text=st.text(max_size=12),
    cents=st.integers(-(2**62), 2**62),
    units=st.floats(allow_nan=True),
    pointers=st.lists(st.integers(-5, 20), max_size=6),
)
def test_no_content_makes_validation_raise(text: str, cents: int, units: float, pointers: list[int]) -> None:
    claim = {
        "billing_npi": text,
        "billing_zip": text,
        "payer_id": text,
        "frequency_code": text,
        "diagnosis_codes": [text, text],
        "total_charge_cents": cents,
        "lines": [{"procedure_code": text, "modifiers": [text], "units": units, "diagnosis_pointers": pointers}],
    }
    validated = validate(example_batch([claim]), CATALOGUE)
    assert validated.claims["error_count"].item() > 0


def test_diagnoses_without_a_limit_or_missing_leave_those_of_other_claims_in_place() -> None:
    # O80 asks for a woman, C61 for a man: the first diagnosis that asks decides.
    codes: list[list[str] | None] = [[], None, ["I10", "O80"], [], ["C61", "O80"], ["I10"]]
    batch = example_batch([{"diagnosis_codes": code, "patient_sex": "M"} for code in codes])
    found = validate(batch, CATALOGUE).findings.filter(pl.col("rule_id") == "DX007")
    assert found["row"].to_list() == [2]


def test_the_order_of_the_lines_among_the_claims_does_not_matter() -> None:
    batch = example_batch([{"total_charge_cents": 45_000, "lines": [{}, {}, {}]}, {}, {"lines": [{"units": 0.0}]}])
    mixed = replace(batch, lines=batch.lines[[4, 2, 0, 3, 1]])
    assert validate(mixed, CATALOGUE).findings.equals(validate(batch, CATALOGUE).findings)
