"""The feature matrix: named, in range, and each row from its own claim alone."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from models.synthetic import generate
from models.training.encoders import fit_encoders
from processors.batch import ClaimBatch
from processors.features import (
    FEATURE_NAMES,
    FEATURES,
    TABLES,
    Encoders,
    Lookup,
    feature_array,
    feature_hash,
    feature_matrix,
    hash_of_names,
)

NOW = datetime(2026, 3, 2, tzinfo=UTC)
_SOURCE = generate(1_500, 21, start=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def batch() -> ClaimBatch:
    return ClaimBatch.from_events(_SOURCE.events, NOW)


@pytest.fixture(scope="module")
def encoders(batch: ClaimBatch) -> Encoders:
    return fit_encoders(batch, _SOURCE.truth)


def changed(**values: pl.Expr) -> pl.DataFrame:
    """Return the features of the claims after a change of their fields."""
    return feature_matrix(ClaimBatch.from_events(_SOURCE.events.with_columns(**values), NOW))


def test_names_are_unique_and_at_least_sixty_one() -> None:
    assert len(set(FEATURE_NAMES)) == len(FEATURE_NAMES) >= 61
    assert all(feature.source and feature.missing and feature.low < feature.high for feature in FEATURES)


def test_the_hash_depends_on_the_order_of_names() -> None:
    assert hash_of_names(FEATURE_NAMES) == feature_hash()
    assert hash_of_names(FEATURE_NAMES[::-1]) != feature_hash()


def test_the_matrix_has_catalogue_columns_within_their_ranges(batch: ClaimBatch, encoders: Encoders) -> None:
    matrix = feature_matrix(batch, encoders)
    assert tuple(matrix.columns) == FEATURE_NAMES
    assert set(matrix.dtypes) == {pl.Float32}
    assert matrix.height == batch.size
    for feature in FEATURES:
        known = matrix[feature.name].fill_nan(None).drop_nulls()
        assert known.is_between(feature.low - 1e-6, feature.high + 1e-6).all(), feature.name


def test_every_table_is_learnt_and_every_encoded_feature_varies(batch: ClaimBatch, encoders: Encoders) -> None:
    assert set(encoders.tables) == set(TABLES)
    matrix = feature_matrix(batch, encoders)
    for feature in FEATURES:
        learnt = feature.name.endswith("_rate") and not feature.name.startswith("history_")
        if learnt or feature.name.startswith("support"):
            assert matrix[feature.name].fill_nan(None).n_unique() > 3, feature.name


def test_without_encoders_encoded_features_are_missing(batch: ClaimBatch) -> None:
    matrix = feature_matrix(batch)
    for name in ("payer_denial_rate", "filing_limit_ratio", "support_min", "age_conflict_count"):
        column = matrix[name]
        assert column.is_nan().all() or name == "age_conflict_count"


def test_a_row_does_not_depend_on_order_or_number_of_claims(batch: ClaimBatch, encoders: Encoders) -> None:
    whole = feature_array(batch, encoders)
    rows = np.random.default_rng(1).permutation(batch.size)[:200]
    mixed = feature_array(batch.take(rows.tolist()), encoders)
    np.testing.assert_array_equal(mixed, whole[rows])
    alone = feature_array(batch.take([7]), encoders)
    np.testing.assert_array_equal(alone[0], whole[7])


def test_line_order_does_not_matter(batch: ClaimBatch, encoders: Encoders) -> None:
    shuffled = ClaimBatch(batch.claims, batch.lines.sample(fraction=1.0, shuffle=True, seed=3), NOW)
    np.testing.assert_allclose(feature_array(shuffled, encoders), feature_array(batch, encoders), rtol=1e-6)


def test_no_claims_give_no_rows(encoders: Encoders) -> None:
    empty = ClaimBatch.from_events(_SOURCE.events.clear(), NOW)
    assert feature_array(empty, encoders).shape == (0, len(FEATURES))


def test_a_claim_whose_optional_fields_are_all_null_gets_a_row() -> None:
    schema = _SOURCE.events.schema
    keep = {"event_id", "tenant_id", "claim_id", "submitted_at", "claim_type", "lines", "total_charge_cents"}
    nulled = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
        if name not in keep and not isinstance(dtype, pl.List) and dtype != pl.Boolean
    ]
    emptied = [
        pl.lit([], dtype).alias(name)
        for name, dtype in schema.items()
        if name not in keep and isinstance(dtype, pl.List)
    ]
    events = _SOURCE.events.head(20).with_columns(*nulled, *emptied)
    matrix = feature_matrix(ClaimBatch.from_events(events, NOW))
    assert matrix.height == 20
    assert matrix["patient_age_years"].is_nan().all()


def test_a_missing_authorisation_is_seen() -> None:
    required, given = pl.lit(value=True), pl.lit(value=False)
    assert (changed(prior_auth_required=required, prior_auth_on_file=given)["auth_missing"] == 1).all()
    assert (changed(prior_auth_required=required, prior_auth_on_file=required)["auth_missing"] == 0).all()


def test_a_wrong_npi_and_an_unbalanced_total_are_seen() -> None:
    wrong = changed(billing_npi=pl.lit("1234567890"), total_charge_cents=pl.col("total_charge_cents") + 1)
    right = changed(billing_npi=pl.lit("1234567893"))
    assert (wrong["npi_invalid_count"] == right["npi_invalid_count"] + 1).all()
    assert wrong["charge_off_balance"].to_numpy().mean() > 0.99
    letters = changed(billing_npi=pl.lit("12345A7893"))
    assert (letters["npi_invalid_count"] == wrong["npi_invalid_count"]).all()


def test_repeated_lines_count_as_duplicates_unless_a_modifier_says_why() -> None:
    first = _SOURCE.events.head(1)
    line = pl.col("lines").list.head(1)
    bare = first.with_columns(lines=pl.concat_list(line, line, line))
    told = line.list.eval(pl.element().struct.with_fields(modifiers=pl.lit(["76"])))
    with_reason = first.with_columns(lines=pl.concat_list(line, told, told))
    counts = [
        feature_matrix(ClaimBatch.from_events(events, NOW))["duplicate_line_count"][0] for events in (bare, with_reason)
    ]
    assert counts == [2, 0]


def test_the_filing_ratio_uses_the_payers_limit() -> None:
    events = _SOURCE.events.head(1).with_columns(
        payer_id=pl.lit("P1"),
        service_to=pl.lit(datetime(2026, 1, 1, tzinfo=UTC).date()),
        submitted_at=pl.lit(datetime(2026, 4, 1, 12, tzinfo=UTC), pl.Datetime("us", "UTC")),
    )
    encoders = Encoders({"payer_filing_days": Lookup({"P1": 45.0})})
    matrix = feature_matrix(ClaimBatch.from_events(events, NOW), encoders)
    assert matrix["filing_limit_ratio"][0] == pytest.approx(2.0)


def test_age_sex_and_dates_are_never_called_actionable() -> None:
    by_name = {feature.name: feature.actionable for feature in FEATURES}
    fixed = [name for name in by_name if name.startswith(("patient_age", "patient_female", "diagnosis_", "days_"))]
    assert fixed
    assert not any(by_name[name] for name in fixed)
    assert by_name["auth_missing"]


def test_encoders_survive_json_and_damage_is_answered(encoders: Encoders) -> None:
    again = Encoders.from_json(encoders.to_json())
    assert again.digest == encoders.digest
    with pytest.raises(ValueError, match="form"):
        Encoders.from_json('{"payer_rate": {"default": null}}')
