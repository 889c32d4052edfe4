"""Columns of institutional claims: what the type of bill says, and the length of the stay.

Sources: the uniform bill (UB-04) as the X12 837I guide carries it; Medicare Claims Processing Manual chapters 1, 3, 4.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.arrays import NO_DAY, bill_numbers, claim_arrays
from processors.validation.columns.definition import ColumnGroup, Derived, Inputs, Integers
from processors.validation.columns.flags import Flags, at
from processors.validation.columns.forms import BILL_TYPE, TWO_DIGITS, expand
from processors.validation.columns.made import ArrayColumn, Made
from reference.library import ReferenceLibrary

_FREQUENCIES = 36
_HOSPITAL_INPATIENT = ("011", "041")
_INPATIENT = (*_HOSPITAL_INPATIENT, "018", "021", "028", "051", "065", "066", "086")
_OUTPATIENT = ("012", "013", "014", "022", "023", "034", "043", *expand("071-077"), "079", "083", "084", "085", "087")
_NURSING, _HOSPICE = ("018", "021", "028"), ("081", "082")


def institutional_claims(inputs: Inputs) -> Integers:
    """Return the rows of the institutional claims."""
    return np.flatnonzero(inputs.once(claim_arrays)["is_institutional"])


def _kind(kinds: tuple[str, ...]) -> Flags:
    """Return, for every number of a type of bill without its frequency, whether it is of these kinds."""
    table = np.zeros(BILL_TYPE.size // _FREQUENCIES + 1, dtype=bool)
    table[[int(kind) for kind in kinds]] = True
    return table


_KINDS = {
    "hospital_inpatient_bill": _kind(_HOSPITAL_INPATIENT),
    "inpatient_bill": _kind(_INPATIENT),
    "outpatient_bill": _kind(_OUTPATIENT),
    "nursing_bill": _kind(_NURSING),
    "hospice_bill": _kind(_HOSPICE),
    "critical_access_bill": _kind(("085",)),
}


def outpatient_bills(inputs: Inputs) -> Flags:
    """Return which claims are institutional and of an outpatient type of bill."""
    outpatient = np.zeros(inputs.size, dtype=bool)
    rows = inputs.once(institutional_claims)
    outpatient[rows] = _KINDS["outpatient_bill"].take(inputs.once(bill_numbers)["type_of_bill"][rows] // _FREQUENCIES)
    return outpatient


def _bill_columns(inputs: Inputs) -> list[Made]:
    rows, size = inputs.once(institutional_claims), inputs.size
    kind = inputs.once(bill_numbers)["type_of_bill"][rows] // _FREQUENCIES
    return [ArrayColumn(name, at(rows, table.take(kind), size, otherwise=False)) for name, table in _KINDS.items()]


CLAIM_BILLS = ColumnGroup(
    (
        ("hospital_inpatient_bill", "institutional claim of a hospital stay (type of bill 011x or 041x)"),
        ("inpatient_bill", f"institutional claim of an inpatient stay (types of bill {' '.join(_INPATIENT)})"),
        ("outpatient_bill", f"institutional claim of outpatient services (types of bill {' '.join(_OUTPATIENT)})"),
        ("nursing_bill", f"institutional claim of skilled nursing (types of bill {' '.join(_NURSING)})"),
        ("hospice_bill", "institutional claim of a hospice (type of bill 081x or 082x)"),
        ("critical_access_bill", "institutional claim of a critical access hospital (type of bill 085x)"),
    ),
    _bill_columns,
)


@lru_cache(maxsize=4)
def _published_bills(library: ReferenceLibrary) -> Flags:
    """Return, for every number of a type of bill, whether its digits are published together."""
    digits = library.frame("type_of_bill").group_by("digit").agg("value").rows()
    values: dict[str, list[str]] = dict(digits)
    classes = {"7": "clinic_class", "8": "special_class"}
    known = [
        f"0{facility}{kind}{frequency}"
        for facility in values.get("facility", [])
        for kind in values.get(classes.get(facility, "class"), [])
        for frequency in values.get("frequency", [])
    ]
    published = np.zeros(BILL_TYPE.size + 1, dtype=bool)
    published[BILL_TYPE.numbers_of(known)] = True
    published[BILL_TYPE.size] = True  # a text without the form has a rule of its own
    return published


def _known_bills(inputs: Inputs) -> list[Made]:
    return [
        pl.Series(
            "type_of_bill_known", _published_bills(inputs.library).take(inputs.once(bill_numbers)["type_of_bill"])
        )
    ]


KNOWN_BILLS = ColumnGroup(
    (("type_of_bill_known", "facility, class and frequency of the type of bill are published together"),),
    _known_bills,
    tables=("type_of_bill",),
    whole=True,
)

_STATUSES = "01-07 09 20 21 30 40-43 50 51 61-66 69 70 81-95"
_STATUS_KNOWN = np.zeros(TWO_DIGITS.size + 1, dtype=bool)
_STATUS_KNOWN[TWO_DIGITS.numbers_of(expand(_STATUSES))] = True
_STATUS_KNOWN[TWO_DIGITS.size] = True
_STILL_PATIENT = 30


def _stay_columns(inputs: Inputs) -> list[Made]:
    rows, size = inputs.once(institutional_claims), inputs.size
    claims = inputs.once(claim_arrays)
    first, last, admitted = (claims[name][rows] for name in ("statement_from", "statement_to", "admitted_on"))
    status = inputs.once(bill_numbers)["patient_status"][rows]
    # Days before the admission (outpatient services before it) are no days of the stay.
    begin = np.where(admitted == NO_DAY, first, np.maximum(first, admitted))
    days = np.maximum(last - begin, 1) + ((status == _STILL_PATIENT) & (last > begin))
    known = (first != NO_DAY) & (last != NO_DAY) & (last >= first)
    years = [day.astype("datetime64[D]").astype("datetime64[Y]") for day in (first, last)]
    return [
        ArrayColumn("stay_days", at(rows, np.where(known, days, -1).astype(np.int32), size, otherwise=-1)),
        ArrayColumn("statement_in_two_years", at(rows, known & (years[0] != years[1]), size, otherwise=False)),
        ArrayColumn("still_patient", at(rows, status == _STILL_PATIENT, size, otherwise=False)),
        ArrayColumn("patient_status_known", at(rows, _STATUS_KNOWN.take(status), size, otherwise=True)),
    ]


CLAIM_STAYS = ColumnGroup(
    (
        ("stay_days", "days of the stay in the statement, at least 1; the day of discharge does not count; -1 unknown"),
        ("statement_in_two_years", "the statement begins in one calendar year and ends in another"),
        ("still_patient", "the patient status is 30, still a patient"),
        ("patient_status_known", f"the patient status is published ({_STATUSES}); true where it is malformed"),
    ),
    _stay_columns,
)

PAYER_COLUMNS: tuple[Derived, ...] = (
    Derived("clia_given", "the claim names the laboratory's certificate", pl.col("clia_number").is_not_null()),
    Derived("is_medicare", "the payer is Medicare", pl.col("payer_type") == "medicare"),
    Derived("is_medicaid", "the payer is Medicaid", pl.col("payer_type") == "medicaid"),
    Derived(
        "is_federal",
        "the payer is Medicare or a Medicare Advantage plan",
        pl.col("payer_type").is_in(["medicare", "medicare_advantage"]),
    ),
)
