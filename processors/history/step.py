"""The history step: compare a batch with what came before, fire the rules, leave what is to be remembered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.history.book import HistoryBook
from processors.history.columns import WithPast, with_past
from processors.history.facts import facts_of
from processors.history.lookups import stored_for
from processors.history.memory import writes_of
from processors.history.relations import relations
from processors.history.succession import succession
from processors.history.view import HistoryView
from processors.validation import RuleCatalogue
from processors.validation.derive import derive
from processors.validation.findings import Findings
from processors.validation.validate import ask

_RANKS = {"error": 0, "warning": 1, "info": 2}


def check_history(batch: ClaimBatch, book: HistoryBook, catalogue: RuleCatalogue, view: HistoryView) -> ClaimBatch:
    """Add the findings of history rules, and what is to be remembered of the batch.

    Only claims without errors are compared and remembered: what validation rejects was never submitted to a
    payer. The rules are asked about the claims that have a past.

    Args:
        batch: A validated batch.
        book: Procedure knowledge.
        catalogue: The rules in force; those of the stage history are asked.
        view: What was remembered before; it is read, never written.

    Returns:
        The batch with findings, error_count and warning_count brought up to date, and `history`: what to
        remember once the batch is committed.
    """
    if not (batch.claims["error_count"] == 0).any():
        return replace(batch, history={})
    facts = facts_of(batch, book, view)
    stored = stored_for(facts, view)
    became = succession(facts, stored)
    past = with_past(batch, facts, became, relations(facts, stored, became, book))
    checked = replace(batch, history=writes_of(facts, stored, became))
    return checked if past is None else _with_findings(checked, past, catalogue)


def _with_findings(batch: ClaimBatch, past: WithPast, catalogue: RuleCatalogue) -> ClaimBatch:
    """Add what the rules of the history stage find on the claims with a past."""
    kinds = past.batch.claims["claim_type"].unique().to_list()
    of_claims = catalogue.asked("claim", "history", kinds).columns
    of_lines = catalogue.asked("line", "history", kinds).columns
    claims, lines = derive(past.batch, of_claims, of_lines, catalogue.library)
    found = ask(past.batch, claims, lines, catalogue, "history")
    if not found.frame.height:
        return batch
    rows = pl.Series(past.rows, dtype=pl.UInt32)
    added = found.frame.with_columns(rows[found.frame["row"]].alias("row"))
    return replace(
        batch,
        findings=_in_reading_order(pl.concat([batch.findings, added])),
        claims=batch.claims.with_columns(_counted(batch.claims, past.rows, found)),
    )


def _in_reading_order(findings: pl.DataFrame) -> pl.DataFrame:
    """Sort findings by claim, errors first, the claim as a whole before its lines."""
    rank = pl.col("severity").replace_strict(_RANKS, return_dtype=pl.Int8)
    return findings.sort("row", rank, pl.col("line_number").fill_null(-1), maintain_order=True)


def _counted(claims: pl.DataFrame, rows: list[int], found: Findings) -> list[pl.Series]:
    """Return the counts of errors and warnings with those found in some rows."""
    counts = []
    for name, more in (("error_count", found.error_count), ("warning_count", found.warning_count)):
        total = claims[name].to_numpy().copy()
        total[np.asarray(rows)] += more.astype(total.dtype)
        counts.append(pl.Series(name, total, dtype=pl.Int32))
    return counts
