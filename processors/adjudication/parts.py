"""A claim payment taken apart: its lines (or the claim itself where it has none), what is denied, where cents went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from processors.adjudication.amounts import PATIENT, Adjustment, Buckets, Charged, adjustments_of, main_denial
from processors.adjudication.denial_groups import UNMAPPED, CarcGroups
from processors.adjudication.variance import AnsweredLine

_DENIED_BY_STATUS = "4"


@dataclass(slots=True)
class RemitParts:
    """The units of a claim payment. Amounts of a reversal are turned round, so that it reads like what it reverses.

    Attributes:
        sign: -1 for a reversal, else 1.
        charged: Its lines, or the claim itself where it has no lines.
        claim_adjustments: Adjustments of the claim beside the lines; empty where the claim is the one unit.
        unexplained_patient_cents: Patient's part that no adjustment explains, where there are lines.
        claim_charge_cents: Charge of the claim.
        claim_paid_cents: Payment of the claim.
        status: CLP02.
        denied: Whether each unit is denied by definition.
        claim_denied: Whether the claim is denied: the payer says so, or every line that charges something is.
        buckets: Where the charge of each unit went. Nothing of a denied claim, or of a denied line, is contractual.
        allowed: What is allowed of each unit: nothing where it is denied.
        causes: The adjustment of each unit that denies most.
        total: Where the charge of the claim went; the payment is that of the claim itself.
        difference_cents: What of the charge nothing explains; not zero only where the remittance does not balance.
    """

    sign: int
    charged: Sequence[Charged]
    claim_adjustments: Sequence[Adjustment]
    unexplained_patient_cents: int
    claim_charge_cents: int
    claim_paid_cents: int
    status: str | None

    denied: list[bool] = field(init=False)
    claim_denied: bool = field(init=False)
    buckets: list[Buckets] = field(init=False)
    allowed: list[int] = field(init=False)
    causes: list[Adjustment | None] = field(init=False)
    total: Buckets = field(init=False)
    difference_cents: int = field(init=False)

    def __post_init__(self) -> None:
        """Judge the units and add them up."""
        units = self.charged
        denied = self.denied = [unit.is_denied(self.claim_adjustments) for unit in units]
        whole = self.claim_denied = self.status == _DENIED_BY_STATUS or self._all_denied()
        refused = [True] * len(units) if whole else denied
        self.buckets = [Buckets.of(unit, denied=no) for unit, no in zip(units, refused, strict=True)]
        self.allowed = [0 if no else unit.granted_cents for unit, no in zip(units, refused, strict=True)]
        self.causes = [main_denial(unit.adjustments) if unit.gives_denying_reason else None for unit in units]
        self._add_up()

    def _all_denied(self) -> bool:
        counting = [refused for unit, refused in zip(self.charged, self.denied, strict=True) if unit.counts]
        return bool(counting) and all(counting)

    def _add_up(self) -> None:
        total = self.total = Buckets(self.claim_paid_cents, 0, 0, 0, 0)
        parts = self.buckets
        if self.claim_adjustments or self.unexplained_patient_cents:
            beside = Charged(0, 0, None, self.claim_adjustments, self.unexplained_patient_cents)
            parts = [*parts, Buckets.of(beside, denied=self.claim_denied)]
        for part in parts:
            total.patient += part.patient
            total.contractual += part.contractual
            total.denied += part.denied
            total.other += part.other
        explained = total.paid + total.patient + total.contractual + total.denied + total.other
        self.difference_cents = self.claim_charge_cents - explained

    @classmethod
    def of(cls, remit: Mapping[str, Any], groups: CarcGroups) -> RemitParts:
        """Take a remits.received event of kind claim apart."""
        sign = -1 if remit["reversal"] else 1
        lines: Sequence[Mapping[str, Any]] = remit["lines"]
        remarks = remit["remark_codes"]
        of_claim = adjustments_of(remit, remarks, groups, sign)
        of_lines = [adjustments_of(line, line["remark_codes"] or remarks, groups, sign) for line in lines]
        unexplained = _unexplained_patient(sign * (remit["patient_responsibility_cents"] or 0), [of_claim, *of_lines])
        charge, paid = sign * remit["charge_cents"], sign * remit["paid_cents"]
        if not lines:
            charged = [Charged(charge, paid, None, of_claim, unexplained)]
            return cls(sign, charged, (), 0, charge, paid, remit["claim_status_code"])
        charged = [
            Charged(sign * line["charge_cents"], sign * line["paid_cents"], _stated_allowed(line, sign), adjustments)
            for line, adjustments in zip(lines, of_lines, strict=True)
        ]
        return cls(sign, charged, of_claim, unexplained, charge, paid, remit["claim_status_code"])

    @property
    def claim_allowed_cents(self) -> int:
        """What is allowed of the claim: of its units, less what the claim as a whole is reduced by."""
        if self.claim_denied:
            return 0
        units = sum(self.allowed)
        if not self.claim_adjustments and not self.unexplained_patient_cents:
            return max(0, units)
        reduced = sum([a.amount_cents for a in self.claim_adjustments if not a.meaning.is_within_allowed])
        stated = any(unit.reported_allowed_cents is not None for unit in self.charged)
        return max(0, units - reduced + (0 if stated else self.unexplained_patient_cents))

    @property
    def cause(self) -> Adjustment | None:
        """The adjustment that denies most of the claim; of equal ones those of the claim itself come first."""
        causes = [cause for cause in self.causes if cause is not None]
        return main_denial([*self.claim_adjustments, *causes]) if causes or self.claim_adjustments else None

    @property
    def unmapped_codes(self) -> list[str]:
        """Reason codes without a mapping, sorted."""
        return sorted({
            adjustment.carc
            for part in (self.claim_adjustments, *(unit.adjustments for unit in self.charged))
            for adjustment in part
            if adjustment.meaning.group == UNMAPPED
        })  # fmt: skip

    def answered(self, place: int) -> AnsweredLine:
        """Return what the comparison with expected amounts needs of a unit."""
        unit = self.charged[place]
        return AnsweredLine(
            unit.charge_cents,
            self.allowed[place],
            self.buckets[place].denied,
            self.denied[place] or self.claim_denied,
            [adjustment.carc for adjustment in unit.adjustments],
        )


def _unexplained_patient(stated: int, parts: Sequence[Sequence[Adjustment]]) -> int:
    """Return the patient's part of the claim, if no adjustment explains any of it."""
    if stated <= 0:
        return 0
    for part in parts:
        for adjustment in part:
            if adjustment.group_code == PATIENT:
                return 0
    return stated


def _stated_allowed(line: Mapping[str, Any], sign: int) -> int | None:
    allowed: int | None = line["allowed_cents"]
    # A reversal may state the allowed amount with or without its sign.
    return allowed if allowed is None or sign > 0 else abs(allowed)
