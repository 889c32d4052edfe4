"""What people did with an item: claim, release, snooze, done and undo as a fold over events, with its history.

Undo is an event as well, and can itself be undone: the history is complete and nothing is ever erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Action = Mapping[str, Any]
"""An event of workqueue.actions."""


@dataclass(frozen=True)
class Entry:
    """One action in the history of an item.

    Attributes:
        action: The event.
        effect: applied; undone (a later undo took it back); refused (the item was held by somebody else, or there
            was nothing to undo).
    """

    action: Action
    effect: str


@dataclass(frozen=True)
class ItemStatus:
    """Where an item stands after its actions.

    Attributes:
        owner: Who has claimed it.
        snoozed_until: End of the latest snooze.
        done_at: When it was done; None while it is not.
        outcome: How it was done.
        written_off_cents: What was written off with it; None for all, or when nothing was.
        history: Every action, in order of time.
    """

    owner: str | None = None
    snoozed_until: datetime | None = None
    done_at: datetime | None = None
    outcome: str | None = None
    written_off_cents: int | None = None
    history: tuple[Entry, ...] = ()

    def status(self, now: datetime) -> str:
        """Return open, claimed, snoozed or done."""
        if self.done_at:
            return "done"
        if self.snoozed_until and self.snoozed_until > now:
            return "snoozed"
        return "claimed" if self.owner else "open"


def fold(actions: Iterable[Action], since: datetime | None = None) -> ItemStatus:
    """Return the status of an item.

    Args:
        actions: The events of one queue and lineage, in any order; repeated ones count once.
        since: When the item was opened; a claim, snooze or done of an earlier opening is history only.
    """
    once = {action["event_id"]: action for action in actions}
    ordered = sorted(once.values(), key=lambda action: (action["acted_at"], action["event_id"]))
    undone, refused = _undone(ordered)
    state = ItemStatus()
    history = []
    for action in ordered:
        effect = "undone" if action["event_id"] in undone else "refused" if action["event_id"] in refused else "applied"
        current = since is None or action["acted_at"] >= since
        if effect == "applied" and action["action"] != "undo" and current:
            state, effect = _apply(state, action)
        history.append(Entry(action, effect))
    return ItemStatus(
        state.owner, state.snoozed_until, state.done_at, state.outcome, state.written_off_cents, tuple(history)
    )


def _undone(ordered: Sequence[Action]) -> tuple[set[str], set[str]]:
    """Return the actions that are taken back, and the undos that take nothing back.

    From the last to the first: an undo that is itself undone takes nothing back. Without a target an undo means
    the latest action before it that still stands.
    """
    undone: set[str] = set()
    refused: set[str] = set()
    for place in reversed(range(len(ordered))):
        action = ordered[place]
        if action["action"] != "undo" or action["event_id"] in undone:
            continue
        before = ordered[:place]
        target: str | None = action["undoes_event_id"] or _latest(before, undone)
        if target and target not in undone and any(earlier["event_id"] == target for earlier in before):
            undone.add(target)
        else:
            refused.add(action["event_id"])
    return undone, refused


def _latest(before: Sequence[Action], undone: set[str]) -> str | None:
    for action in reversed(before):
        if action["action"] != "undo" and action["event_id"] not in undone:
            return str(action["event_id"])
    return None


def _apply(state: ItemStatus, action: Action) -> tuple[ItemStatus, str]:
    """Return the status after an action, and whether it took effect. An item never has two owners."""
    kind, actor = action["action"], action["actor"]
    held = state.owner not in (None, actor)
    if state.done_at or (kind in ("claim", "done", "snooze") and held):
        return state, "refused"
    if kind == "claim":
        return ItemStatus(actor, None), "applied"
    if kind == "release":
        return ItemStatus(None, state.snoozed_until), "applied"
    if kind == "snooze":
        return ItemStatus(state.owner, action["snooze_until"]), "applied"
    if kind == "done":
        done = ItemStatus(state.owner, None, action["acted_at"], action["outcome"], action["written_off_cents"])
        return done, "applied"
    return state, "refused"
