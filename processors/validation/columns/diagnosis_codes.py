"""The diagnosis codes of a batch in one column, with what stands beside each: read once for all columns of rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from processors.validation.columns.code_book import Flags, Numbers, code_book, each_of
from processors.validation.columns.definition import Inputs, Integers
from processors.validation.columns.fields import Field, ListField
from processors.validation.columns.known_texts import KnownTexts

PRINCIPAL, OTHER, ADMITTING, REASON, CAUSE, FOREIGN, ABSENT = range(7)
"""Qualifiers ABK, ABF, ABJ, APR, ABN; another one; none, where a claim does not qualify each of its codes."""

NOT_GIVEN, FOREIGN_PRESENCE = 0, 5
"""No present-on-admission mark, and one that is not Y, N, U or W; ABSENT where a claim has not one for each code."""

NO_LETTER = 26

_QUALIFIERS = KnownTexts(["ABK", "ABF", "ABJ", "APR", "ABN"])
_MARKS = KnownTexts(["", "Y", "N", "U", "W"])


@dataclass(frozen=True, eq=False)
class CodeList:
    """The diagnosis codes of a batch, claim by claim in their order.

    Attributes:
        field: The codes.
        claims: The claims.
        claim: Row of the claim of each.
        starts: Position of the first code of every claim among all.
        sizes: Number of codes of every claim.
        number: Number of each in the code book.
        letter: Its first letter from 0 (A) on.
        qualifier: Its qualifier, PRINCIPAL to ABSENT.
        presence: Its present-on-admission mark, NOT_GIVEN to FOREIGN_PRESENCE, or ABSENT.
    """

    field: Field
    claims: pl.DataFrame
    claim: Integers
    starts: Integers
    sizes: Integers
    number: Numbers
    letter: Numbers
    qualifier: Numbers
    presence: Numbers

    @cached_property
    def codes(self) -> pl.Series:
        """The codes as texts (String), "" for a null."""
        return self.claims.select(each_of("diagnosis_codes").fill_null("")).to_series()

    def first_of_claim(self, wanted: Flags, name: str) -> pl.Series:
        """Return the first wanted code of every claim (String), null where a claim has none."""
        size = len(self.sizes)
        positions = np.flatnonzero(wanted)
        if not len(positions):
            return pl.Series(name, [None], dtype=pl.String).new_from_index(0, size)
        place = np.full(size, len(self.claim), dtype=np.uint32)
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
    codes, qualifiers, marks = (
        inputs.claim_fields[name] for name in ("diagnosis_codes", "diagnosis_qualifiers", "diagnosis_poa")
    )
    sizes = codes.lengths
    claim, starts = np.repeat(np.arange(len(sizes)), sizes), sizes.cumsum() - sizes

    def beside(field: ListField, texts: KnownTexts) -> Numbers:
        numbers = field.items.known(texts)
        if np.array_equal(sizes, field.lengths):
            return numbers
        return _aligned(numbers, field.lengths, claim, starts, sizes)

    letter = codes.items.first_bytes() - ord("A")
    return CodeList(
        field=codes.items,
        claims=inputs.claims,
        claim=claim,
        starts=starts,
        sizes=sizes,
        number=codes.items.known(code_book(inputs.library).numbers),
        letter=np.where((letter < 0) | (letter > NO_LETTER), NO_LETTER, letter),
        qualifier=beside(qualifiers, _QUALIFIERS),
        presence=beside(marks, _MARKS),
    )


def _aligned(numbers: Numbers, theirs: Integers, claim: Integers, starts: Integers, sizes: Integers) -> Numbers:
    """Return the number beside every code, ABSENT on the claims that do not have one for each code."""
    beside = np.full(len(claim), ABSENT, dtype=np.int32)
    inside = np.flatnonzero((theirs == sizes)[claim])
    their_starts = theirs.cumsum() - theirs
    beside[inside] = numbers[their_starts[claim[inside]] + inside - starts[claim[inside]]]
    return beside
