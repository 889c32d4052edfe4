"""Varied claims that a payer takes as they are give no error and no warning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from processors.validation import RuleCatalogue, validate
from processors.validation.examples import example_batch, unknown_fields
from reference.library import ReferenceLibrary

CLEAN = yaml.safe_load((Path(__file__).parents[2] / "data" / "clean_claims.yaml").read_text(encoding="utf-8"))
CATALOGUE = RuleCatalogue.load(library=ReferenceLibrary.starter())


@pytest.mark.parametrize("case", CLEAN, ids=lambda case: case["name"])
def test_a_clean_claim_has_no_error_and_no_warning(case: dict[str, Any]) -> None:
    assert unknown_fields(case["claim"]) == []
    findings = validate(example_batch([case["claim"]]), CATALOGUE).findings
    assert findings.filter(pl.col("severity") != "info").select("rule_id", "message").rows() == []


def test_there_are_clean_claims_of_every_kind() -> None:
    kinds = {case["claim"].get("claim_type", "professional") for case in CLEAN}
    assert kinds == {"professional", "institutional", "dental"}
    assert len(CLEAN) >= 25
