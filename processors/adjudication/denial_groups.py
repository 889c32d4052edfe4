"""Adjustment reason codes by root cause: group, owner, overturn prior, read from config/mappings/carc_groups.csv."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self

import config
from processors.config_file import ConfigFileError

SHIPPED_GROUPS = config.FOLDER / "mappings" / "carc_groups.csv"
ANY_CODE = "*"
"""In the column carc: the row is a remark code that refines every reason code with remark_refines = 1."""


class NotDenial(StrEnum):
    """The groups that are no denial."""

    PATIENT_RESPONSIBILITY = "patient_responsibility"
    CONTRACTUAL = "contractual"
    PAYMENT_ADJUSTMENT = "payment_adjustment"
    INFORMATIONAL = "informational"


DENIAL_GROUPS = (
    "eligibility",
    "coordination_of_benefits",
    "authorization",
    "missing_information",
    "coding",
    "bundling",
    "medical_necessity",
    "non_covered",
    "timely_filing",
    "duplicate",
    "enrolment",
    "contract",
)
UNMAPPED = "unmapped"
_TREATMENT: Mapping[str, str] = {
    NotDenial.CONTRACTUAL: "contractual",
    NotDenial.INFORMATIONAL: "information",
    NotDenial.PAYMENT_ADJUSTMENT: "other",
    NotDenial.PATIENT_RESPONSIBILITY: "other",  # a patient's share that the payer does not put on the patient
}
_WITHIN_ALLOWED: frozenset[str] = frozenset({NotDenial.PATIENT_RESPONSIBILITY, NotDenial.PAYMENT_ADJUSTMENT})
CORE_SCENARIOS = ("documentation", "data", "not_covered", "not_payable", "")
_COLUMNS = (
    "carc",
    "rarc",
    "group",
    "owner",
    "overturn_prior",
    "not_a_denial",
    "remark_refines",
    "core_scenario",
    "label",
)


@dataclass(frozen=True)
class DenialGroup:
    """Root cause of an adjustment.

    Attributes:
        group: One of DENIAL_GROUPS or NotDenial, or `unmapped`.
        owner: Team that usually works it.
        overturn_prior: First guess of the share overturned, 0 to 1; a tenant's own data replace it.
        is_denial: Whether the adjustment refuses payment. An unmapped code is taken for a denial: it is looked at.
        core_scenario: Which of the four business scenarios of the operating rules it belongs to; may be empty.
        label: Our own short words.
        treatment: Which bucket an adjustment belongs to that is not the patient's: contractual, denied, information
            or other.
        is_within_allowed: Whether it lowers the payment but not the allowed amount: cost share, withholding, prior
            payment.
    """

    group: str
    owner: str
    overturn_prior: float
    is_denial: bool
    core_scenario: str
    label: str
    treatment: str = field(init=False)
    is_within_allowed: bool = field(init=False)

    def __post_init__(self) -> None:
        """Work out what every adjustment asks for."""
        object.__setattr__(self, "treatment", "denied" if self.is_denial else _TREATMENT[self.group])
        object.__setattr__(self, "is_within_allowed", not self.is_denial and self.group in _WITHIN_ALLOWED)


UNMAPPED_GROUP = DenialGroup(UNMAPPED, "billing", 0.0, True, "", "Reason code without a mapping")


@dataclass(frozen=True)
class CarcGroups:
    """The mapping.

    Attributes:
        by_code: Group of a reason code without regard to remarks.
        by_remark: Group of a remark code, for the codes that remarks refine.
        by_pair: Group of a reason code with one remark code; wins over by_remark.
        refined: Reason codes that are refined by any remark of by_remark.
    """

    by_code: Mapping[str, DenialGroup]
    by_remark: Mapping[str, DenialGroup]
    by_pair: Mapping[tuple[str, str], DenialGroup]
    refined: Collection[str]

    @classmethod
    @cache
    def shipped(cls) -> Self:
        """Return the mapping that claimstream ships."""
        return cls.load(SHIPPED_GROUPS)

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read a mapping.

        Args:
            file: Comma-separated, with the columns of the shipped file.

        Raises:
            ConfigFileError: The file cannot be read, lacks a column, names an unknown group or repeats a code.
        """
        try:
            with file.open(encoding="utf-8", newline="") as lines:
                rows = list(csv.DictReader(lines))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigFileError(file.name, f"cannot be read ({type(error).__name__})") from error
        by_code: dict[str, DenialGroup] = {}
        by_remark: dict[str, DenialGroup] = {}
        by_pair: dict[tuple[str, str], DenialGroup] = {}
        refined: set[str] = set()
        for number, row in enumerate(rows, start=2):
            code, remark, group = _row(file.name, number, row)
            if (
                (code, remark) in by_pair
                or (not remark and code in by_code)
                or (code == ANY_CODE and remark in by_remark)
            ):
                raise ConfigFileError(file.name, f"line {number}: {code} {remark} stands twice".rstrip())
            if code == ANY_CODE:
                by_remark[remark] = group
            elif remark:
                by_pair[code, remark] = group
            else:
                by_code[code] = group
            if row["remark_refines"] == "1":
                refined.add(code)
        return cls(by_code, by_remark, by_pair, frozenset(refined))

    def group_of(self, carc: str, remark_codes: Iterable[str] = ()) -> DenialGroup:
        """Return the group of a reason code; the first remark code that refines it decides.

        Args:
            carc: Claim adjustment reason code, without leading zeros or blanks.
            remark_codes: Remark codes of the same line or claim, in order.
        """
        known = self.by_code.get(carc)
        if known is None:
            return UNMAPPED_GROUP
        if not known.is_denial:
            return known
        for remark in remark_codes:
            refining = self.by_pair.get((carc, remark)) or (
                self.by_remark.get(remark) if carc in self.refined else None
            )
            if refining:
                return refining
        return known


def _row(file: str, number: int, row: Mapping[str, str]) -> tuple[str, str, DenialGroup]:
    missing = [column for column in _COLUMNS if row.get(column) is None]
    if missing:
        raise ConfigFileError(file, f"line {number}: lacks {', '.join(missing)}")
    free = row["not_a_denial"] == "1"
    groups = tuple(NotDenial) if free else DENIAL_GROUPS
    problem = _problem(row, groups, prior_needed=not free)
    if problem:
        raise ConfigFileError(file, f"line {number}: {problem}")
    prior = float(row["overturn_prior"] or 0)
    group = DenialGroup(row["group"], row["owner"], prior, not free, row["core_scenario"], row["label"])
    return row["carc"], row["rarc"], group


def _problem(row: Mapping[str, str], groups: Collection[str], *, prior_needed: bool) -> str | None:
    if not row["carc"] or (row["carc"] == ANY_CODE and not row["rarc"]):
        return "names no code"
    if row["group"] not in groups:
        return f"the group {row['group']} is none of {', '.join(groups)}"
    if row["core_scenario"] not in CORE_SCENARIOS:
        return f"the scenario {row['core_scenario']} is unknown"
    if row["not_a_denial"] not in ("0", "1") or row["remark_refines"] not in ("0", "1"):
        return "a flag is neither 0 nor 1"
    return _prior_problem(row["overturn_prior"]) if prior_needed else None


def _prior_problem(text: str) -> str | None:
    try:
        inside = 0 <= float(text) <= 1
    except ValueError:
        inside = False
    return None if inside else "overturn_prior is no share from 0 to 1"
