"""The stories of the golden set: their events as the contracts have them, and what each counts for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas.contracts import Contract
from tests.golden.events import Teller
from tests.unit.correlation.events import Event

FOLDER = Path(__file__).parent
FILES = {"harbor.yaml": "HARBOR", "summit.yaml": "SUMMIT", "granite.yaml": "GRANITE"}
WITH_CONTRACT = ("HARBOR", "SUMMIT")
PATTERNS = "patterns.yaml"
NOTHING = "none"
MONTHS_OF_THE_MEAN = 3
DAYS_OF_THE_MEAN = 90
DIVISORS = {
    "initial_denial_rate": MONTHS_OF_THE_MEAN,
    "initial_denial_dollars": MONTHS_OF_THE_MEAN,
    "days_in_ar": DAYS_OF_THE_MEAN,
}
"""What the sum below the line is divided by, where the KPI is a mean of months or days."""


@dataclass(frozen=True)
class Cell:
    """What one bill counts for in one KPI.

    Attributes:
        numerator: Above the line.
        denominator: Below it; None where the KPI has none.
    """

    numerator: float
    denominator: float | None

    @classmethod
    def of(cls, text: object) -> Cell:
        """Read "numerator/denominator" or "numerator"."""
        above, _, below = str(text).partition("/")
        return cls(float(above), float(below) if below else None)


@dataclass(frozen=True)
class Story:
    """One bill.

    Attributes:
        name: Short name.
        says: What happens, in a sentence or two.
        payer: Payer.
        counts: Cells by KPI; a KPI that is not there does not see the bill.
        told: The events as written.
    """

    name: str
    says: str
    payer: str
    counts: dict[str, Cell]
    told: list[Any]

    def events(self, tenant: str, payer: str | None = None) -> Iterator[tuple[Contract, Event]]:
        """Yield its events, in order of time, for a tenant; another name of the payer changes nothing else."""
        yield from Teller(self.name, payer or self.payer, tenant, self.payer in WITH_CONTRACT).tell(self.told)


@cache
def stories() -> tuple[Story, ...]:
    """Return all stories, in the order of their files."""
    patterns = _read(PATTERNS)
    return tuple(
        Story(name, told["story"], told.get("payer", payer), _counts(told["counts"], patterns), told["events"])
        for file, payer in FILES.items()
        for name, told in _read(file).items()
    )


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return read


def _counts(own: dict[str, Any], patterns: dict[str, Any]) -> dict[str, Cell]:
    texts: dict[str, Any] = {}
    for pattern in own.get("like", []):
        texts |= patterns[pattern]
    texts |= {kpi: text for kpi, text in own.items() if kpi != "like"}
    return {kpi: Cell.of(text) for kpi, text in texts.items() if text != NOTHING}
