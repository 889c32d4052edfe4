"""Fields of claims and lines as arrays, read in one query a level.

Groups of columns compute on these. A query of its own for every field would cost a small batch more than what is
computed from it.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.validation.columns.definition import Inputs
from processors.validation.columns.forms import BILL_TYPE, PROCEDURE, TWO_DIGITS

NO_DAY = -(2**31)
"""Stands for a missing day."""

Arrays = dict[str, np.ndarray]


def _day(name: str) -> pl.Expr:
    return pl.col(name).to_physical().cast(pl.Int64).fill_null(NO_DAY)


def _count(name: str) -> pl.Expr:
    return pl.col(name).list.len().cast(pl.Int64).fill_null(0)


_LISTS = ("condition_codes", "occurrences", "value_codes", "procedures")
_CLAIM = {
    **{
        f"is_{kind}": (pl.col("claim_type") == kind).fill_null(value=False)
        for kind in ("professional", "institutional", "dental")
    },
    **{name: _day(name) for name in ("statement_from", "statement_to", "admitted_on")},
    **{name: _count(name) for name in _LISTS},
}
_LINE = {
    "day": _day("service_from"),
    "last_day": _day("service_to"),
    "units": pl.col("units").fill_null(0).fill_nan(0),
    "counts_units": (pl.col("unit_basis") == "UN").fill_null(value=False),
    "modifiers": _count("modifiers"),
}
_BILL_FORMS = {"type_of_bill": BILL_TYPE, "patient_status": TWO_DIGITS}


def claim_arrays(inputs: Inputs) -> Arrays:
    """Return fields of the claims: kinds, days since 1970 (NO_DAY when missing), and the lengths of lists."""
    return _arrays(inputs.claims.select(**_CLAIM))


def line_arrays(inputs: Inputs) -> Arrays:
    """Return fields of the lines: first and last day since 1970, units, and the number of modifiers."""
    return _arrays(inputs.lines.select(**_LINE))


def bill_numbers(inputs: Inputs) -> Arrays:
    """Return type of bill and patient status of the claims as numbers of their forms; none but institutional ones."""
    rows = np.flatnonzero(inputs.once(claim_arrays)["is_institutional"])
    numbers = {name: np.full(inputs.size, form.size, dtype=np.int64) for name, form in _BILL_FORMS.items()}
    if len(rows):
        bills = inputs.claims.select(*_BILL_FORMS)[rows]
        for name, form in _BILL_FORMS.items():
            numbers[name][rows] = form.numbers(bills[name])
    return numbers


def code_numbers(inputs: Inputs) -> np.ndarray:
    """Return the number of the procedure code of every line (`forms.PROCEDURE`)."""
    return PROCEDURE.numbers(inputs.lines["procedure_code"])


def _arrays(frame: pl.DataFrame) -> Arrays:
    return {column.name: column.to_numpy() for column in frame.iter_columns()}
