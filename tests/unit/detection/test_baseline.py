"""What is normal for a stream: quarantine, days that are held back or dropped, fading, and a weekday of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.detection.baseline import (
    MOST_PENDING,
    Baseline,
    count,
    is_known,
    new_baseline,
    observed_rate,
    rate_of_day,
    turn_day,
    volume,
    wilson_upper,
)
from processors.detection.settings import DetectionSettings

TEST = DetectionSettings.shipped().test
MONDAY = 739_621  # 2026-01-05


def run(days: int, events: int = 100, hits: int = 5, monday_hits: int | None = None) -> Baseline:
    baseline = new_baseline(MONDAY)
    for day in range(MONDAY, MONDAY + days):
        turn_day(baseline, day, TEST, suspect_from=None, drop=False)
        monday = monday_hits is not None and (day - MONDAY) % 7 == 0
        count(baseline, day, events, monday_hits if monday and monday_hits is not None else hits)
    return baseline


def test_a_day_enters_when_its_quarantine_is_over() -> None:
    baseline = run(TEST.quarantine_days)
    assert volume(baseline) == 0
    turn_day(baseline, MONDAY + TEST.quarantine_days, TEST, suspect_from=None, drop=False)
    assert (volume(baseline), baseline["days"]) == (100, 1)


def test_days_of_an_open_alert_never_enter() -> None:
    baseline = run(10)
    before = observed_rate(baseline)
    for day in range(MONDAY + 10, MONDAY + 30):
        turn_day(baseline, day, TEST, suspect_from=None, drop=True)
        count(baseline, day, 100, 60)
    assert observed_rate(baseline) == pytest.approx(before)


def test_days_of_a_suspected_change_wait_and_enter_when_the_suspicion_is_gone() -> None:
    baseline = run(10)
    for day in range(MONDAY + 10, MONDAY + 20):
        turn_day(baseline, day, TEST, suspect_from=MONDAY + 10, drop=False)
        count(baseline, day, 100, 20)
    assert observed_rate(baseline) == pytest.approx(0.05)
    turn_day(baseline, MONDAY + 20, TEST, suspect_from=None, drop=False)
    assert observed_rate(baseline) > 0.07


def test_what_waits_is_bounded() -> None:
    baseline = run(5)
    for day in range(MONDAY + 5, MONDAY + 200):
        turn_day(baseline, day, TEST, suspect_from=MONDAY, drop=False)
        count(baseline, day, 100, 5)
    assert len(baseline["pending"]) <= MOST_PENDING + 1


def test_old_days_fade() -> None:
    baseline = run(20)
    before = volume(baseline)
    turn_day(baseline, baseline["day"] + int(TEST.half_life_days), TEST, suspect_from=None, drop=True)
    assert volume(baseline) == pytest.approx(before / 2)


def test_a_baseline_is_known_after_enough_days_and_events() -> None:
    short = run(TEST.baseline_days + TEST.quarantine_days - 1)
    enough = run(TEST.baseline_days + TEST.quarantine_days + 1)
    assert not is_known(short, TEST, TEST.baseline_events)
    assert is_known(enough, TEST, TEST.baseline_events)
    assert not is_known(enough, TEST, 10_000)


def test_only_a_weekday_that_clearly_runs_higher_has_a_rate_of_its_own() -> None:
    baseline = run(84, events=100, hits=5, monday_hits=15)
    monday, tuesday = rate_of_day(baseline, MONDAY, TEST), rate_of_day(baseline, MONDAY + 1, TEST)
    assert monday > 1.5 * tuesday
    plain = run(84, events=100, hits=5, monday_hits=6)
    assert rate_of_day(plain, MONDAY, TEST) == rate_of_day(plain, MONDAY + 1, TEST)


@given(st.floats(0, 1), st.integers(1, 10_000), st.floats(0, 4))
def test_the_upper_bound_is_a_share_above_the_observed_one(rate: float, events: int, errors: float) -> None:
    upper = wilson_upper(rate, events, errors)
    assert rate - 1e-9 <= upper <= 1
    assert wilson_upper(rate, events * 4, errors) <= upper + 1e-9


def test_the_upper_bound_worked_by_hand() -> None:
    # 10 of 100 at 1.96 errors: (0.1 + 3.8416/200 + 1.96 sqrt(0.0009 + 3.8416/40000)) / (1 + 3.8416/100)
    assert wilson_upper(0.1, 100, 1.96) == pytest.approx(0.1744, abs=1e-4)
