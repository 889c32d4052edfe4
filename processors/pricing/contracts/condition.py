"""Condition: the `when` of a term made ready for whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from processors.pricing.arrays import Integers, Mask
from processors.pricing.contracts.codes import CodeSet
from processors.pricing.contracts.lines import CLAIM_TYPE_COUNT, CoveredLines, claim_type_number
from processors.pricing.contracts.terms import When


@dataclass(frozen=True, eq=False)  # arrays have no equality
class Condition:
    """Which lines a term is about; None for a key that it does not name.

    Attributes:
        codes: Procedure codes.
        family_codes: Procedure codes of the families.
        revenue_codes: Revenue codes.
        places: Places of service.
        modifiers: Modifiers, one of which the line carries.
        claim_types: Whether it is about a claim type, by the number of the type; one more stands for all others.
    """

    codes: CodeSet | None
    family_codes: CodeSet | None
    revenue_codes: CodeSet | None
    places: CodeSet | None
    modifiers: tuple[str, ...] | None
    claim_types: Mask | None

    @classmethod
    def of(cls, when: When, families: pl.DataFrame) -> Self:
        """Make a condition ready.

        Args:
            when: What the contract says.
            families: Columns hcpcs and family.

        Raises:
            ValueError: A family has no codes.
        """
        return cls(
            codes=CodeSet.of(when.codes) if when.codes else None,
            family_codes=_codes_of(when.families, families) if when.families else None,
            revenue_codes=CodeSet.of(when.revenue_codes) if when.revenue_codes else None,
            places=CodeSet.of((pos, pos) for pos in when.places_of_service) if when.places_of_service else None,
            modifiers=when.modifiers,
            claim_types=_flags(when.claim_types) if when.claim_types else None,
        )

    def fits(self, lines: CoveredLines, at: Integers) -> Mask:
        """Return which of some lines it fits."""
        fits = np.ones(len(at), dtype=bool)
        if self.codes:
            fits &= self.codes.holds(lines.procedure[at])
        if self.family_codes:
            fits &= self.family_codes.holds(lines.procedure[at])
        if self.revenue_codes:
            fits &= self.revenue_codes.holds(lines.revenue[at])
        if self.places:
            fits &= self.places.holds(lines.place[at])
        if self.modifiers:
            fits &= lines.carry(self.modifiers)[at]
        if self.claim_types is not None:
            fits &= self.claim_types[lines.claim_type[at]]
        return fits


def _flags(claim_types: tuple[str, ...]) -> Mask:
    flags = np.zeros(CLAIM_TYPE_COUNT + 1, dtype=bool)
    flags[[claim_type_number(name) for name in claim_types]] = True
    return flags


def _codes_of(names: tuple[str, ...], families: pl.DataFrame) -> CodeSet:
    known = set(families["family"])
    if unknown := sorted(set(names) - known):
        msg = f"no procedure is of the family {', '.join(unknown)}; there are {', '.join(sorted(known))}"
        raise ValueError(msg)
    codes = families.filter(pl.col("family").is_in(names))["hcpcs"].unique()
    return CodeSet.of((code, code) for code in codes)
