"""Fields of claims and lines that several groups of columns compute on, as arrays."""

from __future__ import annotations

import numpy as np

from processors.validation.columns.definition import Inputs
from processors.validation.columns.forms import BILL_TYPE, PROCEDURE, TWO_DIGITS

NO_DAY = -(2**31)
"""Stands for a missing day."""

Arrays = dict[str, np.ndarray]

_KINDS = ("professional", "institutional", "dental")
_DAYS = ("statement_from", "statement_to", "admitted_on")
_LISTS = ("condition_codes", "occurrences", "value_codes", "procedures")
_BILL_FORMS = {"type_of_bill": BILL_TYPE, "patient_status": TWO_DIGITS}


def claim_arrays(inputs: Inputs) -> Arrays:
    """Return fields of the claims: kinds, days since 1970 (NO_DAY when missing), and the lengths of lists."""
    fields = inputs.claim_fields
    return {
        **{f"is_{kind}": fields["claim_type"].equal(kind) for kind in _KINDS},
        **{name: fields[name].whole(NO_DAY) for name in _DAYS},
        **{name: fields[name].lengths for name in _LISTS},
    }


def line_arrays(inputs: Inputs) -> Arrays:
    """Return fields of the lines: first and last day since 1970, units, and the number of modifiers."""
    fields = inputs.line_fields
    return {
        "day": fields["service_from"].whole(NO_DAY),
        "last_day": fields["service_to"].whole(NO_DAY),
        "units": fields["units"].floats(0.0),
        "counts_units": fields["unit_basis"].equal("UN"),
        "modifiers": fields["modifiers"].lengths,
    }


def bill_numbers(inputs: Inputs) -> Arrays:
    """Return type of bill and patient status of the claims as numbers of their forms; none but institutional ones."""
    institutional = inputs.once(claim_arrays)["is_institutional"]
    if not institutional.any():
        return {name: np.full(inputs.size, form.size, dtype=np.int64) for name, form in _BILL_FORMS.items()}
    numbers = {name: form.of(inputs.claim_fields[name]) for name, form in _BILL_FORMS.items()}
    return {name: np.where(institutional, found, _BILL_FORMS[name].size) for name, found in numbers.items()}


def code_numbers(inputs: Inputs) -> np.ndarray:
    """Return the number of the procedure code of every line (`forms.PROCEDURE`)."""
    return PROCEDURE.of(inputs.line_fields["procedure_code"])
