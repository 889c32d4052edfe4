"""The history step: compare a batch with what came before, fire the rules, leave what is to be remembered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

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
from processors.validation.more_findings import with_more_findings
from processors.validation.validate import find


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
    found = find(past.batch, catalogue, "history")
    return with_more_findings(batch, found, np.asarray(past.rows, dtype=np.int64))
