"""The order in which the items of a queue are worked, and batches of one payer."""

from __future__ import annotations

from collections.abc import Sequence

from processors.workqueue.cases import Case


def ranked(cases: Sequence[Case]) -> list[Case]:
    """Return items that can be worked now, best first.

    Snoozed items are left out. Items past their deadline come last: they wait for a decision to write off. Of equal
    ones the earlier deadline, then the longer wait, comes first.
    """
    workable = [case for case in cases if case["status"] != "snoozed"]
    return sorted(workable, key=_order)


def _order(case: Case) -> tuple[bool, float, str, str, str]:
    return (
        case["write_off_review"],
        -case["priority"],
        str(case["deadline_on"] or "9999"),
        case["opened_at"].isoformat(),
        case["lineage_id"],
    )


def batches(cases: Sequence[Case], cap: int) -> list[list[Case]]:
    """Return the items in batches of one payer, best batch first.

    The best open item leads; the next best ones of its payer and queue follow in the same call or session, at most
    `cap` in all. Every item is in one batch.

    Args:
        cases: Items of one or several queues.
        cap: Most items in a batch (`payer_batch` of the settings).
    """
    groups: dict[tuple[str | None, str, bool], list[tuple[int, Case]]] = {}
    for place, case in enumerate(ranked(cases)):
        groups.setdefault((case["payer_id"], case["queue"], case["write_off_review"]), []).append((place, case))
    chunks = [group[start : start + cap] for group in groups.values() for start in range(0, len(group), cap)]
    return [[case for _, case in chunk] for chunk in sorted(chunks, key=lambda chunk: chunk[0][0])]
