"""The comparison: every engine in Python works out the same findings and features as claimstream."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest
from fastavro import parse_schema, schemaless_reader

from loadtest.peers import rule_code
from loadtest.peers.columnar import feature_matrix
from loadtest.peers.equality import Answer, differences
from loadtest.peers.per_event.features import FEATURES, features
from loadtest.peers.per_event.npi import npi_valid
from loadtest.peers.per_event.work import disposition
from loadtest.peers.rules import load_rules
from models.synthetic import generate
from processors.batch import ClaimBatch
from processors.npi import VALID, npi_checks
from processors.validation import RuleCatalogue, validate
from schemas.codec import ColumnarEncoder
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.registry import CheckedInIds

NOW = datetime(2026, 6, 15, tzinfo=UTC)
HEADER_BYTES = 5


@cache
def events() -> pl.DataFrame:
    """Synthetic claims, of which some break every kind of condition."""
    made = generate(300, 7, start=datetime(2026, 6, 1, tzinfo=UTC)).events
    row = pl.int_range(pl.len())
    return made.with_columns(
        payer_id=pl.when(row % 7 != 0).then("payer_id"),
        total_charge_cents=pl.when(row % 11 == 0).then(-1).otherwise("total_charge_cents"),
        accident_cause=pl.when(row % 5 == 0).then(pl.lit("AA")).otherwise("accident_cause"),
        patient_sex=pl.when(row % 13 == 0).then(pl.lit("X")).otherwise("patient_sex"),
        lines=pl.when(row % 17 != 0).then("lines").otherwise(pl.col("lines").list.head(0)),
    )


@cache
def records() -> list[dict[str, Any]]:
    """The claims as the other engines read them."""
    schema = parse_schema(CLAIMS_SUBMITTED.schema)
    values = ColumnarEncoder(CLAIMS_SUBMITTED, CheckedInIds()).encode(events())
    found: Any = [schemaless_reader(BytesIO(value[HEADER_BYTES:]), schema, None) for value in values]
    return list(found)


@pytest.fixture(scope="module")
def python_rules(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    file = tmp_path_factory.mktemp("rules") / "peer_rules.py"
    file.write_text(rule_code.python_source(load_rules(), CLAIMS_SUBMITTED.schema))
    spec = importlib.util.spec_from_file_location("peer_rules", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_forty_rules() -> None:
    assert len({rule.id for rule in load_rules()}) == 40


def test_python_and_claimstream_find_the_same(python_rules: ModuleType, tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    pack.write_text(rule_code.pack_source(load_rules()))
    batch = validate(ClaimBatch.from_events(events(), NOW), RuleCatalogue.load([pack]))
    ours: list[set[tuple[str, int | None, str]]] = [set() for _ in range(batch.size)]
    for row, line, rule, severity in batch.findings.select("row", "line_number", "rule_id", "severity").iter_rows():
        ours[row].add((rule, line, severity))
    theirs = [set(python_rules.find(claim)) for claim in records()]
    assert theirs == ours
    fired = {rule for found in ours for rule, _, _ in found}
    assert len(fired) > 15, f"the claims show too little: {sorted(fired)}"


def test_every_condition_is_java_too() -> None:
    source = rule_code.java_source(load_rules(), CLAIMS_SUBMITTED.schema)
    assert source.count("found.add(") == 40
    assert "claim.getServiceTo().isBefore(claim.getServiceFrom())" in source
    assert "Boolean.FALSE.equals(billingNpiValid)" in source
    assert '!("M".equals(claim.getPatientSex()) || "F".equals(' in source


def test_features_are_the_same_for_one_claim_and_for_a_batch() -> None:
    whole = feature_matrix(ClaimBatch.from_events(events(), NOW))
    single = np.array([features(claim) for claim in records()], dtype=np.float32)
    for place, name in enumerate(FEATURES):
        np.testing.assert_array_equal(whole[:, place], single[:, place], err_msg=name)


@pytest.mark.parametrize("npi", ["1234567893", "1234567890", "3234567893", "12345", "12345678AB", "1" * 10])
def test_an_npi_is_valid_for_the_peers_when_it_is_for_claimstream(npi: str) -> None:
    assert npi_valid(npi) == (npi_checks(pl.DataFrame({"npi": [npi]}))[0, 0] == VALID)


def test_a_claim_is_decided_by_its_gravest_finding() -> None:
    assert disposition([("A", None, "warning"), ("B", 1, "error")], 0.9) == "rejected"
    assert disposition([("A", None, "warning")], 0.9) == "review"
    assert disposition([("A", None, "info")], 0.59) == "review"
    assert disposition([("A", None, "info")], 0.61) == "ready"


def test_differences_are_found_in_findings_and_in_probabilities() -> None:
    plain = Answer(frozenset(), 0.5)
    found = Answer(frozenset({("PEE001", None, "error")}), 0.5)
    one = {"a": plain, "b": plain, "c": plain, "mine": plain}
    other = {"a": plain, "b": found, "c": Answer(frozenset(), 0.6), "theirs": plain}
    compared, unequal, gap = differences(one, other)
    assert (compared, unequal) == (3, 2)
    assert gap == pytest.approx(0.1)
