"""What the code book says of the diagnoses of a claim: known, complete, valid on the day, allowed in first place."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.validation.columns.arrays import claim_arrays
from processors.validation.columns.code_book import Flags, code_book
from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.diagnosis_codes import code_list
from processors.validation.columns.made import ArrayColumn, Made

_NO_DAY = np.iinfo(np.int64).min

_FORM = "^[A-Z][0-9A-Z]{2,6}$"
"""Form of a code without its dot."""


def _days(inputs: Inputs) -> Integers:
    """Return the day whose book each claim is coded by: of a stay its last one, of everything else its first."""
    fields, institutional = inputs.claim_fields, inputs.once(claim_arrays)["is_institutional"]
    first = fields["service_from"].whole(_NO_DAY)
    first = np.where(first == _NO_DAY, fields["statement_from"].whole(_NO_DAY), first)
    if not institutional.any():
        return first
    stay = institutional & fields["type_of_bill"].starts_with("011")
    return np.where(stay, fields["statement_to"].whole(_NO_DAY), first)


def _invalid_today(inputs: Inputs) -> Flags:
    """Return which codes of the list exist, but not on the day that counts for their claim."""
    limits, listed = code_book(inputs.library).limits, inputs.once(code_list)
    day = _days(inputs)[listed.claim]
    outside = (day < limits["valid_from"][listed.number]) | (day > limits["valid_to"][listed.number])
    invalid: Flags = outside & (day != _NO_DAY)
    return invalid


def _flag(inputs: Inputs, name: str) -> Flags:
    return code_book(inputs.library).flags[name][inputs.once(code_list).number]


def _malformed(inputs: Inputs) -> Flags:
    """Return which codes do not have the form; what the book has need not be looked at."""
    malformed = ~_flag(inputs, "known") & ~_flag(inputs, "beginning")
    if malformed.any():
        doubtful = inputs.once(code_list).codes.filter(pl.Series(malformed))
        malformed[malformed] = ~doubtful.str.contains(_FORM).to_numpy()
    return malformed


def _known_edits(inputs: Inputs) -> list[Made]:
    listed = inputs.once(code_list)
    out_of_date = inputs.once(_invalid_today) & ~_flag(inputs, "beginning")
    return [
        listed.first_of_claim(out_of_date, "outdated_diagnosis"),
        ArrayColumn("principal_is_manifestation", listed.leading(_flag(inputs, "manifestation"))),
        ArrayColumn("principal_is_unacceptable", listed.leading(_flag(inputs, "unacceptable_principal"))),
        listed.first_of_claim(_flag(inputs, "unspecified"), "unspecified_diagnosis"),
        ArrayColumn("diagnosis_malformed", listed.any_of_claim(inputs.once(_malformed))),
    ]


DIAGNOSIS_EDITS = ColumnGroup(
    (
        ("outdated_diagnosis", "first diagnosis that exists, but not on the day of service (a stay: its last day)"),
        ("principal_is_manifestation", "the first diagnosis describes the manifestation of another disease"),
        ("principal_is_unacceptable", "the Medicare Code Editor does not accept the first diagnosis as principal"),
        ("unspecified_diagnosis", "first diagnosis that leaves open what a more exact code of its family would say"),
        ("diagnosis_malformed", "a diagnosis does not have the form of ICD-10-CM codes, without a dot"),
    ),
    _known_edits,
    tables=("icd10cm",),
)
"""Right for the codes that the table has, whole or not."""


def _existence(inputs: Inputs) -> list[Made]:
    listed, known, beginning = inputs.once(code_list), _flag(inputs, "known"), _flag(inputs, "beginning")
    unknown = ~known & ~beginning & ~inputs.once(_malformed)
    incomplete = beginning & (~known | inputs.once(_invalid_today))
    return [
        listed.first_of_claim(unknown, "unknown_diagnosis"),
        listed.first_of_claim(incomplete, "incomplete_diagnosis"),
    ]


DIAGNOSIS_EXISTENCE = ColumnGroup(
    (
        ("unknown_diagnosis", "first diagnosis that is no ICD-10-CM code and begins none"),
        ("incomplete_diagnosis", "first diagnosis that needs further characters: longer codes begin with it"),
    ),
    _existence,
    tables=("icd10cm",),
    whole=True,
)
"""Right only with every code at hand."""
