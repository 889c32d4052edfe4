"""The sequential test: has the rate of a stream of yes-or-no events gone up, and when is it back?

Shiryaev-Roberts statistic, mixed over several changed rates, with its prior mass spread over time. For a baseline
rate p and a changed rate q the likelihood ratio of an event is L = q/p for a hit and (1-q)/(1-p) for a miss. Let

    R = (R + d) L        for each event; d = months since the day before, added once at the turn of a day,

one R for each q = multiple x p, and M their mean. While the true rate is at most p every L has a mean of at most one
given the past, so M less the months passed is a supermartingale that starts at zero, and by Doob's inequality

    P(M reaches 1/a within t months) <= a t.

An alert opens when M reaches 1/a: a stream whose rate stays at or below p raises at most a false alarms a month,
whatever its volume and however long it runs. (M starts at zero again after an alert, so the bound is one on their
expected number as well.) Sources: S. W. Roberts, Technometrics 8 (1966) 411-430; M. Pollak, Annals of Statistics 13
(1985) 206-227; J. Shin, A. Ramdas, A. Rinaldo, "E-detectors" (2022), section 2, for the supermartingale argument.

Between hits only misses happen, and within a day p does not change, so a run of misses is applied at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypedDict

from processors.detection.settings import TestSettings

DAYS_A_MONTH = 30.0
_MOST_EVIDENCE = 1e12
"""Beyond this the evidence is complete; a cap keeps numbers finite."""


class Test(TypedDict):
    """State of the test of one stream.

    Attributes:
        rate: The rate of today that is tested against: p.
        evidence: R for each multiple.
        rise: Evidence (log likelihood ratio, never below zero) that the change is under way: where it leaves zero
            the change is taken to have begun.
        fall: Evidence that the old rate is back, while an alert is open.
        shifted: The rate the alert was opened with; 0 without one.
    """

    rate: float
    evidence: list[float]
    rise: float
    fall: float
    shifted: float


def new_test(settings: TestSettings) -> Test:
    """Return a test that has seen nothing."""
    return Test(rate=1.0, evidence=[0.0] * len(settings.multiples), rise=0.0, fall=0.0, shifted=0.0)


def start_day(test: Test, rate: float, days: int) -> None:
    """Begin a day.

    Args:
        test: Changed in place.
        rate: The rate that the day is tested against; known before its first event.
        days: Days since the day before.
    """
    test["rate"] = rate
    if not test["shifted"]:
        test["evidence"] = [value + days / DAYS_A_MONTH for value in test["evidence"]]


def misses(test: Test, number: int, settings: TestSettings) -> None:
    """Apply events that were no hits."""
    if not number:
        return
    rate = test["rate"]
    if test["shifted"]:
        gain = math.log((1 - rate) / (1 - test["shifted"])) if test["shifted"] > rate else 0.0
        test["fall"] += number * gain
        return
    rates = changed_rates(rate, settings)
    evidence, missed = test["evidence"], 1 - rate
    for place, changed in enumerate(rates):
        evidence[place] *= ((1 - changed) / missed) ** number
    test["rise"] = max(0.0, test["rise"] + number * math.log((1 - rates[0]) / missed)) if test["rise"] else 0.0


def hit(test: Test, settings: TestSettings) -> None:
    """Apply one hit."""
    rate = test["rate"]
    if test["shifted"]:
        test["fall"] = max(0.0, test["fall"] - math.log(test["shifted"] / rate)) if test["shifted"] > rate else 0.0
        return
    rates, evidence = changed_rates(rate, settings), test["evidence"]
    for place, changed in enumerate(rates):
        evidence[place] = min(_MOST_EVIDENCE, evidence[place] * changed / rate)
    test["rise"] += math.log(rates[0] / rate)


def is_back(test: Test, settings: TestSettings) -> bool:
    """Return whether the old rate is back, while an alert is open."""
    return test["fall"] >= math.log(settings.resolve_odds)


def strength(test: Test) -> float:
    """Return M: the evidence of a change, mixed over the changed rates."""
    return math.fsum(test["evidence"]) / len(test["evidence"])


def changed_rates(rate: float, settings: TestSettings) -> Sequence[float]:
    """Return the changed rates that are considered, never below the rate itself; the first tells since when."""
    highest = max(rate, settings.highest_rate)
    return [min(multiple * rate, highest) for multiple in settings.multiples]
