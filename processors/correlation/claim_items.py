"""Items of claims before submission: ended when a person is done or the claim has gone on, stated again on an undo.

The claim stage opens them (`workqueue.item`, one for each claim) and never looks back; only correlation knows what
became of a claim. An item is named by queue and claim id.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from processors.correlation.facts import Fact
from processors.correlation.ledger import Account, View
from processors.correlation.matching import Attempt, Lineage
from processors.correlation.statements import GONE, Statement, event_id

CONTRACT = "workqueue.item"
_OF_CLAIM = (
    "tenant_id", "claim_id", "_hash", "queue", "disposition", "payer_id", "total_charge_cents",
    "expected_allowed_cents", "approval_probability", "patient_control_token",
)  # fmt: skip


def changed(account: Account, view: View, as_of: int) -> Iterator[Statement]:
    """Yield the items that end, as tombstones, and those that are open again.

    Args:
        account: The account; its `items` are brought up to date: how often an item has ended or come back.
        view: The account, understood.
        as_of: Instant of what made a change known.
    """
    told: dict[str, int] = account.setdefault("items", {})
    for name, (claim, waits) in _items(view).items():
        times = told.get(name, 0)
        if waits == _is_open(times):
            continue
        told[name] = times + 1
        yield Statement(CONTRACT, _again(claim, times + 1, as_of) if waits else _tombstone(claim))


def _is_open(times: int) -> bool:
    """Return whether an item is open that has ended or come back so many times; the stage has opened it."""
    return times % 2 == 0


def _items(view: View) -> dict[str, tuple[Fact, bool]]:
    """Return, for each item, the claim of the latest attempt behind it and whether it still waits for a person."""
    found: dict[str, tuple[Fact, bool]] = {}
    for story in view.stories.values():
        for attempt in story.lineage.attempts:
            claim = attempt.claim
            if claim.get("item") is not None:
                found[f"{claim['queue']}|{claim['claim_id']}"] = (claim, _waits(story.lineage, attempt))
    return found


def _waits(lineage: Lineage, attempt: Attempt) -> bool:
    if attempt is not lineage.latest or _done(lineage, attempt):
        return False
    if attempt.claim["disposition"] == "ready":
        # A sample for quality assurance has gone out already: acknowledgements say nothing, a payment makes it late.
        return not any(answered is attempt for _, answered in lineage.remits)
    return not attempt.released


def _done(lineage: Lineage, attempt: Attempt) -> bool:
    claim = attempt.claim
    return any(
        action["action"] == "done" and action["queue"] == claim["queue"] and action["at"] >= attempt.submitted_at
        for action in lineage.actions
    )


def _tombstone(claim: Fact) -> dict[str, Any]:
    return {**{name: claim[name] for name in ("tenant_id", "queue", "claim_id")}, "status": GONE}


def _again(claim: Fact, times: int, as_of: int) -> dict[str, Any]:
    return {
        **{name: claim[name] for name in _OF_CLAIM},
        **claim["item"],
        "event_id": event_id(CONTRACT, claim["id"], times),
        "created_at": as_of,
    }
