"""Streams of claims for the history tests: short, crowded, and told in terms of the field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from processors.batch import ClaimBatch
from processors.history import HistoryBook, InMemoryHistory, check_history
from processors.history.examples import with_limits
from processors.validation import RuleCatalogue
from processors.validation.catalogue import CATALOGUE_FOLDER
from processors.validation.examples import example_batch
from reference.library import ReferenceLibrary

Decision = tuple[tuple[str, int | None, str], ...]
"""What was found about one claim: rule, line, message."""


@cache
def catalogue() -> RuleCatalogue:
    """The rules of the history stage alone."""
    return RuleCatalogue.load([Path(CATALOGUE_FOLDER) / "history.yaml"])


@cache
def book() -> HistoryBook:
    return HistoryBook.of(with_limits(ReferenceLibrary.starter()))


def claim(
    day: date = date(2026, 6, 1), codes: Sequence[str] = ("99213",), account: str | None = None, **changes: Any
) -> dict[str, Any]:
    """Return the changes of a claim with one line a code, all on one day; `account` is its control number."""
    if account is not None:
        changes["patient_control_token"] = account
    lines = [{"procedure_code": code, "service_from": day, "service_to": day} for code in codes]
    return {"service_from": day, "service_to": day, "lines": lines, **changes}


def stream(claims: Iterable[Mapping[str, Any]]) -> ClaimBatch:
    """Return claims as a stream: each has its partition (by patient) and offset, and passed validation.

    `error_count` among the changes makes a claim one that validation rejected; `partition` moves it.
    """
    changes = [dict(c) for c in claims]
    errors = [c.pop("error_count", 0) for c in changes]
    partitions = [c.pop("partition", 0) for c in changes]
    named = [
        {"event_id": f"event-{n}", "claim_id": f"claim-{n}", "patient_control_token": f"control-{n}", **c}
        for n, c in enumerate(changes)
    ]
    batch = example_batch(named)
    placed = batch.claims.with_columns(
        pl.Series("error_count", errors, dtype=pl.Int32),
        pl.Series("warning_count", [0] * len(errors), dtype=pl.Int32),
        pl.Series("source_partition", partitions, dtype=pl.Int32),
        pl.Series("source_offset", range(len(errors)), dtype=pl.Int64),
    )
    return replace(batch, claims=placed)


@dataclass
class Run:
    """One way to process a stream: remembers between batches, as the stage does."""

    whole: ClaimBatch
    memory: InMemoryHistory = field(default_factory=InMemoryHistory)

    def process(self, rows: Sequence[int], *, commit: bool = True) -> list[Decision]:
        """Process some claims as one batch and return what was found about each."""
        checked = check_history(self.whole.take(list(rows)), book(), catalogue(), self.memory)
        if commit:
            self.memory.remember(checked.history)
        found: list[list[tuple[str, int | None, str]]] = [[] for _ in rows]
        for row, line, rule, message in checked.findings.select("row", "line_number", "rule_id", "message").iter_rows():
            found[row].append((rule, line, message))
        return [tuple(decisions) for decisions in found]

    def one_by_one(self) -> list[Decision]:
        """Process every claim in a batch of its own."""
        return [decision for row in range(self.whole.size) for decision in self.process([row])]


def rules_fired(claims: Sequence[Mapping[str, Any]]) -> list[set[str]]:
    """Return the rules that fire on each claim; the same in one batch and in batches of one, which is checked."""
    whole = stream(claims)
    singly, together = Run(whole).one_by_one(), Run(whole).process(range(whole.size))
    assert singly == together, "what is found depends on how the stream is cut"
    return [{rule for rule, _, _ in decision} for decision in singly]
