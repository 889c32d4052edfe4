"""The outcome of a foreign table: what of it means denied."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from models.tables.values import as_numbers, as_text
from schemas.errors import BadInputError

_DENIED = (
    "denied", "denial", "deny", "rejected", "reject", "unpaid", "not paid", "declined", "disallowed",
    "overturned", "yes", "y", "true", "t", "d", "1", "positive", "not approved", "fail", "failed",
)  # fmt: skip
_PAID = (
    "paid", "approved", "approve", "allowed", "accepted", "accept", "upheld", "no", "n", "false", "f", "p", "a",
    "0", "negative", "not denied", "pass", "passed", "paid in full", "partial", "partially paid", "settled",
)  # fmt: skip
_REMEDY = "Name the values that mean denied in the map, as `positive: [Denied, Rejected]`."


def denied_of(column: pl.Series, positive: list[str] | None) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Return 1 for denied, 0 for not, NaN where the outcome is not known; and notes for people.

    Raises:
        BadInputError: The values do not say what means denied, or all rows have one outcome.
    """
    text = as_text(column).str.to_lowercase()
    if positive is not None:
        wanted = [value.strip().lower() for value in positive]
        outcome = _mapped(text, lambda value: float(value in wanted or value in _numbers_of(wanted)))
        notes: list[str] = []
    else:
        outcome, notes = _by_itself(column, text)
    known = outcome[~np.isnan(outcome)]
    if not len(known) or known.min() == known.max():
        which = "unknown" if not len(known) else ("denied" if known[0] else "paid")
        msg = f"All rows of the label {column.name} are {which}: there is nothing to tell apart."
        raise BadInputError(msg, "Give a table with both outcomes, or correct `label` and `positive` in the map.")
    return outcome, notes


def _by_itself(column: pl.Series, text: pl.Series) -> tuple[npt.NDArray[np.float64], list[str]]:
    values = sorted(text.drop_nulls().unique().to_list())
    read = as_numbers(column)
    if read.count() == column.count() and set(read.drop_nulls().unique().to_list()) <= {0.0, 1.0}:
        return _nan(read), _warned(column.name)
    words = set(_DENIED) | set(_PAID)
    if values and set(values) <= words:
        return _mapped(text, lambda value: float(value in _DENIED)), []
    shown = ", ".join(values[:8])
    msg = f"The label {column.name} holds {len(values)} different values ({shown}): they do not say what means denied."
    raise BadInputError(msg, _REMEDY)


def _warned(name: str) -> list[str]:
    lowered = name.lower()
    if any(word in lowered for word in ("approv", "paid", "accept")) and "un" not in lowered and "not" not in lowered:
        return [f"1 of {name} is read as the outcome predicted; if it means paid, say `positive: [0]`"]
    return []


def _mapped(text: pl.Series, told: Callable[[str], float]) -> npt.NDArray[np.float64]:
    values = text.unique().drop_nulls().to_list()
    table = {value: told(value) for value in values}
    return _nan(text.replace_strict(table, default=None, return_dtype=pl.Float64))


def _numbers_of(wanted: list[str]) -> set[str]:
    """Return the other spellings of truths: YAML reads yes and true as one."""
    return {"1"} if "true" in wanted else {"0"} if "false" in wanted else set()


def _nan(column: pl.Series) -> npt.NDArray[np.float64]:
    result: npt.NDArray[np.float64] = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return result
