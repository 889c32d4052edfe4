"""What has no expected amount is told on the claim as a finding, and never touches what has one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from processors.pipeline import ClaimPipeline
from processors.pricing.findings import find_unpriced
from processors.pricing.price import price
from processors.validation import RuleCatalogue, validate
from processors.validation.examples import example_batch
from reference.library import ReferenceLibrary
from tests.unit.pricing.full_book import full_book

COMPLETE = RuleCatalogue.load(library=ReferenceLibrary.starter().as_if_complete())


def found(*claims: dict[str, Any], catalogue: RuleCatalogue = COMPLETE) -> list[tuple[int, int | None, str]]:
    batch = find_unpriced(price(validate(example_batch(claims), catalogue), full_book()), catalogue)
    rows = batch.findings.select("row", "line_number", "rule_id").rows()
    return [(row, line, rule) for row, line, rule in rows if rule.startswith("PRI")]


def test_every_line_without_a_price_has_a_finding_of_its_own() -> None:
    lines = [{}, {"procedure_code": "99999"}, {"modifiers": ["ZQ"]}, {"place_of_service": "07"}]
    assert found({"lines": [{}]}, {"lines": lines}) == [(1, 2, "PRI001"), (1, 3, "PRI005"), (1, 4, "PRI004")]


@pytest.mark.parametrize(
    ("claim", "rule"),
    [
        ({"lines": [{"service_from": date(2019, 6, 1)}]}, "PRI002"),
        ({"billing_state": "ZZ", "billing_zip": None}, "PRI003"),
        ({"lines": [{"procedure_code": "27447", "modifiers": ["62", "80"], "place_of_service": "21"}]}, "PRI005"),
        ({"lines": [{"procedure_code": "99199"}]}, "PRI006"),
        ({"lines": [{"units": 0.0}]}, "PRI007"),
        ({"lines": [{"modifiers": ["GZ"]}]}, "PRI009"),
    ],
)
def test_bad_input_is_told_with_its_reason(claim: dict[str, Any], rule: str) -> None:
    assert found(claim) == [(0, 1, rule)]


def test_priced_lines_and_other_claim_types_have_none() -> None:
    batch = price(validate(example_batch([{}, {"claim_type": "institutional"}]), COMPLETE), full_book())
    assert find_unpriced(batch, COMPLETE) is batch


def test_unknown_codes_are_not_told_where_only_the_starter_schedule_is_loaded() -> None:
    starter = RuleCatalogue.load()
    assert found({"lines": [{"procedure_code": "99999"}]}, catalogue=starter) == []


def test_the_record_is_no_reason_to_stop_a_claim() -> None:
    claims = ClaimPipeline.shipped().run(example_batch([{}, {"lines": [{"units": 1.0, "modifiers": ["ZQ"]}]}]))
    findings = claims.findings
    assert set(findings.filter(rule_id="PRI005")["severity"]) == {"info"}
    for severity in ("error", "warning"):
        assert claims.claims[f"{severity}_count"].sum() == findings.filter(severity=severity).height
