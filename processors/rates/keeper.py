"""Keeps historical rates: counts decisions, shrinks to the overall rate, and tells what changed enough.

    rate = (hits + pseudo x overall) / (decisions + pseudo)

`overall` is the tenant's rate of the same measure at that instant. A rate holds from the receipt of the remittance or
acknowledgement that changed it, never from the service date: a claim that reads the latest rate before its submission
sees nothing that came later.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

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
            store: State of the tenant by `measure|scope|key`; begin with an empty mapping. A value that is read is
                changed in place and assigned again. Replayed events must not be given twice.
            event: A row of claims.adjudicated, with its sign: a row that takes an earlier one back takes its counts
                back too. Or an acknowledgement: {"kind": "ack_277ca" or "ack_999", "rejected": bool, "payer_id"}.
            now: Receipt of the input that made this known.

        Returns:
            The rates that changed enough, each once and with `as_of` = now.
        """
        told: list[HistoryRate] = []
        if event["kind"] in ACK_KINDS:
            rejected = float(event["rejected"])
            self._count(store, "front_end_reject_rate", _payer_keys(event["payer_id"]), (rejected, 1), now, told)
        elif event["kind"] == "claim" and event["first_adjudication"]:
            self._adjudicated(store, event, now, told)
        # The lines of a claim count one by one; what is told is what holds after all of them.
        return list({(rate["measure"], rate["scope"], rate["key"]): rate for rate in told}.values())

    def _adjudicated(self, store: Store, row: Event, now: datetime, told: list[HistoryRate]) -> None:
        """Count what a first adjudication says."""
        sign, payer = row["sign"], row["payer_id"]
        denied = float(row["outcome"] in _DENIED)
        self._count(store, "denial_rate", claim_keys(row), (denied * sign, sign), now, told)
        days = row["payer_lag_days"]
        if days is not None:
            self._count(store, "payer_lag_days", _payer_keys(payer), (float(days) * sign, sign), now, told)
        compared = [line for line in row["lines"] if line["variance_reason"] in _COMPARED]
        for line in compared:
            short = float(line["variance_reason"] in _SHORT)
            keys = _payer_keys(payer)
            procedure = billed_procedure(line)
            if payer and procedure:
                keys.append(("payer_procedure", f"{payer}|{procedure}"))
            self._count(store, "underpayment_rate", keys, (short * sign, sign), now, told)

    def _count(
        self,
        store: Store,
        measure: str,
        keys: Sequence[RateKey],
        observed: tuple[float, int],
        now: datetime,
        told: list[HistoryRate],
    ) -> None:
        """Count one observation of a measure (its value and how often it counts) under keys, the overall one first."""
        value, times = observed
        prior: float | None = None
        pseudo, weighed_prior = 0.0, 0.0
        for scope, key in keys:
            name = f"{measure}|{scope}|{key}"
            count: Count | None = store.get(name)
            if count is None:
                count = {"hits": 0.0, "decisions": 0.0, "told_rate": None, "told_weight": 0.0}
            hits, decisions = count["hits"] + value, count["decisions"] + times
            count["hits"], count["decisions"] = hits, decisions
            weight = decisions + pseudo
            rate = (hits + weighed_prior) / weight if weight > 0 else 0.0
            if self._is_news(count, rate):
                count["told_rate"], count["told_weight"] = rate, decisions
                told.append(_statement(measure, scope, key, count, rate, prior, now))
            store[name] = count
            if scope == ALL and decisions > 0:
                prior, pseudo = hits / decisions, self.settings.pseudo_decisions
                weighed_prior = pseudo * prior

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
    measure: str, scope: str, key: str, count: Count, rate: float, prior: float | None, now: datetime
) -> HistoryRate:
    return HistoryRate(
        measure=measure,
        scope=scope,
        key=key,
        rate=rate,
        weight=count["decisions"],
        numerator=count["hits"],
        denominator=count["decisions"],
        prior_rate=prior,
        as_of=now,
    )


def _payer_keys(payer: str | None) -> list[RateKey]:
    return [(ALL, ALL), ("payer", payer)] if payer else [(ALL, ALL)]
