"""The leak audit: refuses columns that are known only after a payer has decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from models.learning.dataset import Numbers
from models.tables.values import as_days, as_numbers, as_text
from schemas.errors import ClaimstreamError

_AFTER = frozenset(
    [
        "paid",
        "payment",
        "payments",
        "pmt",
        "pymt",
        "allowed",
        "denial",
        "denials",
        "denied",
        "deny",
        "dnl",
        "reject",
        "rejected",
        "rejection",
        "carc",
        "rarc",
        "cas",
        "remark",
        "adjustment",
        "adjustments",
        "adjusted",
        "adj",
        "remit",
        "remittance",
        "era",
        "eob",
        "eop",
        "adjudicated",
        "adjudication",
        "adjudicate",
        "prcsg",
        "check",
        "cheque",
        "eft",
        "appeal",
        "appealed",
        "appeals",
        "overturned",
        "writeoff",
        "recoup",
        "recouped",
        "recoupment",
        "outcome",
        "disposition",
        "deductible",
        "coinsurance",
        "copayment",
        "reimbursed",
        "reimbursement",
        "settled",
        "settlement",
        "approved",
        "approval",
        "posted",
        "posting",
    ]
)
"""Words in the names of what an adjudication leaves behind."""

_BEFORE = frozenset(
    [
        "prior",
        "auth",
        "authorization",
        "authorisation",
        "preauth",
        "patient",
        "expected",
        "estimated",
        "history",
        "historical",
        "hist",
        "past",
        "previous",
        "last",
        "rate",
        "rates",
        "avg",
        "average",
        "mean",
        "ratio",
        "other",
        "cob",
        "eligibility",
        "elig",
        "policy",
        "plan",
        "limit",
        "h",
        "contract",
        "fee",
        "days_to_submit",
        "charge",
        "remaining",
        "met",
        "annual",
    ]
)
"""Words that make such a name a fact known before: prior_denials, expected_allowed, payer_denial_rate."""

_STATUS = re.compile(
    r"(^|_)(claim|line|payer|final|current|adj|payment|processing)_?status|^status(_code)?$|line_prcsg_ind"
)
_TELLS_ALL = 0.95
_TELLS_MUCH = 0.55
_SUSPECT = 0.85
_LEAST_ROWS = 60
_BINS = 64
_FOLDS = 5


class LeakError(ClaimstreamError):
    """A table has features that are known only after adjudication."""


@dataclass(frozen=True)
class Leak:
    """What the audit says of one column.

    Attributes:
        column: Its name.
        auroc: How well it alone tells the outcomes apart, on rows its rates did not see.
        why: What speaks against it.
        verdict: refused, allowed (by the map) or to be asked about.
    """

    column: str
    auroc: float
    why: str
    verdict: str


def audit(frame: pl.DataFrame, denied: Numbers, kinds: Mapping[str, str], allow: list[str]) -> list[Leak]:
    """Look at every feature alone: its name, and what it tells.

    Args:
        frame: Training rows.
        denied: Their outcomes.
        kinds: number, date or category by feature.
        allow: Features the owner of the table vouches for.
    """
    found = []
    for name, kind in kinds.items():
        strength = _strength(frame[name], kind, denied)
        named = names_what_comes_after(name)
        refused = strength >= _TELLS_ALL or (named and strength >= _TELLS_MUCH)
        if refused or strength >= _SUSPECT or named:
            why = f"it alone tells denied from paid with AUROC {strength:.3f}"
            why += ", and its name speaks of an adjudication" if named else ""
            verdict = "refused" if refused else "to be asked about"
            found.append(Leak(name, round(strength, 4), why, "allowed by the map" if name in allow else verdict))
    return found


def require_no_leaks(leaks: list[Leak]) -> None:
    """Refuse a table with leaking features.

    Raises:
        LeakError: There are some.
    """
    refused = [leak for leak in leaks if leak.verdict == "refused"]
    if refused:
        told = "; ".join(f"{leak.column}: {leak.why}" for leak in refused)
        msg = f"Features that are known only after adjudication: {told}."
        remedy = (
            "List them under `drop` in the map, or train with --drop-leaks. If one is known before submission, list it "
            "under `allow`."
        )
        raise LeakError(msg, remedy)


def as_facts(leaks: list[Leak]) -> dict[str, Any]:
    """Return the audit as meta.json holds it."""
    lead = (
        "Every feature was asked alone; names that speak of an adjudication, and columns that tell too much, are below."
    )
    return {
        "lead": lead if leaks else "Every feature was asked alone: none tells too much.",
        "columns": [asdict(x) for x in leaks],
    }


def names_what_comes_after(name: str) -> bool:
    """Tell whether a column's name speaks of what an adjudication leaves behind."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    words = set(re.split(r"[^a-z0-9]+", spaced))
    if words & _BEFORE:
        return False
    return bool(words & _AFTER or _STATUS.search(re.sub(r"[^a-z0-9]+", "_", spaced)))


def _strength(column: pl.Series, kind: str, denied: Numbers) -> float:
    """Return AUROC of the rates of a column's bins or levels, each row's learnt from other folds."""
    if len(column) < _LEAST_ROWS:
        return 0.5
    level = _levels(column, kind)
    width = int(level.max()) + 1
    fold = np.arange(len(level)) % _FOLDS
    scores = np.zeros(len(level))
    for number in range(_FOLDS):
        held = fold == number
        rows = np.bincount(level[~held], minlength=width)
        hits = np.bincount(level[~held], denied[~held], minlength=width)
        scores[held] = ((hits + denied.mean() * 5) / (rows + 5))[level[held]]
    return float(roc_auc_score(denied > 0.5, scores))


def _levels(column: pl.Series, kind: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    if kind == "category":
        return as_text(column).fill_null("").rank("dense").cast(pl.Int64).to_numpy() - 1
    values = (as_days(column) if kind == "date" else as_numbers(column)).fill_null(float("nan")).to_numpy()
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, np.nan_to_num(values), side="left"))
