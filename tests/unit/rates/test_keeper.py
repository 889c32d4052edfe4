"""Historical rates: shrinkage by hand, point in time, corrections taken back, and parity with the training rates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.synthetic.history import known_rates
from processors.rates.keeper import HistoryRate, RateKeeper
from processors.rates.settings import RateSettings

KEEPER = RateKeeper.shipped()
ALWAYS = RateKeeper(RateSettings(pseudo_decisions=30, least_change=0, least_relative_change=0, weight_growth=0))
START = datetime(2026, 3, 2, tzinfo=UTC)
Row = dict[str, Any]


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def row(
    outcome: str = "paid", *, payer: str | None = "P1", procedures: tuple[str, ...] = ("99213",), **changed: Any
) -> Row:
    return {
        "kind": "claim",
        "sign": 1,
        "first_adjudication": True,
        "outcome": outcome,
        "payer_id": payer,
        "billing_npi": "N1",
        "principal_diagnosis": "E119",
        "payer_lag_days": None,
        "lines": [
            {"procedure_code": code, "submitted_procedure_code": None, "variance_reason": "unpriced"}
            for code in procedures
        ],
        **changed,
    }


def latest(told: list[HistoryRate], measure: str, scope: str) -> HistoryRate:
    return [rate for rate in told if (rate["measure"], rate["scope"]) == (measure, scope)][-1]


def run(rows: list[Row], keeper: RateKeeper = ALWAYS) -> tuple[Row, list[HistoryRate]]:
    store: Row = {}
    told = [rate for number, event in enumerate(rows) for rate in keeper.step(store, event, minute(number))]
    return store, told


def test_a_rate_is_drawn_to_the_overall_rate_by_thirty_decisions() -> None:
    _, told = run([row(payer="P2")] * 6 + [row("denied"), row("denied"), row()])
    found = latest(told, "denial_rate", "payer")
    assert found["key"] == "P1"
    assert found["rate"] == pytest.approx((2 + 30 * 2 / 9) / 33)
    assert found["weight"] == 3
    assert found["prior_rate"] == pytest.approx(2 / 9)


def test_a_claim_counts_once_for_each_payer_provider_diagnosis_and_procedure() -> None:
    _, told = run([row("denied", procedures=("99213", "36415", "99213"))])
    assert sorted((rate["scope"], rate["key"]) for rate in told) == [
        ("all", "all"),
        ("diagnosis", "E11"),
        ("payer", "P1"),
        ("payer_procedure", "P1|36415"),
        ("payer_procedure", "P1|99213"),
        ("payer_procedure_family", "P1|laboratory"),
        ("payer_procedure_family", "P1|office_visit"),
        ("payer_provider", "P1|N1"),
        ("procedure", "36415"),
        ("procedure", "99213"),
        ("provider", "N1"),
        ("provider_procedure", "N1|36415"),
        ("provider_procedure", "N1|99213"),
    ]


def test_a_rate_holds_from_the_receipt_of_what_changed_it() -> None:
    _, told = run([row(), row("denied")])
    assert {rate["as_of"] for rate in told} == {minute(0), minute(1)}
    first = [rate for rate in told if rate["as_of"] == minute(0)]
    assert all(rate["rate"] == 0 for rate in first), "what came later is not in it"


def test_answer_times_underpayments_and_rejections_have_rates_of_their_own() -> None:
    short = {"procedure_code": "97110", "submitted_procedure_code": None, "variance_reason": "underpaid"}
    store: Row = {}
    told = ALWAYS.step(store, row(payer_lag_days=20, lines=[short]), START)
    told += ALWAYS.step(store, {"kind": "ack_277ca", "rejected": True, "payer_id": "P1"}, START)
    assert latest(told, "payer_lag_days", "payer")["rate"] == pytest.approx(20)
    assert latest(told, "underpayment_rate", "payer_procedure")["key"] == "P1|97110"
    assert latest(told, "front_end_reject_rate", "payer")["numerator"] == 1


def test_later_adjudications_and_provider_adjustments_count_nothing() -> None:
    store, told = run([row(first_adjudication=False), {"kind": "provider", "first_adjudication": False}])
    assert (store, told) == ({}, [])


OUTCOMES = st.sampled_from(["paid", "denied", "partial", "patient_responsibility"])
ROWS = st.lists(st.builds(row, OUTCOMES, payer=st.sampled_from(["P1", "P2", None])), max_size=12)


@given(ROWS, st.randoms())
def test_the_counts_are_those_of_the_rows_in_any_order(rows: list[Row], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    store, _ = run(rows)
    other, _ = run(shuffled)
    for name, count in store.items():
        assert (count["hits"], count["decisions"]) == (other[name]["hits"], other[name]["decisions"])
    if rows:
        denied = sum(event["outcome"] in ("denied", "partial") for event in rows)
        assert store["denial_rate|all|all"]["hits"] == denied


@given(ROWS, ROWS)
def test_a_row_that_is_taken_back_leaves_no_trace_in_the_counts(kept: list[Row], wrong: list[Row]) -> None:
    store, _ = run([*kept, *wrong, *({**event, "sign": -1} for event in wrong)])
    plain, _ = run(kept)
    for name, count in store.items():
        expected = plain.get(name, {"hits": 0, "decisions": 0})
        assert (count["hits"], count["decisions"]) == (expected["hits"], expected["decisions"])


@given(ROWS)
def test_a_rate_that_is_not_told_again_is_close_to_the_one_told_last(rows: list[Row]) -> None:
    store, told = run(rows, KEEPER)
    every, _ = run(rows, ALWAYS)
    last = {f"{rate['measure']}|{rate['scope']}|{rate['key']}": rate["rate"] for rate in told}
    settings = KEEPER.settings
    for name, count in every.items():
        assert store[name]["decisions"] == count["decisions"]
        slack = max(settings.least_change, settings.least_relative_change * last[name])
        assert abs(count["told_rate"] - last[name]) <= slack + 1e-12


def test_few_rates_are_told_of_a_long_history() -> None:
    rows = [row("denied" if number % 9 == 0 else "paid") for number in range(2_000)]
    _, told = run(rows, KEEPER)
    of_payer = [rate for rate in told if rate["scope"] == "payer"]
    assert len(of_payer) < 100


def test_the_rates_are_those_the_models_are_trained_on() -> None:
    outcomes = ["denied" if number % 7 in (0, 3) else "paid" for number in range(200)]
    claims = pl.DataFrame(
        {
            "event_id": [f"e{number}" for number in range(200)],
            "tenant_id": "t",
            "payer_id": [f"P{number % 3}" for number in range(200)],
            "billing_npi": [f"N{number % 5}" for number in range(200)],
            "diagnosis_codes": [[f"E1{number % 4}9"] for number in range(200)],
            "lines": [[{"procedure_code": ("99213", "36415", "97110")[number % 3]}] for number in range(200)],
        }
    )
    journey = claims.select("event_id", first=True).with_columns(
        received_at=pl.Series([minute(number) for number in range(200)]), outcome=pl.Series(outcomes)
    )
    trained = known_rates(claims, journey)
    rows = [
        row(
            outcomes[number],
            payer=claims["payer_id"][number],
            procedures=(claims["lines"][number][0]["procedure_code"],),
            billing_npi=claims["billing_npi"][number],
            principal_diagnosis=claims["diagnosis_codes"][number][0],
        )
        for number in range(200)
    ]
    _, told = run(rows)
    served = pl.DataFrame(told).filter(pl.col("measure") == "denial_rate")
    joined = trained.join(served, on=["scope", "key", "as_of"], suffix="_served")
    scopes = {"payer", "provider", "procedure", "diagnosis", "payer_procedure", "provider_procedure", "payer_provider"}
    assert scopes <= set(joined["scope"])
    assert (
        joined.height
        == trained.filter(pl.col("scope") != "payer_procedure_family").height
        + joined.filter(pl.col("scope") == "payer_procedure_family").height
    )
    assert (joined["rate"] - joined["rate_served"]).abs().max() == pytest.approx(0, abs=1e-12)
    assert (joined["weight"] == joined["weight_served"]).all()
