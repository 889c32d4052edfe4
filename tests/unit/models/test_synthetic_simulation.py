"""Simulated days: in order, repeatable, without end, nothing lost."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice

import polars as pl

from models.synthetic.simulation import Day, Plan, simulate

PLAN = Plan(claims_per_day=60, seed=4, first_day=date(2026, 1, 5), patients=2_000)
INSTANTS = {"submissions": "submitted_at", "acks": "received_at", "remits": "received_at"}


def frames(day: Day) -> dict[str, pl.DataFrame]:
    """Return the events of a day by kind."""
    return {kind: getattr(day, kind) for kind in INSTANTS}


def test_every_event_is_of_its_day_and_in_order_of_time() -> None:
    days = list(islice(simulate(PLAN), 20))
    assert [day.day for day in days] == [PLAN.first_day + timedelta(days=number) for number in range(20)]
    for day in days:
        for kind, frame in frames(day).items():
            instant = frame[INSTANTS[kind]]
            assert instant.is_sorted()
            assert (instant.dt.date() == day.day).all()
    assert sum(day.remits.height for day in days) > 50
    assert days[5].truth.height < 0.4 * days[4].truth.height  # Saturday


def test_the_same_plan_gives_the_same_days() -> None:
    for one, two in zip(islice(simulate(PLAN), 8), islice(simulate(PLAN), 8), strict=True):
        assert all(frames(one)[kind].equals(frames(two)[kind]) for kind in INSTANTS)


def test_going_on_without_new_claims_answers_every_claim() -> None:
    days = list(simulate(PLAN, 3, drain=True))
    claims = pl.concat([day.submissions for day in days])
    remits = pl.concat([day.remits for day in days]).drop_nulls("patient_control_token")
    assert set(claims["patient_control_token"]) == set(remits["patient_control_token"])
    assert claims["event_id"].n_unique() == claims.height
    assert sum(day.truth.height for day in days) == claims["patient_control_token"].n_unique()
    assert days[-1].day > days[2].day


def test_patients_come_back_on_other_days() -> None:
    days = list(islice(simulate(PLAN), 15))
    seen = pl.concat([day.submissions.select("patient_token", "submitted_at") for day in days])
    returning = seen.group_by("patient_token").agg(pl.col("submitted_at").dt.date().n_unique())
    assert (returning["submitted_at"] > 1).sum() > 20
