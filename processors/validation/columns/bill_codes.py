"""Columns of the codes that an institutional claim carries: conditions, occurrences, values and procedures.

Sources: code sets of the uniform bill as the X12 837I guide carries them; form of ICD-10-PCS codes.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.validation.columns.claim_days import NO_DAY
from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.flags import Flags
from processors.validation.columns.forms import TWO, expand

_CHANGE_REASONS = "D0-D9 E0"
_VOID_REASONS = "D5 D6"
_LEAVE = "74"
_COVERED, _NONCOVERED = "80", "81"


def _owners(lists: pl.Series) -> Integers:
    """Return the row of the claim of every element of a list column."""
    return np.repeat(np.arange(lists.len()), lists.list.len().fill_null(0).to_numpy())


def _elements(lists: pl.Series) -> pl.DataFrame:
    """Return the elements of a list column of records, one row each."""
    return lists.explode(empty_as_null=False, keep_nulls=False).struct.unnest()


def _days(column: pl.Series) -> Integers:
    return column.to_physical().fill_null(NO_DAY).to_numpy().astype(np.int64)


def _claims_with(owner: Integers, which: Flags, size: int) -> Flags:
    flags = np.zeros(size, dtype=bool)
    flags[owner[which]] = True
    return flags


def _is_one_of(numbers: Integers, codes: str) -> Flags:
    return np.isin(numbers, TWO.numbers_of(expand(codes)))


def _condition_columns(inputs: Inputs) -> list[pl.Series]:
    lists, size = inputs.claims["condition_codes"], inputs.size
    owner = _owners(lists)
    number = TWO.numbers(lists.explode(empty_as_null=False, keep_nulls=False))
    flags = {
        "condition_malformed": number == TWO.size,
        "has_change_reason": _is_one_of(number, _CHANGE_REASONS),
        "has_void_reason": _is_one_of(number, _VOID_REASONS),
    }
    return [pl.Series(name, _claims_with(owner, which, size)) for name, which in flags.items()]


CLAIM_CONDITIONS = ColumnGroup(
    (
        ("condition_malformed", "a condition code is not two digits or capitals"),
        ("has_change_reason", "a condition code says why a claim is changed (D0-D9, E0)"),
        ("has_void_reason", "a condition code says that a claim is cancelled (D5, D6)"),
    ),
    _condition_columns,
)

# Codes 70-99 and M0-Z9 name a span of days, the others one day.
_LETTER_STEP = 36
_FIRST_SPAN, _LAST_SPAN = TWO.number("70"), TWO.number("9Z")
_FIRST_SPAN_LETTER = TWO.number("M0")


def _occurrence_columns(inputs: Inputs) -> list[pl.Series]:
    lists, size = inputs.claims["occurrences"], inputs.size
    owner, rows = _owners(lists), _elements(lists)
    number, first, last = TWO.numbers(rows["code"]), _days(rows["date_from"]), _days(rows["date_to"])
    formed = number < TWO.size
    is_span = formed & (((number >= _FIRST_SPAN) & (number <= _LAST_SPAN)) | (number >= _FIRST_SPAN_LETTER))
    flags = {
        "occurrence_malformed": ~formed,
        "occurrence_undated": first == NO_DAY,
        "span_out_of_order": (first != NO_DAY) & (last != NO_DAY) & (last < first),
        "span_without_end": is_span & (last == NO_DAY),
        "occurrence_with_end": formed & ~is_span & (last != NO_DAY),
        "has_leave_span": _is_one_of(number, _LEAVE),
    }
    return [pl.Series(name, _claims_with(owner, which, size)) for name, which in flags.items()]


CLAIM_OCCURRENCES = ColumnGroup(
    (
        ("occurrence_malformed", "an occurrence code is not two digits or capitals"),
        ("occurrence_undated", "an occurrence has no date"),
        ("span_out_of_order", "an occurrence span ends before it begins"),
        ("span_without_end", "an occurrence span (70-99, M0-Z9) has no last day"),
        ("occurrence_with_end", "an occurrence of one day (01-69, A0-L9) has a last day"),
        ("has_leave_span", "an occurrence span says leave of absence (74)"),
    ),
    _occurrence_columns,
)


def _value_columns(inputs: Inputs) -> list[pl.Series]:
    lists, size = inputs.claims["value_codes"], inputs.size
    owner, rows = _owners(lists), _elements(lists)
    number, amount = TWO.numbers(rows["code"]), rows["amount_cents"].fill_null(0).to_numpy()
    # Codes that count carry hundredths of the count, as amounts carry cents.
    columns = [pl.Series("value_malformed", _claims_with(owner, number == TWO.size, size))]
    for name, code in (("covered_days", _COVERED), ("noncovered_days", _NONCOVERED)):
        which = number == TWO.number(code)
        days = np.full(size, -1, dtype=np.int32)
        days[owner[which]] = amount[which] // 100
        columns.append(pl.Series(name, days))
    return columns


CLAIM_VALUES = ColumnGroup(
    (
        ("value_malformed", "a value code is not two digits or capitals"),
        ("covered_days", "covered days (value code 80); -1 not given"),
        ("noncovered_days", "days not covered (value code 81); -1 not given"),
    ),
    _value_columns,
)

_PCS = "^[0-9A-HJ-NP-Z]{7}$"
_DAYS_BEFORE = 3
"""Services of the three days before the admission belong to the stay."""


def _procedure_columns(inputs: Inputs) -> list[pl.Series]:
    lists, size = inputs.claims["procedures"], inputs.size
    owner, rows = _owners(lists), _elements(lists)
    day = _days(rows["performed_on"])
    limits = inputs.claims.select(
        first=pl.coalesce(pl.min_horizontal("statement_from", "admitted_on"), "service_from"),
        last=pl.coalesce("statement_to", "service_to"),
    )[owner]
    first, last = _days(limits["first"]), _days(limits["last"])
    outside = (first != NO_DAY) & (day < first - _DAYS_BEFORE) | (last != NO_DAY) & (day > last)
    flags = {
        "procedure_malformed": ~rows["code"].str.contains(_PCS).fill_null(value=False).to_numpy(),
        "procedure_undated": day == NO_DAY,
        "procedure_outside_stay": (day != NO_DAY) & outside,
    }
    count = np.bincount(owner, minlength=size).astype(np.int32)
    return [
        pl.Series("inpatient_procedure_count", count),
        *(pl.Series(name, _claims_with(owner, which, size)) for name, which in flags.items()),
    ]


CLAIM_PROCEDURES = ColumnGroup(
    (
        ("inpatient_procedure_count", "procedures of the stay (ICD-10-PCS)"),
        ("procedure_malformed", "a procedure of the stay has not the form of an ICD-10-PCS code"),
        ("procedure_undated", "a procedure of the stay has no date"),
        ("procedure_outside_stay", "a procedure lies after the stay or more than three days before it"),
    ),
    _procedure_columns,
)
