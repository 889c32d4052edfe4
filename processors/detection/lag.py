"""Whether a payer answers later: one look a payment day, at the median of that day's answers.

Answers that come in one payment share its delay and are often sorted by age, so they are no independent events; the
medians of payment days nearly are. A day is late when its median is beyond every one of the first LEARN_DAYS days.
Of exchangeable days the next is so with a chance of one in LEARN_DAYS + 1; the days are tested against the far higher
LATE_RATE, because that chance holds on average over what the first days may have been: the true one exceeds LATE_RATE
in (1 - LATE_RATE) ** LEARN_DAYS, one payer in seventy-five.
"""

from __future__ import annotations

from typing import NamedTuple, TypedDict

from processors.detection.stream import day_of

LEARN_DAYS = 15
"""Payment days whose medians make the limit."""

LATE_RATE = 0.25

_LONGEST = 365


class LagState(TypedDict):
    """What is known of the answer times of a payer.

    Attributes:
        first_day: Number of the day of the first answer.
        day: Number of the latest payment day.
        today: Answers of that day by days taken, as text keys (JSON).
        cents: Money of that day's answers.
        lineage: One of its lineages.
        medians: Medians of the days that are learned from; emptied once the limit is set.
        limit: A day is late when its median takes longer; None while it is learned.
    """

    first_day: int
    day: int
    today: dict[str, int]
    cents: int
    lineage: str
    medians: list[int]
    limit: int | None


class PaymentDay(NamedTuple):
    """A payment day that is over.

    Attributes:
        late: Whether its median is beyond the limit.
        cents: Money of its answers.
        lineage: One of its lineages.
    """

    late: bool
    cents: int
    lineage: str


def answered(
    state: LagState | None, days: int, cents: int, lineage: str, at: int, warm_up_days: int
) -> tuple[LagState, PaymentDay | None]:
    """Take in an answer.

    Args:
        state: State before, changed in place; None at the beginning.
        days: Days the answer took.
        cents: Its money.
        lineage: Its lineage.
        at: Its instant, microseconds since 1970.
        warm_up_days: Days from a payer's first answer that teach nothing: only quick answers have come by then.

    Returns:
        The state, and the payment day that ended, when it is judged.
    """
    day = day_of(at)
    if state is None:
        state = LagState(first_day=day, day=day, today={}, cents=0, lineage=lineage, medians=[], limit=None)
    ended = None
    if day > state["day"]:
        ended = _end(state, warm_up_days)
        state["day"] = day
    key, today = str(min(max(days, 0), _LONGEST)), state["today"]
    today[key] = today.get(key, 0) + 1
    state["cents"] += cents
    state["lineage"] = lineage
    return state, ended


def _end(state: LagState, warm_up_days: int) -> PaymentDay | None:
    """Close the payment day and begin another; return the one that ended, when it is judged."""
    median, cents = _median(state["today"]), state["cents"]
    state["today"], state["cents"] = {}, 0
    if state["limit"] is not None:
        return PaymentDay(median > state["limit"], cents, state["lineage"])
    if state["day"] - state["first_day"] >= warm_up_days:
        state["medians"] = [*state["medians"], median]
    if len(state["medians"]) >= LEARN_DAYS:
        state["limit"], state["medians"] = max(state["medians"]), []
    return None


def _median(counts: dict[str, int]) -> int:
    needed, passed = sum(counts.values()) / 2, 0
    for days in sorted(map(int, counts)):
        passed += counts[str(days)]
        if passed >= needed:
            return days
    return 0
