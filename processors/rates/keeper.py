"""Keeps historical rates: counts decisions, shrinks to the overall rate, and tells what changed enough.

    rate = (hits + pseudo x overall) / (decisions + pseudo)

`overall` is the tenant's rate of the same measure at that instant. A rate holds from the receipt of the remittance or
acknowledgement that changed it, never from the service date: a claim that reads the latest rate before its submission
sees nothing that came later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from processors.rates.keys import ALL, RateKey, billed_procedure, claim_keys
from processors.rates.settings import RateSettings

Event = Mapping[str, Any]
Store = MutableMapping[str, Any]
"""State of one tenant: small plain values by key. Each change assigns a key anew."""

_DENIED = ("denied", "partial")
_COMPARED = ("within", "underpaid", "overpaid", "multiple_procedure")
_SHORT = ("underpaid", "multiple_procedure")
ACK_KINDS = ("ack_277ca", "ack_999")


class Count(TypedDict):
    """State of one rate.

    Attributes:
        hits: Sum of what was observed: denials, or days.
        decisions: Observations.
        told_rate: Rate told last; None before.
        told_weight: Decisions then.
    """

    hits: float
    decisions: float
    told_rate: float | None
    told_weight: float


class HistoryRate(TypedDict):
    """A rate to be told; fields as in the contract history.rates."""

    measure: str
    scope: str
    key: str
    rate: float
    weight: float
    numerator: float
    denominator: float
    prior_rate: float | None
    as_of: datetime


class _Observed(NamedTuple):
    """One observation of a measure: a value (1 or 0 for a share) under a key."""

    measure: str
    key: RateKey
    value: float


@dataclass(frozen=True)
class RateKeeper:
    """Keeps the rates of tenants.

    Attributes:
        settings: config/rates.yaml.
    """

    settings: RateSettings

    @classmethod
    def shipped(cls) -> RateKeeper:
        """Return the keeper with the settings that claimstream ships."""
        return cls(RateSettings.shipped())

    def step(self, store: Store, event: Event, now: datetime) -> list[HistoryRate]:
        """Take one event into the rates of its tenant.

        Args:
            store: State of the tenant by `measure|scope|key`; begin with an empty mapping. Replayed events must not
                be given twice.
            event: A row of claims.adjudicated, with its sign: a row that takes an earlier one back takes its counts
                back too. Or an acknowledgement: {"kind": "ack_277ca" or "ack_999", "rejected": bool, "payer_id"}.
            now: Receipt of the input that made this known.

        Returns:
            The rates that changed enough, each with `as_of` = now.
        """
        if event["kind"] in ACK_KINDS:
            return self._count(store, _acknowledged(event), 1, now)
        if event["kind"] == "claim" and event["first_adjudication"]:
            return self._count(store, _adjudicated(event), event["sign"], now)
        return []

    def _count(self, store: Store, observed: Iterable[_Observed], sign: int, now: datetime) -> list[HistoryRate]:
        told = []
        for measure, key, value in observed:
            name = f"{measure}|{key.scope}|{key.key}"
            count: Count = store.get(name) or Count(hits=0.0, decisions=0.0, told_rate=None, told_weight=0.0)
            count = Count(**{**count, "hits": count["hits"] + sign * value, "decisions": count["decisions"] + sign})
            prior = self._overall(store, measure) if key.scope != ALL else None
            rate = self._shrunken(count, prior)
            if self._is_news(count, rate):
                count["told_rate"], count["told_weight"] = rate, count["decisions"]
                told.append(_statement(measure, key, count, rate, prior, now))
            store[name] = count
        return told

    def _overall(self, store: Store, measure: str) -> float | None:
        count: Count | None = store.get(f"{measure}|{ALL}|{ALL}")
        return count["hits"] / count["decisions"] if count and count["decisions"] > 0 else None

    def _shrunken(self, count: Count, prior: float | None) -> float:
        pseudo = self.settings.pseudo_decisions if prior is not None else 0.0
        weight = count["decisions"] + pseudo
        return (count["hits"] + pseudo * (prior or 0.0)) / weight if weight > 0 else 0.0

    def _is_news(self, count: Count, rate: float) -> bool:
        """Return whether a rate is told: for the first time, moved enough, or much better known."""
        last = count["told_rate"]
        if last is None:
            return True
        moved = abs(rate - last)
        if moved >= self.settings.least_change and moved >= self.settings.least_relative_change * abs(last):
            return True
        return abs(count["decisions"] - count["told_weight"]) > self.settings.weight_growth * count["told_weight"]


def _statement(
    measure: str, key: RateKey, count: Count, rate: float, prior: float | None, now: datetime
) -> HistoryRate:
    return HistoryRate(
        measure=measure,
        scope=key.scope,
        key=key.key,
        rate=rate,
        weight=count["decisions"],
        numerator=count["hits"],
        denominator=count["decisions"],
        prior_rate=prior,
        as_of=now,
    )


def _adjudicated(row: Event) -> Iterator[_Observed]:
    """Yield what a first adjudication says; the overall rate of a measure comes before its keys."""
    denied = float(row["outcome"] in _DENIED)
    for key in claim_keys(row):
        yield _Observed("denial_rate", key, denied)
    payer = row["payer_id"]
    if row["payer_lag_days"] is not None:
        for key in _payer_keys(payer):
            yield _Observed("payer_lag_days", key, float(row["payer_lag_days"]))
    for line in row["lines"]:
        if line["variance_reason"] in _COMPARED:
            short = float(line["variance_reason"] in _SHORT)
            procedure = billed_procedure(line)
            for key in _payer_keys(payer):
                yield _Observed("underpayment_rate", key, short)
            if payer and procedure:
                yield _Observed("underpayment_rate", RateKey("payer_procedure", f"{payer}|{procedure}"), short)


def _acknowledged(event: Event) -> Iterator[_Observed]:
    for key in _payer_keys(event["payer_id"]):
        yield _Observed("front_end_reject_rate", key, float(event["rejected"]))


def _payer_keys(payer: str | None) -> Iterator[RateKey]:
    yield RateKey(ALL, ALL)
    if payer:
        yield RateKey("payer", payer)
