"""When an answer of a payer is late: a limit in days learned from its first answers, then kept."""

from __future__ import annotations

from typing import TypedDict

from processors.detection.stream import day_of

_LONGEST = 180
LEARN_EVENTS = 150
LEARN_DAYS = 5


class LagLimit(TypedDict):
    """What is known of the answer times of a payer.

    Attributes:
        counts: Answers by days taken, as text keys (JSON); emptied once the limit is set.
        first_day: Number of the day of the first answer.
        limit: An answer that takes longer is late; None while it is learned.
    """

    counts: dict[str, int]
    first_day: int
    limit: int | None


def is_late(state: LagLimit | None, days: int, at: int, share: float) -> tuple[LagLimit, bool | None]:
    """Return the new state, and whether an answer is late; None while the limit is learned.

    Args:
        state: The state before; None at the beginning.
        days: Days the answer took.
        at: Instant of the answer, microseconds since 1970.
        share: Share of answers in time.
    """
    state = state or LagLimit(counts={}, first_day=day_of(at), limit=None)
    if state["limit"] is not None:
        return state, days > state["limit"]
    key = str(min(max(days, 0), _LONGEST))
    counts = {**state["counts"], key: state["counts"].get(key, 0) + 1}
    if sum(counts.values()) >= LEARN_EVENTS and day_of(at) - state["first_day"] >= LEARN_DAYS:
        return LagLimit(counts={}, first_day=state["first_day"], limit=_quantile(counts, share)), None
    return LagLimit(counts=counts, first_day=state["first_day"], limit=None), None


def _quantile(counts: dict[str, int], share: float) -> int:
    needed, passed = share * sum(counts.values()), 0
    for days in sorted(map(int, counts)):
        passed += counts[str(days)]
        if passed >= needed:
            return days
    return _LONGEST
