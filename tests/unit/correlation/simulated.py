"""Simulated months of a practice through the whole fold: claims with prices, acknowledgements and remittances."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import polars as pl

from models.synthetic.payers.contracts import contracts_of
from models.synthetic.scenarios.named import scenario_named
from models.synthetic.simulation import Day, Plan, simulate
from processors.adjudication.adjudicate import Adjudicator
from processors.batch import ClaimBatch
from processors.correlation import CorrelationPolicy, Ledger
from processors.correlation import facts as facts_of
from processors.correlation.facts import Fact
from processors.detection.detect import Detector
from processors.pricing import PriceBook, price
from processors.pricing.contracts import apply_contracts
from processors.rates.keeper import RateKeeper
from schemas.contracts import CLAIMS_SCORED
from streams.correlation.folding import Folder, Results
from streams.correlation.observing import Observatory
from streams.correlation.reading import physical
from streams.correlation.table import MemoryTable
from tests.unit.correlation.events import blank

Event = dict[str, Any]
FIRST_DAY = date(2026, 3, 2)
START = datetime(2026, 3, 2, tzinfo=UTC)
_HOUR_US = 3_600_000_000


class SortedTable(MemoryTable):
    """A table in a dict whose keys are kept sorted, for long runs."""

    def __init__(self) -> None:
        super().__init__()
        self._order: list[str] = []

    def write(self, partition: int, key: str, value: Event | None) -> None:
        """Set the value of a key, or remove it."""
        known = (partition, key) in self.values
        if value is not None and not known:
            insort(self._order, key)
        elif value is None and known:
            del self._order[bisect_left(self._order, key)]
        super().write(partition, key, value)

    def keys(self, partition: int, start: str, end: str, limit: int) -> list[str]:
        """Return the first keys from start up to, without, end."""
        del partition  # one is enough here
        return self._order[bisect_left(self._order, start) : bisect_left(self._order, end)][:limit]


def alerts_of(
    days: int, claims_per_day: int, *scenarios: str, seed: int = 11, payers: Collection[str] = ()
) -> list[Event]:
    """Return the alerts of a simulated practice, in order.

    Args:
        days: Days with new claims.
        claims_per_day: First submissions on an ordinary weekday.
        scenarios: Planted stories by name, days counted from the first.
        seed: Seed of everything.
        payers: Payers whose claims are folded; empty for all. Verdicts about sets are left out with a choice.
    """
    stories = tuple(scenario_named(text, START) for text in scenarios)
    plan = Plan(claims_per_day, seed, FIRST_DAY, scenarios=stories)
    now = [0]
    ledger = Ledger(CorrelationPolicy.shipped(), Adjudicator.shipped())
    folder = Folder(ledger, SortedTable(), lambda _: now[0], Observatory(Detector.shipped(), RateKeeper.shipped()))
    alerts: list[Event] = []
    offsets = count()
    chosen: set[str] = set()
    for day in simulate(plan, days):
        if payers:
            day = _of_payers(day, payers, chosen)  # noqa: PLW2901 - the part of it that counts
        for fact in sorted(_facts_of(day, plan.tenant_id), key=lambda fact: fact["at"]):
            if fact["at"] // _HOUR_US > now[0] // _HOUR_US:
                alerts += _clock(folder, offsets)
            now[0] = max(now[0], fact["at"])
            alerts += _folded(folder, [fact], offsets)
    return alerts


def _folded(folder: Folder, waiting: list[Fact], offsets: Iterator[int]) -> Iterator[Event]:
    """Yield the alerts that facts lead to, by what they make other keys do too."""
    while waiting:
        results = Results()
        folder.fold(0, waiting, results, next(offsets))
        assert not results.failed, results.failed[0][1]
        yield from (one.row for one in results.statements if one.contract == "alerts")
        waiting = results.facts


def _clock(folder: Folder, offsets: Iterator[int]) -> Iterator[Event]:
    while True:
        results = Results()
        if not folder.look(0, results):
            return
        yield from _folded(folder, results.facts, offsets)


def _of_payers(day: Day, payers: Collection[str], chosen: set[str]) -> Day:
    """Return what a day holds of some payers; `chosen` collects the control tokens of their claims."""
    submissions = day.submissions.filter(pl.col("payer_id").is_in(list(payers)))
    chosen.update(submissions["patient_control_token"])
    ours = pl.col("patient_control_token").is_in(list(chosen))
    return replace(day, submissions=submissions, acks=day.acks.filter(ours), remits=day.remits.filter(ours))


def _facts_of(day: Day, tenant: str) -> Iterator[Fact]:
    yield from _made(facts_of.of_claim, _scored(day.submissions, tenant))
    yield from _made(facts_of.of_ack, physical(day.acks).iter_rows(named=True))
    yield from _made(facts_of.of_remit, physical(day.remits).iter_rows(named=True))


def _made(maker: Callable[[Event], Iterator[Fact]], events: Iterable[Event]) -> Iterator[Fact]:
    for event in events:
        yield from maker(event)


def _scored(submissions: pl.DataFrame, tenant: str) -> Iterator[Event]:
    """Yield claims as the pipeline states them, priced by the contracts of the simulation."""
    if submissions.is_empty():
        return
    book = PriceBook.starter()
    batch = ClaimBatch.from_events(submissions, START + timedelta(days=400))
    priced = apply_contracts(price(batch, book), book, contracts_of(tenant))
    lines: dict[int, list[Event]] = {}
    for line in physical(priced.lines).iter_rows(named=True):
        lines.setdefault(line["row"], []).append(line)
    base = blank(CLAIMS_SCORED)
    for claim in physical(priced.claims).iter_rows(named=True):
        found = {name: value for name, value in claim.items() if value is not None}
        yield {**base, "disposition": "ready", **found, "lines": lines[claim["row"]]}
