"""Simulated payers for tests of detection: rows of claims.adjudicated, and streams alone for many repetitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from processors.detection.stream import Counter, Rules, Stream, catch_up, close, count, day_of, hit

Row = dict[str, Any]
START = datetime(2026, 1, 5, tzinfo=UTC)
_START_MICROS = round(START.timestamp() * 1_000_000)
_DAY_MICROS = 86_400_000_000
GROUPS = ("eligibility", "coding", "authorization", "medical_necessity", "timely_filing")
PROCEDURES = ("99213", "99214", "97110", "36415", "80053")


def at(day: float) -> datetime:
    """Return an instant this many days after START, a Monday."""
    return START + timedelta(days=day)


def line(procedure: str, *, denied: bool = False, group: str | None = None, **changed: Any) -> Row:
    """Return a line of an adjudication."""
    return {
        "procedure_code": procedure,
        "submitted_procedure_code": None,
        "revenue_code": None,
        "modifiers": [],
        "denied": denied,
        "denied_cents": 10_000 if denied else 0,
        "root_cause_group": group if denied else None,
        "variance_reason": "denied" if denied else "within",
        "variance_cents": None if denied else 0,
        **changed,
    }


def adjudicated(number: int, *lines: Row, group: str | None = None, **changed: Any) -> Row:
    """Return a first adjudication, denied for a group or paid."""
    return {
        "kind": "claim",
        "sign": 1,
        "revision": 1,
        "first_adjudication": True,
        "payer_id": "P1",
        "lineage_id": f"n:{number}:P",
        "outcome": "denied" if group else "paid",
        "root_cause_group": group,
        "denied_cents": 10_000 if group else 0,
        "expected_allowed_cents": 6_000,
        "payer_lag_days": 14,
        "lines": list(lines),
        **changed,
    }


def days_of_claims(
    rng: np.random.Generator, days: range, volume: int, rates: Callable[[int], dict[str, float]]
) -> Iterator[tuple[datetime, Row]]:
    """Yield claims of one payer; `rates` gives the denial rate of each group on a day."""
    for day in days:
        today = rates(day)
        for number in range(rng.poisson(volume)):
            draw, group = rng.random(), None
            for name, rate in today.items():
                if draw < rate:
                    group = name
                    break
                draw -= rate
            procedure = PROCEDURES[rng.integers(len(PROCEDURES))]
            lag = int(rng.gamma(9, 1.6))
            billed = line(procedure, denied=group is not None, group=group)
            yield (
                at(day + number / (volume * 4)),
                adjudicated(day * 10_000 + number, billed, group=group, payer_lag_days=lag),
            )


def run_stream(
    rng: np.random.Generator,
    stream: Stream,
    counter: Counter,
    rules: Rules,
    days: range,
    volume: float,
    rate: float,
) -> Iterator[tuple[int, str]]:
    """Run one stream; yield (events so far, transition) whenever an alert changes."""
    events = 0
    for day in days:
        today = int(rng.poisson(volume))
        hits = np.flatnonzero(rng.random(today) < rate)
        if not today:
            continue
        micros = _START_MICROS + day * _DAY_MICROS
        count(counter, micros)
        for place in hits:
            counter["days"][-1][1] = int(place) + 1
            if catch_up(stream, counter, rules, today=day_of(micros), before_hit=True):
                close(stream, rules)
                yield events + int(place) + 1, "resolved"
            found = hit(stream, rules, micros, 100, "x")
            if found:
                yield events + int(place) + 1, found
        counter["days"][-1][1] = today
        events += today
        if catch_up(stream, counter, rules, today=day_of(micros), before_hit=False):
            close(stream, rules)
            yield events, "resolved"
