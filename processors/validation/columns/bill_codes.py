"""Columns of the codes that an institutional claim carries: conditions, occurrences, values and procedures.

Sources: code sets of the uniform bill as the X12 837I guide carries them; form of ICD-10-PCS codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from processors.validation.columns.arrays import NO_DAY, claim_arrays
from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.flags import Flags
from processors.validation.columns.forms import TWO, expand
from processors.validation.columns.made import ArrayColumn, Made

_CHANGE_REASONS = "D0-D9 E0"
_VOID_REASONS = "D5 D6"
_LEAVE = "74"
_COVERED, _NONCOVERED = "80", "81"


@dataclass(frozen=True, eq=False)
class _Carried:
    """The codes of one kind that claims carry, one below the other.

    Attributes:
        owner: Row of the claim of each.
        codes: The codes; a list of records comes as a frame of their fields.
        size: Number of claims.
    """

    owner: Integers
    codes: pl.DataFrame
    size: int

    def columns(self, flags: dict[str, Flags]) -> list[Made]:
        """Return, for each flag of the codes, whether any code of a claim has it."""
        columns: list[Made] = []
        for name, which in flags.items():
            claims = np.zeros(self.size, dtype=bool)
            claims[self.owner[which]] = True
            columns.append(ArrayColumn(name, claims))
        return columns


def _carried(inputs: Inputs, field: str) -> _Carried | None:
    """Return the codes of a list column, or None where no claim carries any, as in most batches."""
    lists = inputs.claims[field]
    count = inputs.once(claim_arrays)[field]
    if not count.any():
        return None
    elements = lists.explode(empty_as_null=False, keep_nulls=False)
    codes = elements.struct.unnest() if isinstance(elements.dtype, pl.Struct) else elements.to_frame()
    return _Carried(np.repeat(np.arange(inputs.size), count), codes, inputs.size)


def _all(names: tuple[tuple[str, str], ...], value: object, dtype: type[pl.DataType], size: int) -> list[Made]:
    """Return columns that are the same for every claim."""
    same = pl.Series([value], dtype=dtype).new_from_index(0, size)
    return [same.alias(name) for name, _ in names]


def _days(column: pl.Series) -> Integers:
    return column.to_physical().fill_null(NO_DAY).to_numpy().astype(np.int64)


def _is_one_of(numbers: Integers, codes: str) -> Flags:
    return np.isin(numbers, TWO.numbers_of(expand(codes)))


def _condition_columns(inputs: Inputs) -> list[Made]:
    carried = _carried(inputs, "condition_codes")
    if carried is None:
        return _all(_CONDITIONS, value=False, dtype=pl.Boolean, size=inputs.size)
    number = TWO.numbers(carried.codes["condition_codes"])
    flags = {
        "condition_malformed": number == TWO.size,
        "has_change_reason": _is_one_of(number, _CHANGE_REASONS),
        "has_void_reason": _is_one_of(number, _VOID_REASONS),
    }
    return carried.columns(flags)


_CONDITIONS = (
    ("condition_malformed", "a condition code is not two digits or capitals"),
    ("has_change_reason", "a condition code says why a claim is changed (D0-D9, E0)"),
    ("has_void_reason", "a condition code says that a claim is cancelled (D5, D6)"),
)

CLAIM_CONDITIONS = ColumnGroup(_CONDITIONS, _condition_columns)

# Codes 70-99 and M0-Z9 name a span of days, the others one day.
_LETTER_STEP = 36
_FIRST_SPAN, _LAST_SPAN = TWO.number("70"), TWO.number("9Z")
_FIRST_SPAN_LETTER = TWO.number("M0")


def _occurrence_columns(inputs: Inputs) -> list[Made]:
    carried = _carried(inputs, "occurrences")
    if carried is None:
        return _all(_OCCURRENCES, value=False, dtype=pl.Boolean, size=inputs.size)
    rows = carried.codes
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
    return carried.columns(flags)


_OCCURRENCES = (
    ("occurrence_malformed", "an occurrence code is not two digits or capitals"),
    ("occurrence_undated", "an occurrence has no date"),
    ("span_out_of_order", "an occurrence span ends before it begins"),
    ("span_without_end", "an occurrence span (70-99, M0-Z9) has no last day"),
    ("occurrence_with_end", "an occurrence of one day (01-69, A0-L9) has a last day"),
    ("has_leave_span", "an occurrence span says leave of absence (74)"),
)

CLAIM_OCCURRENCES = ColumnGroup(_OCCURRENCES, _occurrence_columns)


def _value_columns(inputs: Inputs) -> list[Made]:
    carried = _carried(inputs, "value_codes")
    if carried is None:
        nothing = _all(_VALUES[:1], value=False, dtype=pl.Boolean, size=inputs.size)
        return [*nothing, *_all(_VALUES[1:], value=-1, dtype=pl.Int32, size=inputs.size)]
    rows = carried.codes
    number, amount = TWO.numbers(rows["code"]), rows["amount_cents"].fill_null(0).to_numpy()
    # Codes that count carry hundredths of the count, as amounts carry cents.
    columns = carried.columns({"value_malformed": number == TWO.size})
    for name, code in (("covered_days", _COVERED), ("noncovered_days", _NONCOVERED)):
        which = number == TWO.number(code)
        days = np.full(inputs.size, -1, dtype=np.int32)
        days[carried.owner[which]] = amount[which] // 100
        columns.append(ArrayColumn(name, days))
    return columns


_VALUES = (
    ("value_malformed", "a value code is not two digits or capitals"),
    ("covered_days", "covered days (value code 80); -1 not given"),
    ("noncovered_days", "days not covered (value code 81); -1 not given"),
)

CLAIM_VALUES = ColumnGroup(_VALUES, _value_columns)

_PCS = "^[0-9A-HJ-NP-Z]{7}$"
_DAYS_BEFORE = 3
"""Services of the three days before the admission belong to the stay."""


def _procedure_columns(inputs: Inputs) -> list[Made]:
    carried = _carried(inputs, "procedures")
    if carried is None:
        nothing = _all(_PROCEDURES[1:], value=False, dtype=pl.Boolean, size=inputs.size)
        return [*_all(_PROCEDURES[:1], value=0, dtype=pl.Int32, size=inputs.size), *nothing]
    rows = carried.codes
    day = _days(rows["performed_on"])
    limits = inputs.claims.select(
        first=pl.coalesce(pl.min_horizontal("statement_from", "admitted_on"), "service_from"),
        last=pl.coalesce("statement_to", "service_to"),
    )[carried.owner]
    first, last = _days(limits["first"]), _days(limits["last"])
    outside = (first != NO_DAY) & (day < first - _DAYS_BEFORE) | (last != NO_DAY) & (day > last)
    flags = {
        "procedure_malformed": ~rows["code"].str.contains(_PCS).fill_null(value=False).to_numpy(),
        "procedure_undated": day == NO_DAY,
        "procedure_outside_stay": (day != NO_DAY) & outside,
    }
    count = np.bincount(carried.owner, minlength=inputs.size).astype(np.int32)
    return [ArrayColumn("inpatient_procedure_count", count), *carried.columns(flags)]


_PROCEDURES = (
    ("inpatient_procedure_count", "procedures of the stay (ICD-10-PCS)"),
    ("procedure_malformed", "a procedure of the stay has not the form of an ICD-10-PCS code"),
    ("procedure_undated", "a procedure of the stay has no date"),
    ("procedure_outside_stay", "a procedure lies after the stay or more than three days before it"),
)

CLAIM_PROCEDURES = ColumnGroup(_PROCEDURES, _procedure_columns)
