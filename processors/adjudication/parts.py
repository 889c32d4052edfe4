"""A claim payment taken apart: its lines (or the claim itself where it has none), what is denied, where cents went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from processors.adjudication.amounts import PATIENT, Adjustment, Buckets, Charged, adjustments_of
from processors.adjudication.denial_groups import CarcGroups
from processors.adjudication.variance import AnsweredLine

_DENIED_BY_STATUS = "4"


@dataclass
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
        treated: Every adjustment with its unit (None for the claim beside its lines) and its treatment.
    """

    sign: int
    charged: tuple[Charged, ...]
    claim_adjustments: tuple[Adjustment, ...]
    unexplained_patient_cents: int
    claim_charge_cents: int
    claim_paid_cents: int
    status: str | None

    denied: list[bool] = field(init=False)
    claim_denied: bool = field(init=False)
    buckets: list[Buckets] = field(init=False)
    allowed: list[int] = field(init=False)
    treated: list[tuple[int | None, Adjustment, str]] = field(init=False)

    def __post_init__(self) -> None:
        units = self.charged
        denied = self.denied = [unit.is_denied(self.claim_adjustments) for unit in units]
        counting = [refused for unit, refused in zip(units, denied, strict=True) if unit.counts]
        whole = self.claim_denied = self.status == _DENIED_BY_STATUS or (bool(counting) and all(counting))
        refused = [True] * len(units) if whole else denied
        self.buckets = [Buckets.of(unit, denied=no) for unit, no in zip(units, refused, strict=True)]
        self.allowed = [0 if no else unit.granted_cents for unit, no in zip(units, refused, strict=True)]
        beside = self.claim_adjustments
        self.treated = [(None, adjustment, adjustment.treatment(denied=whole)) for adjustment in beside]
        for place, unit in enumerate(units):
            no = refused[place]
            self.treated += [(place, adjustment, adjustment.treatment(denied=no)) for adjustment in unit.adjustments]

    @classmethod
    def of(cls, remit: Mapping[str, Any], groups: CarcGroups) -> RemitParts:
        """Take a remits.received event of kind claim apart."""
        sign = -1 if remit["reversal"] else 1
        lines: Sequence[Mapping[str, Any]] = remit["lines"]
        of_claim = adjustments_of(remit, remit["remark_codes"], groups, sign)
        of_lines = [adjustments_of(line, line["remark_codes"] or remit["remark_codes"], groups, sign) for line in lines]
        stated = sign * (remit["patient_responsibility_cents"] or 0)
        explained = any(a.group_code == PATIENT for part in [of_claim, *of_lines] for a in part)
        unexplained = 0 if explained else max(0, stated)
        charge, paid = sign * remit["charge_cents"], sign * remit["paid_cents"]
        charged = tuple(
            Charged(sign * line["charge_cents"], sign * line["paid_cents"], _stated_allowed(line, sign), adjustments)
            for line, adjustments in zip(lines, of_lines, strict=True)
        )
        if not lines:
            charged = (Charged(charge, paid, None, of_claim, unexplained),)
            of_claim, unexplained = (), 0
        return cls(sign, charged, of_claim, unexplained, charge, paid, remit["claim_status_code"])

    @property
    def total(self) -> Buckets:
        """Where the charge of the claim went; payment and charge are those of the claim itself."""
        beside = Charged(0, 0, None, self.claim_adjustments, self.unexplained_patient_cents)
        whole = sum(self.buckets, Buckets.of(beside, denied=self.claim_denied))
        explained = whole.patient + whole.contractual + whole.denied + whole.other
        return Buckets(
            paid=self.claim_paid_cents,
            patient=whole.patient,
            contractual=whole.contractual,
            denied=whole.denied,
            other=whole.other,
            difference=self.claim_charge_cents - self.claim_paid_cents - explained,
        )

    @property
    def claim_allowed_cents(self) -> int:
        """What is allowed of the claim: of its units, less what the claim as a whole is reduced by."""
        if self.claim_denied:
            return 0
        units = sum(self.allowed)
        reduced = sum(a.amount_cents for a in self.claim_adjustments if not a.is_within_allowed)
        stated = any(unit.reported_allowed_cents is not None for unit in self.charged)
        return max(0, units - reduced + (0 if stated else self.unexplained_patient_cents))

    def answered(self, place: int) -> AnsweredLine:
        """Return what the comparison with expected amounts needs of a unit."""
        unit = self.charged[place]
        return AnsweredLine(
            charge_cents=unit.charge_cents,
            allowed_cents=self.allowed[place],
            denied_cents=self.buckets[place].denied,
            denied=self.denied[place] or self.claim_denied,
            carcs=frozenset(adjustment.carc for adjustment in unit.adjustments),
        )


def _stated_allowed(line: Mapping[str, Any], sign: int) -> int | None:
    allowed = line["allowed_cents"]
    # A reversal may state the allowed amount with or without its sign.
    return None if allowed is None else abs(allowed) if sign < 0 else allowed
