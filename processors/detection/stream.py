"""One watched stream: baseline, test, the events since the change, and the alert while one is open."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypedDict

from processors.detection import baseline as base
from processors.detection import sequential as seq
from processors.detection.baseline import Baseline
from processors.detection.sequential import Test
from processors.detection.settings import TestSettings

Transition = Literal["opened", "updated", "resolved"]
MOST_DAYS = 90
"""Days a counter keeps; a stream without a hit for longer loses misses, which makes its baseline too high, not low."""

_MICROS_A_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1).toordinal()


class Window(TypedDict):
    """The events since the change is taken to have begun.

    Attributes:
        events: Events.
        hits: Hits.
        cents: Money of the hits.
        since: Instant of the first hit, microseconds since 1970.
        examples: Lineages of the latest hits.
    """

    events: int
    hits: int
    cents: int
    since: int
    examples: list[str]


class Open(TypedDict):
    """An open alert: when it opened (microseconds since 1970), the rate then normal, and the hits last told."""

    at: int
    rate: float
    tested: float
    told: int


class Stream(TypedDict):
    """State of one stream; plain values only, and bounded.

    Attributes:
        baseline: What is normal.
        test: The test.
        window: The events since the change.
        open: The open alert.
        day: Number of the day it stands at.
        today: Events and hits of that day so far.
    """

    baseline: Baseline
    test: Test
    window: Window
    open: Open | None
    day: int
    today: list[int]


class Counter(TypedDict):
    """All events of a denominator by day, [day number, events], oldest first; at most MOST_DAYS.

    Streams are written on hits only; what passed between two hits they read here.
    """

    days: list[list[int]]


@dataclass(frozen=True)
class Rules:
    """How a stream is judged.

    Attributes:
        settings: What all tests share.
        threshold: Evidence at which an alert opens: one over the false alarms allowed a month.
        floor: Lowest rate tested against.
        least_events: Events that make a baseline.
        unknown_rate: Rate tested against without a baseline; None does not test then.
    """

    settings: TestSettings
    threshold: float
    floor: float
    least_events: int
    unknown_rate: float | None = None


def new_stream(day: int, settings: TestSettings) -> Stream:
    """Return a stream that begins on a day (a proleptic ordinal)."""
    return Stream(
        baseline=base.new_baseline(day),
        test=seq.new_test(settings),
        window=_empty(),
        open=None,
        day=0,
        today=[0, 0],
    )


def new_counter() -> Counter:
    """Return a counter that has counted nothing."""
    return Counter(days=[])


def count(counter: Counter, at: int) -> bool:
    """Count one event; return whether it is the first of a day.

    Args:
        counter: Changed in place.
        at: Instant in microseconds since 1970. An instant before the latest day counts to that day.
    """
    days, today = counter["days"], day_of(at)
    first = not days or days[-1][0] < today
    if first:
        days.append([today, 0])
        del days[:-MOST_DAYS]
    days[-1][1] += 1
    return first


def day_of(at: int) -> int:
    """Return the number (a proleptic ordinal) of the UTC day of an instant in microseconds since 1970."""
    return at // _MICROS_A_DAY + _EPOCH


def catch_up(stream: Stream, counter: Counter, rules: Rules, *, today: int, before_hit: bool) -> Transition | None:
    """Take the events into a stream that its counter has counted since; all of them were no hits.

    Args:
        stream: Changed in place.
        counter: Its denominator.
        rules: How it is judged.
        today: Number of the day by the clock: an alert ends with its time even if no event comes any more.
        before_hit: Whether the latest event counted is a hit, which `hit` takes in.

    Returns:
        `resolved` when the open alert ends; the caller tells it and calls `close`.
    """
    begun = stream["day"] == 0
    days = counter["days"]
    latest = len(days) - 1
    ended: Transition | None = None
    for place in range(bisect_left(days, [stream["day"], 0]), len(days)):
        day, events = days[place]
        accepted = _turn_day(stream, rules, day)
        ended = ended or ("resolved" if accepted else None)
        misses = events - stream["today"][0] - (1 if before_hit and place == latest else 0)
        if misses > 0:
            stream["today"][0] += misses
            stream["window"]["events"] += misses
            seq.misses(stream["test"], misses, rules.settings)
    if begun or stream["open"] is None:
        return None
    if ended is None and _is_old(stream, rules, today):
        stream["baseline"] = base.new_baseline(stream["day"])
        ended = "resolved"
    return "resolved" if ended or seq.is_back(stream["test"], rules.settings) else None


def hit(stream: Stream, rules: Rules, at: int, cents: int, lineage: str) -> Transition | None:
    """Take a hit into a stream that has caught up.

    Args:
        stream: Changed in place.
        rules: How it is judged.
        at: Instant in microseconds since 1970.
        cents: Money of the hit.
        lineage: Its lineage, shown as an example.

    Returns:
        opened, updated (twice as many hits as told last) or None.
    """
    window, test = stream["window"], stream["test"]
    if stream["open"] is None and test["rise"] <= 0:
        stream["window"] = window = _empty()
    stream["today"] = [stream["today"][0] + 1, stream["today"][1] + 1]
    seq.hit(test, rules.settings)
    window["since"] = window["since"] or at
    window["events"] += 1
    window["hits"] += 1
    window["cents"] += cents
    window["examples"] = [*window["examples"], lineage][-rules.settings.examples :] if rules.settings.examples else []
    return _judge(stream, rules, at)


def close(stream: Stream, rules: Rules) -> None:
    """Start to watch anew after an alert has ended."""
    rate = stream["test"]["rate"]
    stream["open"] = None
    stream["window"] = _empty()
    stream["test"] = seq.new_test(rules.settings)
    stream["test"]["rate"] = rate


def is_known(stream: Stream, rules: Rules) -> bool:
    """Return whether the baseline of a stream is known."""
    return base.is_known(stream["baseline"], rules.settings, rules.least_events)


def _empty() -> Window:
    return Window(events=0, hits=0, cents=0, since=0, examples=[])


def _turn_day(stream: Stream, rules: Rules, day: int) -> bool:
    """Begin a day; return whether the open alert is so old that its rate is taken as normal now."""
    if day <= stream["day"]:
        return False
    if stream["day"]:
        base.count(stream["baseline"], stream["day"], *stream["today"])
    passed = min(day - stream["day"], MOST_DAYS) if stream["day"] else 1
    alert = stream["open"]
    base.turn_day(
        stream["baseline"], day, rules.settings, suspect_from=_suspect_from(stream, rules), drop=alert is not None
    )
    accepted = _is_old(stream, rules, day)
    if accepted:
        stream["baseline"] = base.new_baseline(day)
    stream["day"], stream["today"] = day, [0, 0]
    seq.start_day(stream["test"], _rate_of_day(stream, rules, day), passed)
    return accepted


def _is_old(stream: Stream, rules: Rules, day: int) -> bool:
    alert = stream["open"]
    return alert is not None and day - day_of(alert["at"]) > rules.settings.accept_days


def _suspect_from(stream: Stream, rules: Rules) -> int | None:
    if stream["test"]["rise"] < math.log(rules.settings.suspicion_odds) or not stream["window"]["since"]:
        return None
    return day_of(stream["window"]["since"])


def _rate_of_day(stream: Stream, rules: Rules, day: int) -> float:
    if is_known(stream, rules):
        rate = base.rate_of_day(stream["baseline"], day, rules.settings)
        return min(rules.settings.highest_rate, max(rules.floor, rate))
    return rules.unknown_rate or rules.settings.highest_rate


def _judge(stream: Stream, rules: Rules, at: int) -> Transition | None:
    test, window, alert = stream["test"], stream["window"], stream["open"]
    if alert is not None:
        if window["hits"] < 2 * alert["told"]:
            return None
        alert["told"] = window["hits"]
        return "updated"
    tested = rules.unknown_rate is not None or is_known(stream, rules)
    strong = seq.strength(test) >= rules.threshold and window["hits"] >= rules.settings.least_hits
    if not tested or not strong:
        return None
    test["shifted"] = _shifted_rate(test["rate"], window["hits"] / window["events"], rules.settings)
    stream["open"] = Open(at=at, rate=base.observed_rate(stream["baseline"]), tested=test["rate"], told=window["hits"])
    return "opened"


def _shifted_rate(rate: float, seen: float, settings: TestSettings) -> float:
    """Return the rate that a return to normal is told from.

    What was seen up to the alert overstates the new rate, because the alert opened at its best moment; the geometric
    mean with the old rate still separates the two.
    """
    return max(seq.changed_rates(rate, settings)[0], min(settings.highest_rate, math.sqrt(rate * seen)))
