"""History features see what was known at submission, never what came after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from models.synthetic import generate
from processors.batch import ClaimBatch
from processors.features import FEATURE_NAMES, RATES_SCHEMA, HistoryRates, feature_matrix

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MADE = generate(400, 31, start=datetime(2026, 3, 1, tzinfo=UTC))
BATCH = ClaimBatch.from_events(MADE.events, NOW)
HISTORY = [name for name in FEATURE_NAMES if name.startswith("history_")]


def rates_of(payers: list[str], known: list[datetime], rates: list[float], scope: str = "payer") -> pl.DataFrame:
    tenant = MADE.events["tenant_id"][0]
    rows = {"tenant_id": tenant, "scope": scope, "key": payers, "rate": rates, "weight": 50.0, "as_of": known}
    return pl.DataFrame(rows, schema=RATES_SCHEMA)


def test_there_are_eight_and_without_rates_they_are_missing() -> None:
    assert len(HISTORY) == 8
    assert feature_matrix(BATCH).select(pl.col(HISTORY).is_nan().all()).row(0) == (True,) * 8


def test_a_claim_sees_the_latest_rate_known_before_its_submission() -> None:
    submitted = MADE.events["submitted_at"][0]
    payer = MADE.events["payer_id"][0]
    known = [submitted - timedelta(days=9), submitted - timedelta(days=2), submitted + timedelta(seconds=1)]
    seen = feature_matrix(BATCH, None, HistoryRates.of(rates_of([payer] * 3, known, [0.1, 0.2, 0.9])))
    assert seen["history_payer_denial_rate"][0] == np.float32(0.2)


def test_remittances_moved_into_the_future_leave_every_history_feature_as_it_was() -> None:
    """The point-in-time test: rates that become known after all claims were submitted must not be seen."""
    payers = MADE.events["payer_id"].drop_nulls().unique().sort().to_list()
    early, late = NOW - timedelta(days=90), NOW + timedelta(days=30)
    before = rates_of(payers, [early] * len(payers), [0.15] * len(payers))
    after = rates_of(payers, [late] * len(payers), [0.85] * len(payers))
    one = feature_matrix(BATCH, None, HistoryRates.of(before)).select(HISTORY)
    both = feature_matrix(BATCH, None, HistoryRates.of(pl.concat([before, after]))).select(HISTORY)
    assert one.equals(both, null_equal=True)
    assert one["history_payer_denial_rate"].fill_nan(None).count() > 300


def test_another_tenant_and_another_key_see_nothing() -> None:
    known = NOW - timedelta(days=90)
    frame = rates_of(["nobody"], [known], [0.5])
    other = rates_of(MADE.events["payer_id"].unique().drop_nulls().to_list()[:1], [known], [0.5])
    frame = pl.concat([frame, other.with_columns(tenant_id=pl.lit("another"))])
    assert feature_matrix(BATCH, None, HistoryRates.of(frame))["history_payer_denial_rate"].is_nan().all()


def test_of_the_lines_the_highest_rate_counts_and_order_does_not_matter() -> None:
    codes = MADE.events["lines"][0].struct.field("procedure_code").to_list()
    known = [NOW - timedelta(days=90)] * len(codes)
    rates = [0.1 + 0.05 * n for n in range(len(codes))]
    frame = rates_of(codes, known, rates, "procedure")
    for arranged in (frame, frame.reverse()):
        seen = feature_matrix(BATCH, None, HistoryRates.of(arranged))["history_procedure_denial_rate"][0]
        last = dict(zip(arranged["key"], arranged["rate"], strict=True))
        assert seen == np.float32(max(last.values()))
