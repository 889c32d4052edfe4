"""One model feature: its name, meaning, range and the formula that computes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from processors.features.formula import Formula, col


class Group(StrEnum):
    """Subject of a feature; explanations and the model card speak of these groups."""

    DEMOGRAPHICS = "demographics"
    PAYER = "payer"
    PROVIDER = "provider"
    CLINICAL = "clinical"
    FINANCIAL = "financial"
    PROCESS = "process"
    RISK = "risk"
    FINDINGS = "findings"
    HISTORY = "history"


class Kind(StrEnum):
    """How the values of a feature are to be read."""

    FLAG = "flag"
    COUNT = "count"
    NUMBER = "number"
    RATE = "rate"


@dataclass(frozen=True)
class Feature:
    """A column of the feature matrix.

    Attributes:
        name: Column name, unique in the catalogue.
        group: Subject.
        kind: flag (0 or 1), count, number or rate (a share learnt from history).
        low: Smallest value; smaller ones are raised to it.
        high: Largest value; larger ones are lowered to it.
        source: Fields of the claim event (or of an earlier step) it is computed from.
        missing: When the value is NaN, in words.
        actionable: Whether a biller may change the fact before submission (get an authorisation, attach
            records). Never true for age, sex, diagnoses, dates or codes: the model must not advise upcoding.
        formula: Computes it from the columns of `processors.features.facts`.
    """

    name: str
    group: Group
    kind: Kind
    low: float
    high: float
    source: str
    missing: str
    actionable: bool
    formula: Formula


@dataclass(frozen=True)
class Maker:
    """Makes features of one group with little ceremony."""

    group: Group

    def flag(self, name: str, formula: Formula, source: str, *, actionable: bool = False) -> Feature:
        """Return a 0/1 feature that is NaN when the formula is not known."""
        return Feature(name, self.group, Kind.FLAG, 0, 1, source, "source unknown", actionable, formula)

    def count(self, name: str, formula: Formula, source: str, high: float, *, actionable: bool = False) -> Feature:
        """Return a count from zero, capped at `high`."""
        return Feature(name, self.group, Kind.COUNT, 0, high, source, "source unknown", actionable, formula)

    def number(
        self,
        name: str,
        formula: Formula,
        source: str,
        bounds: tuple[float, float],
        *,
        actionable: bool = False,
    ) -> Feature:
        """Return a number within bounds."""
        low, high = bounds
        return Feature(name, self.group, Kind.NUMBER, low, high, source, "source unknown", actionable, formula)

    def rate(self, name: str, column: str, source: str) -> Feature:
        """Return a learnt denial rate, NaN when the key is null or the model has no such table."""
        missing = "key unknown, or the encoders hold no table"
        return Feature(name, self.group, Kind.RATE, 0, 1, source, missing, False, col(column))

    def known_rate(self, scope: str, source: str) -> Feature:
        """Return a denial rate from remittances received before submission, NaN where none was known."""
        name, missing = f"history_{scope}_denial_rate", "no rate of the key was known at submission"
        return Feature(name, self.group, Kind.RATE, 0, 1, source, missing, False, col(f"history_{scope}"))
