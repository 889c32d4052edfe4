"""What is normal for a stream: its rate over past days, with days in quarantine and a weekday that may be higher."""

from __future__ import annotations

import math
from typing import TypedDict

from processors.detection.settings import TestSettings

WEEKDAYS = 7
MOST_PENDING = 45
"""Days that can wait in quarantine; beyond it the oldest enters whatever is suspected, so that the state is bounded."""


class Baseline(TypedDict):
    """Counts behind the rate of a stream, by weekday (Monday first); older days weigh less.

    Attributes:
        events: Events, faded.
        hits: Of these, hits.
        days: Days with events that have entered.
        pending: Days in quarantine: [day number, events, hits], oldest first; at most MOST_PENDING.
        day: Number of the day up to which the counts have faded.
    """

    events: list[float]
    hits: list[float]
    days: int
    pending: list[list[int]]
    day: int


def new_baseline(day: int) -> Baseline:
    """Return the baseline of a stream that begins on a day (a proleptic ordinal)."""
    return Baseline(events=[0.0] * WEEKDAYS, hits=[0.0] * WEEKDAYS, days=0, pending=[], day=day)


def count(baseline: Baseline, day: int, events: int, hits: int) -> None:
    """Count events of a day; they stay in quarantine first."""
    pending = baseline["pending"]
    if not pending or pending[-1][0] < day:
        pending.append([day, 0, 0])
    pending[-1][1] += events
    pending[-1][2] += hits


def turn_day(baseline: Baseline, day: int, settings: TestSettings, *, suspect_from: int | None, drop: bool) -> None:
    """Let the days whose quarantine is over enter the baseline.

    Args:
        baseline: Counts; changed in place.
        day: Number of the new day.
        settings: Quarantine and fading.
        suspect_from: First day of a change that is suspected; it and later days wait on.
        drop: Whether an alert is open: then the days whose quarantine ends are dropped, because they are not normal.
    """
    fade = 0.5 ** (max(0, day - baseline["day"]) / settings.half_life_days)
    baseline["events"] = [events * fade for events in baseline["events"]]
    baseline["hits"] = [hits * fade for hits in baseline["hits"]]
    baseline["day"] = day
    pending = baseline["pending"]
    while pending and _is_free(pending, day, settings, suspect_from):
        past, events, hits = pending.pop(0)
        if not drop:
            weekday = (past - 1) % WEEKDAYS  # ordinal 1 was a Monday
            baseline["events"][weekday] += events
            baseline["hits"][weekday] += hits
            baseline["days"] += 1


def _is_free(pending: list[list[int]], day: int, settings: TestSettings, suspect_from: int | None) -> bool:
    first = pending[0][0]
    suspected = suspect_from is not None and first >= suspect_from
    return len(pending) > MOST_PENDING or (first <= day - settings.quarantine_days and not suspected)


def volume(baseline: Baseline) -> float:
    """Return the faded number of events behind the baseline."""
    return math.fsum(baseline["events"])


def is_known(baseline: Baseline, settings: TestSettings, least_events: int) -> bool:
    """Return whether the baseline rests on enough days and events."""
    return baseline["days"] >= settings.baseline_days and volume(baseline) >= least_events


def observed_rate(baseline: Baseline) -> float:
    """Return the rate of the baseline; 0 without events."""
    events = volume(baseline)
    return math.fsum(baseline["hits"]) / events if events else 0.0


def rate_of_day(baseline: Baseline, day: int, settings: TestSettings) -> float:
    """Return the rate that a day is tested against.

    It is the upper end of the uncertainty of the baseline (Wilson's score bound, which holds for small counts and
    for no hits at all), raised where the weekday clearly runs higher (weekly payment runs mix claims differently).
    """
    events = volume(baseline)
    if not events:
        return 1.0
    rate = observed_rate(baseline)
    upper = wilson_upper(rate, events, settings.baseline_errors)
    return upper * max(1.0, _weekday_factor(baseline, (day - 1) % WEEKDAYS, rate, settings))


def _weekday_factor(baseline: Baseline, weekday: int, rate: float, settings: TestSettings) -> float:
    """Return how much higher the rate of a weekday is; 1 unless it stands out clearly."""
    events, hits = baseline["events"][weekday], baseline["hits"][weekday]
    spread = math.sqrt(events * rate * (1 - rate))
    if not spread or (hits - events * rate) / spread < settings.weekday_errors:
        return 1.0
    pseudo = settings.weekday_events
    return (hits + rate * pseudo) / (events + pseudo) / rate


def wilson_upper(rate: float, events: float, errors: float) -> float:
    """Return the upper score bound of a share.

    Args:
        rate: Observed share.
        events: Observations.
        errors: Width in standard errors.

    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209-212.
    """
    squared = errors * errors
    centre = rate + squared / (2 * events)
    spread = errors * math.sqrt(rate * (1 - rate) / events + squared / (4 * events * events))
    return min(1.0, (centre + spread) / (1 + squared / events))
