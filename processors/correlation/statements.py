"""Signed statements: what was said about a subject is taken back before something else is said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Said = dict[str, list[Any]]
"""By subject: the number of the last statement and its row; None after it was taken back for good."""

SOURCE = "correlation"
GONE = "gone"
"""Status of the tombstone of an item in a workqueue."""


@dataclass(frozen=True)
class Statement:
    """One event to publish.

    Attributes:
        contract: Name of its contract.
        row: Its fields.
    """

    contract: str
    row: Row


def event_id(*parts: object) -> str:
    """Return the id of an event made of these parts: the same on every replay."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]


def restate(said: Said, contract: str, rows: Mapping[str, Row], as_of: int, key: str) -> Iterator[Statement]:
    """Yield what must be said so that the rows hold, and remember it.

    Args:
        said: What was said before; is brought up to date.
        contract: Contract of the rows.
        rows: Rows that hold now, by subject.
        as_of: Receipt of the input that made them known.
        key: Key of the account: part of the event ids, since an adjustment may move from one account to another.
    """
    for subject in [name for name, (_, row) in said.items() if row is not None and name not in rows]:
        revision, before = said[subject]
        said[subject] = [revision, None]
        yield _statement(contract, (key, subject, revision, -1), before, as_of)
    for subject, row in rows.items():
        revision, before = said.get(subject, (0, None))
        if before == row:
            continue
        if before is not None:
            yield _statement(contract, (key, subject, revision, -1), before, as_of)
        said[subject] = [revision + 1, row]
        yield _statement(contract, (key, subject, revision + 1, 1), row, as_of)


def _statement(contract: str, name: tuple[str, str, int, int], row: Row, as_of: int) -> Statement:
    _, _, revision, sign = name
    head = {"source": SOURCE, "sign": sign, "revision": revision, "as_of": as_of}
    return Statement(contract, {**row, **head, "event_id": event_id(contract, *name)})
