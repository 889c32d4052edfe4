"""When payers acknowledge and pay: medians, spread and payment days of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.synthetic.world import Index, Numbers, the_world

_SEED = 20_260_103
_MEDIAN_DAYS = {
    "medicare": 14.0,
    "medicare_advantage": 18.0,
    "medicaid": 21.0,
    "commercial": 16.0,
    "exchange": 22.0,
    "tricare": 20.0,
    "workers_comp": 32.0,
    "other": 36.0,
}
_FLOOR_DAYS = 3.0
_MEDICARE_FLOOR_DAYS = 13.0  # 42 CFR 422.520 and the payment floor of electronic claims
_PAYMENT_DAYS = ((0, 1, 2, 3, 4), (1, 4), (2,), (0, 3), (4,))
_DAY_US = 86_400_000_000
_FIRST_WEEKDAY = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True)
class Habits:
    """Habits of every payer, by payer index.

    Attributes:
        median_days: Median days from acceptance to decision.
        sigma: Standard deviation of their logarithm.
        floor_days: Least days.
        ack_hours: Median hours from receipt to the payer's own acknowledgement.
        wait_days: Days from a weekday (Monday 0) to the next payment day, payer x weekday.
        by_check: Whether it pays by check.
    """

    median_days: Numbers
    sigma: Numbers
    floor_days: Numbers
    ack_hours: Numbers
    wait_days: Index
    by_check: np.ndarray

    def decided_at(self, payer: Index, accepted_at: Index, normal: Numbers, slower: Numbers) -> Index:
        """Return when each claim is decided, microseconds since 1970.

        Args:
            payer: Payer index.
            accepted_at: When the payer took the claim, microseconds since 1970.
            normal: Standard normal draws.
            slower: Factor on the days.
        """
        days = self.median_days[payer] * np.exp(self.sigma[payer] * normal) * slower
        days = np.clip(days, self.floor_days[payer], 150)
        result: Index = accepted_at + (days * _DAY_US).astype(np.int64)
        return result

    def paid_on(self, payer: Index, decided_at: Index) -> Index:
        """Return the payment day behind each decision, days since 1970."""
        day = decided_at // _DAY_US
        result: Index = day + self.wait_days[payer, (day + _FIRST_WEEKDAY) % 7]
        return result


@lru_cache(maxsize=1)
def the_habits() -> Habits:
    """Return the habits of the world's payers; the same in every run."""
    rng = np.random.default_rng(_SEED)
    kinds = the_world().payers["payer_type"].to_list()
    count = len(kinds)
    wait = np.zeros((count, 7), dtype=np.int64)
    for payer in range(count):
        days = _PAYMENT_DAYS[payer % len(_PAYMENT_DAYS)]
        wait[payer] = [min((day - weekday) % 7 for day in days) for weekday in range(7)]
    return Habits(
        median_days=np.array([_MEDIAN_DAYS[kind] for kind in kinds]) * np.exp(rng.normal(0, 0.15, count)),
        sigma=rng.uniform(0.2, 0.4, count),
        floor_days=np.array([_MEDICARE_FLOOR_DAYS if kind == "medicare" else _FLOOR_DAYS for kind in kinds]),
        ack_hours=rng.uniform(6, 40, count),
        wait_days=wait,
        by_check=rng.random(count) < 0.15,
    )
