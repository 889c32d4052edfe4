"""How the diagnoses of a claim are ordered and marked: qualifiers, repeats, symptoms, presence on admission."""

from __future__ import annotations

import numpy as np

from processors.validation.columns.code_book import Flags
from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.diagnosis_codes import (
    ABSENT,
    ADMITTING,
    CAUSE,
    FOREIGN,
    FOREIGN_PRESENCE,
    NO_LETTER,
    NOT_GIVEN,
    OTHER,
    PRINCIPAL,
    CodeList,
    code_list,
)
from processors.validation.columns.made import ArrayColumn, Made

_R, _S, _T, _V, _Y, _Z = (ord(letter) - ord("A") for letter in "RSTVYZ")

_HASH_BITS = 40


def _order(inputs: Inputs) -> list[Made]:
    listed = inputs.once(code_list)
    qualifier, letter = listed.qualifier, listed.letter
    first = np.zeros(len(letter), dtype=bool)
    first[listed.starts[listed.sizes > 0]] = True
    # Principal and other diagnoses, or those not qualified: no admitting one, reason of the visit or cause.
    usual = (qualifier <= OTHER) | (qualifier >= FOREIGN)
    cause = (letter >= _V) & (letter <= _Y)
    disease = usual & ~first & (letter != _R) & (letter < _V)
    flags = {
        "diagnosis_qualifier_foreign": listed.any_of_claim(qualifier == FOREIGN),
        "cause_is_no_external_cause": listed.any_of_claim((qualifier == CAUSE) & ~cause),
        "diagnosis_repeated": _repeated(listed, usual),
        "symptom_before_disease": listed.leading(letter == _R) & listed.any_of_claim(disease),
        "status_codes_only": listed.leading(letter == _Z) & ~listed.any_of_claim(letter != _Z),
        "principal_is_sequela": listed.leading(_sequela(listed)),
        "principal_is_external_cause": listed.leading(cause),
        "poa_count": listed.count((listed.presence != NOT_GIVEN) & (listed.presence != ABSENT)),
        "poa_unknown": listed.any_of_claim(listed.presence == FOREIGN_PRESENCE),
    }
    counts = {"principal_count": PRINCIPAL, "other_diagnosis_count": OTHER, "admitting_count": ADMITTING}
    return [
        *(ArrayColumn(name, listed.count(qualifier == which)) for name, which in counts.items()),
        *(ArrayColumn(name, values) for name, values in flags.items()),
    ]


def _sequela(listed: CodeList) -> Flags:
    """Return which codes are injuries (S, T) whose seventh character says that they are long past."""
    injury: Flags = (listed.letter == _S) | (listed.letter == _T)
    late: Flags = listed.field.last_bytes(7) == ord("S")
    return np.logical_and(injury, late)


def _repeated(listed: CodeList, usual: Flags) -> Flags:
    """Return the claims that name a code twice among their principal and other diagnoses.

    An admitting diagnosis, a reason for the visit or an external cause may repeat one of them.
    """
    key = (listed.claim[usual] << _HASH_BITS) + (listed.field.hashes()[usual] >> (63 - _HASH_BITS))
    key.sort()
    found = np.zeros(len(listed.sizes), dtype=bool)
    found[key[1:][key[1:] == key[:-1]] >> _HASH_BITS] = True
    return found


DIAGNOSIS_ORDER = ColumnGroup(
    (
        ("principal_count", "diagnoses qualified as principal (ABK)"),
        ("other_diagnosis_count", "diagnoses qualified as other (ABF)"),
        ("admitting_count", "diagnoses qualified as admitting (ABJ)"),
        ("diagnosis_qualifier_foreign", "a diagnosis qualifier is none of ICD-10-CM"),
        ("cause_is_no_external_cause", "a code qualified as external cause (ABN) does not begin with V, W, X or Y"),
        ("diagnosis_repeated", "a code stands twice among the principal and the other diagnoses"),
        ("symptom_before_disease", "the first diagnosis is a symptom (R), a later one a disease or an injury"),
        ("status_codes_only", "every diagnosis is a status or reason for contact (Z)"),
        ("principal_is_sequela", "the first diagnosis is the late effect of an injury (seventh character S)"),
        ("principal_is_external_cause", "the first diagnosis begins with V, W, X or Y"),
        ("poa_count", "diagnoses that say whether they were present on admission"),
        ("poa_unknown", "a present-on-admission mark is not Y, N, U or W"),
    ),
    _order,
)


def _pointed(inputs: Inputs) -> list[Made]:
    listed = inputs.once(code_list)
    pointer = _first_pointers(inputs)
    inside = (pointer >= 1) & (pointer <= listed.sizes[inputs.row])
    place = np.where(inside, listed.starts[inputs.row] + pointer - 1, len(listed.letter))
    pointed = np.append(listed.letter, NO_LETTER)[place]
    return [ArrayColumn("points_to_external_cause", (pointed >= _V) & (pointed <= _Y))]


def _first_pointers(inputs: Inputs) -> Integers:
    """Return the first pointer of every line, 0 where there is none."""
    lists = inputs.line_fields["diagnosis_pointers"]
    sizes, pointers = lists.lengths, lists.items.whole(0)
    return np.where(sizes > 0, np.append(pointers, 0)[np.minimum(sizes.cumsum() - sizes, len(pointers))], 0)


POINTED_DIAGNOSIS = ColumnGroup(
    (("points_to_external_cause", "the line's first pointer leads to an external cause (V, W, X, Y)"),), _pointed
)
"""Line level."""
