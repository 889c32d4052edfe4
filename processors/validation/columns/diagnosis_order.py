"""How the diagnoses of a claim are ordered and marked: qualifiers, repeats, symptoms, presence on admission."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.diagnosis_codes import CodeList, Flags, code_list

_QUALIFIERS = ("ABK", "ABF", "ABJ", "APR", "ABN")
_PRINCIPAL, _OTHER, _ADMITTING, _REASON, _CAUSE, _FOREIGN, _ABSENT = range(7)

_PRESENCE = pl.Enum(["", "Y", "N", "U", "W"])
_NOT_GIVEN, _FOREIGN_PRESENCE = 0, 5

_LETTERS = pl.Enum([*"ABCDEFGHIJKLMNOPQRSTUVWXYZ"])
_R, _S, _T, _V, _Y, _Z = (ord(letter) - ord("A") for letter in "RSTVYZ")
_NO_LETTER = 26

_HASH_BITS = 40


@dataclass(frozen=True, eq=False)
class _Marks:
    """What stands beside and at the start of every code of the list.

    Attributes:
        qualifier: Place of its HI qualifier above; _ABSENT where the claim does not qualify each code.
        letter: Its first letter from 0 (A) on.
        first: Whether it is the first code of its claim.
        usual: Whether it is a principal or other diagnosis, or not qualified: no admitting one, reason or cause.
    """

    qualifier: Integers
    letter: Integers
    first: Flags
    usual: Flags


def _marks(inputs: Inputs) -> _Marks:
    listed = inputs.once(code_list)
    letter = listed.codes.str.head(1).cast(_LETTERS, strict=False).to_physical().fill_null(_NO_LETTER).to_numpy()
    first = np.zeros(len(letter), dtype=bool)
    first[listed.starts[listed.sizes > 0]] = True
    qualifier = _beside(inputs, listed, "diagnosis_qualifiers", pl.Enum(_QUALIFIERS), _FOREIGN)
    return _Marks(qualifier, letter, first, (qualifier <= _OTHER) | (qualifier >= _FOREIGN))


def _beside(inputs: Inputs, listed: CodeList, name: str, texts: pl.Enum, foreign: int) -> Integers:
    """Return the number of the text that stands beside every code; _ABSENT where a claim has not one for each."""
    column = pl.col(name)
    sizes = inputs.claims.select(column.list.len().fill_null(0)).to_series().to_numpy().astype(np.int64)
    flat = inputs.claims.select(column.explode(empty_as_null=False, keep_nulls=False)).to_series()
    number = flat.cast(texts, strict=False).to_physical().fill_null(foreign).to_numpy().astype(np.int64)
    if np.array_equal(sizes, listed.sizes):
        return number
    beside = np.full(len(listed.codes), _ABSENT, dtype=np.int64)
    starts = sizes.cumsum() - sizes
    same = sizes == listed.sizes
    inside = np.flatnonzero(same[listed.claim])
    claim = listed.claim[inside]
    beside[inside] = number[starts[claim] + inside - listed.starts[claim]]
    return beside


def _order(inputs: Inputs) -> list[pl.Series]:
    listed, marks = inputs.once(code_list), inputs.once(_marks)
    qualifier, letter = marks.qualifier, marks.letter
    count = {kind: _count(listed, qualifier == kind) for kind in (_PRINCIPAL, _OTHER, _ADMITTING, _REASON)}
    cause = (letter >= _V) & (letter <= _Y)
    symptom_first = np.zeros(inputs.size, dtype=bool)
    symptom_first[listed.claim[marks.first & (letter == _R)]] = True
    disease = marks.usual & ~marks.first & (letter != _R) & (letter < _V)
    return [
        pl.Series("principal_count", count[_PRINCIPAL]),
        pl.Series("other_diagnosis_count", count[_OTHER]),
        pl.Series("admitting_count", count[_ADMITTING]),
        pl.Series("visit_reason_count", count[_REASON]),
        listed.any_of_claim(qualifier == _FOREIGN, "diagnosis_qualifier_foreign"),
        listed.any_of_claim((qualifier == _CAUSE) & ~cause, "cause_is_no_external_cause"),
        _repeated(listed, marks.usual),
        pl.Series("symptom_before_disease", symptom_first) & listed.any_of_claim(disease, "disease"),
        pl.Series("status_codes_only", (_count(listed, letter != _Z) == 0) & (listed.sizes > 0)),
        listed.leading(_sequela(listed, letter), "principal_is_sequela"),
    ]


def _count(listed: CodeList, wanted: Flags) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.bincount(listed.claim[wanted], minlength=len(listed.sizes)).astype(np.int32)


def _sequela(listed: CodeList, letter: Integers) -> Flags:
    """Return which codes are injuries (S, T) whose seventh character says that they are long past."""
    injury: Flags = (letter == _S) | (letter == _T)
    if not injury.any():
        return injury
    late = (listed.codes.str.len_bytes() == 7) & listed.codes.str.ends_with("S")
    sequela: Flags = injury & late.to_numpy()
    return sequela


def _repeated(listed: CodeList, usual: Flags) -> pl.Series:
    """Return the claims that name a code twice among their principal and other diagnoses.

    An admitting diagnosis, a reason for the visit or an external cause may repeat one of them.
    """
    short = listed.codes.hash().to_numpy()[usual] >> np.uint64(64 - _HASH_BITS)
    key = (listed.claim[usual] << _HASH_BITS) + short.astype(np.int64)
    key.sort()
    twice = key[1:][key[1:] == key[:-1]] >> _HASH_BITS
    found = np.zeros(len(listed.sizes), dtype=bool)
    found[twice] = True
    return pl.Series("diagnosis_repeated", found)


DIAGNOSIS_ORDER = ColumnGroup(
    (
        ("principal_count", "diagnoses qualified as principal (ABK)"),
        ("other_diagnosis_count", "diagnoses qualified as other (ABF)"),
        ("admitting_count", "diagnoses qualified as admitting (ABJ)"),
        ("visit_reason_count", "diagnoses qualified as reason of the visit (APR)"),
        ("diagnosis_qualifier_foreign", "a diagnosis qualifier is none of ICD-10-CM"),
        ("cause_is_no_external_cause", "a code qualified as external cause (ABN) does not begin with V, W, X or Y"),
        ("diagnosis_repeated", "a code stands twice among the principal and the other diagnoses"),
        ("symptom_before_disease", "the first diagnosis is a symptom (R), a later one a disease or an injury"),
        ("status_codes_only", "every diagnosis is a status or reason for contact (Z)"),
        ("principal_is_sequela", "the first diagnosis is the late effect of an injury (seventh character S)"),
    ),
    _order,
)


def _presence(inputs: Inputs) -> list[pl.Series]:
    listed = inputs.once(code_list)
    given = _beside(inputs, listed, "diagnosis_poa", _PRESENCE, _FOREIGN_PRESENCE)
    return [
        pl.Series("poa_count", _count(listed, (given != _NOT_GIVEN) & (given != _ABSENT))),
        listed.any_of_claim(given == _FOREIGN_PRESENCE, "poa_unknown"),
    ]


PRESENCE_ON_ADMISSION = ColumnGroup(
    (
        ("poa_count", "diagnoses that say whether they were present on admission"),
        ("poa_unknown", "a present-on-admission mark is not Y, N, U or W"),
    ),
    _presence,
)


def _pointed(inputs: Inputs) -> list[pl.Series]:
    listed, letter = inputs.once(code_list), inputs.once(_marks).letter
    pointer = inputs.lines.select(pl.col("diagnosis_pointers").list.first().fill_null(0)).to_series().to_numpy()
    inside = (pointer >= 1) & (pointer <= listed.sizes[inputs.row])
    place = np.where(inside, listed.starts[inputs.row] + pointer - 1, len(letter))
    pointed = np.append(letter, _NO_LETTER)[place]
    return [pl.Series("points_to_external_cause", (pointed >= _V) & (pointed <= _Y))]


POINTED_DIAGNOSIS = ColumnGroup(
    (("points_to_external_cause", "the line's first pointer leads to an external cause (V, W, X, Y)"),), _pointed
)
"""Line level."""
