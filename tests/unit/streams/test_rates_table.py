"""A claim stage sees the rates that were known at a claim's submission, and swaps them as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from claimstream.rated import Rated
from schemas.codec.records import encode_record
from schemas.contracts import HISTORY_RATES
from schemas.registry import CheckedInIds
from streams.broker import Broker
from streams.rates_table import KEPT, REFRESH_SECONDS, RatesTable

IDS = CheckedInIds()
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def told(rate: float, day: int, measure: str = "denial_rate") -> bytes:
    fields: dict[str, Any] = {
        "event_id": f"{measure}-{day}", "tenant_id": "t1", "source": "correlation", "_hash": "0" * 64,
        "measure": measure, "scope": "payer", "key": "P1", "rate": rate, "weight": 10.0, "numerator": 1.0,
        "denominator": 10.0, "prior_rate": None, "as_of": NOW + timedelta(days=day),
    }  # fmt: skip
    return encode_record(HISTORY_RATES, IDS, fields)


def table() -> Any:
    return RatesTable(Broker("nowhere:1"), IDS, "test")


def test_rates_are_arranged_when_some_came_and_not_more_often_than_said() -> None:
    rates = table()
    rates.refresh(100.0)
    assert [rates.rates] == [None]
    rates.take([told(0.1, 0), told(0.2, 1), None, b"\0damaged", told(9.0, 1, "payer_lag_days")])
    rates.refresh(100.0)
    first = rates.rates
    assert first is not None
    assert sorted(first.scopes["payer"].rates.tolist()) == [0.1, 0.2]
    rates.take([told(0.3, 2)])
    rates.refresh(100.0 + REFRESH_SECONDS - 1)
    assert rates.rates is first
    rates.refresh(100.0 + REFRESH_SECONDS)
    assert rates.rates is not first


def test_only_the_latest_rates_of_a_key_are_kept() -> None:
    rates = table()
    rates.take([told(day / 100, day) for day in range(20)])
    rates.refresh(100.0)
    assert rates.rates is not None
    assert rates.rates.scopes["payer"].rates.tolist() == [day / 100 for day in range(20 - KEPT, 20)]


@dataclass(frozen=True)
class _Scorer:
    rates: object = None


@dataclass(frozen=True)
class _Pipeline:
    scorer: _Scorer


def test_the_pipeline_gets_the_rates_and_is_made_anew_only_when_one_of_them_changed() -> None:
    pipelines, rates = [_Pipeline(_Scorer())], table()
    rated: Any = Rated(lambda: pipelines[0], rates)  # type: ignore[arg-type,return-value]  # stands for a pipeline
    assert rated() is pipelines[0]
    rates.take([told(0.1, 0)])
    rates.refresh(100.0)
    made = rated()
    assert made.scorer.rates is rates.rates
    assert rated() is made
    pipelines[0] = _Pipeline(_Scorer())
    assert rated() is not made
