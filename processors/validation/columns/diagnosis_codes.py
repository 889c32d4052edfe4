"""The diagnosis codes of a batch in one column, with what stands beside each: read once for all columns of rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from processors.validation.columns.code_book import Flags, Numbers, code_book, each_of, numbered
from processors.validation.columns.definition import Inputs, Integers

PRINCIPAL, OTHER, ADMITTING, REASON, CAUSE, FOREIGN, ABSENT = range(7)
"""Qualifiers ABK, ABF, ABJ, APR, ABN; another one; none, where a claim does not qualify each of its codes."""

NOT_GIVEN, FOREIGN_PRESENCE = 0, 5
"""No present-on-admission mark, and one that is not Y, N, U or W; ABSENT where a claim has not one for each code."""

NO_LETTER = 26

_LISTS = ("diagnosis_codes", "diagnosis_qualifiers", "diagnosis_poa")
_CODE, _QUALIFIER, _MARK = (each_of(name) for name in _LISTS)
_LETTERS = numbered(_CODE.str.head(1), pl.Enum([*"ABCDEFGHIJKLMNOPQRSTUVWXYZ"]), NO_LETTER).alias("letter")
_QUALIFIERS = numbered(_QUALIFIER, pl.Enum(["ABK", "ABF", "ABJ", "APR", "ABN"]), FOREIGN).alias("qualifier")
_MARKS = numbered(_MARK, pl.Enum(["", "Y", "N", "U", "W"]), FOREIGN_PRESENCE).alias("mark")


@dataclass(frozen=True, eq=False)
class CodeList:
    """The diagnosis codes of a batch, claim by claim in their order.

    Attributes:
        codes: The codes (String).
        claim: Row of the claim of each.
        starts: Position of the first code of every claim among all.
        sizes: Number of codes of every claim.
        number: Number of each in the code book.
        letter: Its first letter from 0 (A) on.
        qualifier: Its qualifier, PRINCIPAL to ABSENT.
        presence: Its present-on-admission mark, NOT_GIVEN to FOREIGN_PRESENCE, or ABSENT.
    """

    codes: pl.Series
    claim: Integers
    starts: Integers
    sizes: Integers
    number: Numbers
    letter: Numbers
    qualifier: Numbers
    presence: Numbers

    def first_of_claim(self, wanted: Flags, name: str) -> pl.Series:
        """Return the first wanted code of every claim (String), null where a claim has none."""
        size = len(self.sizes)
        positions = np.flatnonzero(wanted)
        if not len(positions):
            return pl.Series(name, [None], dtype=pl.String).new_from_index(0, size)
        place = np.full(size, len(self.codes), dtype=np.uint32)
        place[self.claim[positions[::-1]]] = positions[::-1]  # backwards: the first one is written last and stays
        return self.codes.extend_constant(None, 1).gather(pl.Series(place)).alias(name)

    def any_of_claim(self, wanted: Flags) -> Flags:
        """Return whether a claim has a wanted code."""
        found = np.zeros(len(self.sizes), dtype=bool)
        found[self.claim[wanted]] = True
        return found

    def leading(self, flags: Flags) -> Flags:
        """Return the flag of the first code of every claim, false for a claim without codes."""
        place = np.where(self.sizes > 0, self.starts, len(flags))
        first: Flags = np.append(flags, np.False_)[place]
        return first

    def count(self, wanted: Flags) -> Numbers:
        """Return how many wanted codes every claim has."""
        return np.bincount(self.claim[wanted], minlength=len(self.sizes)).astype(np.int32)


def code_list(inputs: Inputs) -> CodeList:
    """Return the diagnosis codes of a batch; use it through `Inputs.once`."""
    sizes, of_qualifiers, of_marks = _sizes(inputs)
    beside = [
        expr for expr, theirs in ((_QUALIFIERS, of_qualifiers), (_MARKS, of_marks)) if np.array_equal(sizes, theirs)
    ]
    numbers = code_book(inputs.library).numbers.alias("number")
    flat = inputs.claims.select(_CODE.fill_null("").alias("code"), numbers, _LETTERS, *beside)
    claim, starts = np.repeat(np.arange(len(sizes)), sizes), sizes.cumsum() - sizes

    def of(expr: pl.Expr, name: str, theirs: Integers) -> Numbers:
        if name in flat.columns:
            return flat[name].to_numpy()
        return _aligned(inputs.claims.select(expr).to_series().to_numpy(), theirs, claim, starts, sizes)

    return CodeList(
        codes=flat["code"],
        claim=claim,
        starts=starts,
        sizes=sizes,
        number=flat["number"].to_numpy(),
        letter=flat["letter"].to_numpy(),
        qualifier=of(_QUALIFIERS, "qualifier", of_qualifiers),
        presence=of(_MARKS, "mark", of_marks),
    )


def _sizes(inputs: Inputs) -> list[Integers]:
    """Return the number of codes, qualifiers and marks of every claim."""
    sizes = inputs.claims.select(pl.col(name).list.len().fill_null(0).cast(pl.Int64) for name in _LISTS)
    return [column.to_numpy() for column in sizes.iter_columns()]


def _aligned(numbers: Numbers, theirs: Integers, claim: Integers, starts: Integers, sizes: Integers) -> Numbers:
    """Return the number beside every code, ABSENT on the claims that do not have one for each code."""
    beside = np.full(len(claim), ABSENT, dtype=np.int32)
    inside = np.flatnonzero((theirs == sizes)[claim])
    their_starts = theirs.cumsum() - theirs
    beside[inside] = numbers[their_starts[claim[inside]] + inside - starts[claim[inside]]]
    return beside
