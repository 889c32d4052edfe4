"""What the adjustments of one line (or of a claim without lines) amount to, and whether it is denied.

The buckets add up to the cent: charge = paid + patient + contractual + denied + other + difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from processors.adjudication.denial_groups import CarcGroups, DenialGroup

PATIENT = "PR"
_SMALLEST_CHARGE_CENTS = 1
"""A line is denied only when it charges more than a cent: lines of a cent or less carry information."""


@dataclass(slots=True)  # not frozen: that makes each of the many a third dearer
class Adjustment:
    """One adjustment with its meaning.

    Attributes:
        group_code: CO, PR, OA or PI.
        carc: Reason code.
        amount_cents: Positive lowers the payment.
        meaning: Its root cause.
    """

    group_code: str
    carc: str
    amount_cents: int
    meaning: DenialGroup

    def treatment(self, *, denied: bool) -> str:
        """Return which bucket it belongs to: contractual, patient, denied, information or other.

        Args:
            denied: Whether the line or claim it stands on is denied. Then nothing of it is contractual: the
                payer may yet pay it, and a write-off would hide that.
        """
        if self.group_code == PATIENT:
            return "patient"
        treatment = self.meaning.treatment
        return "denied" if denied and treatment == "contractual" else treatment


@dataclass(slots=True)
class Charged:
    """A line, or a claim without lines, as the payer answered it; amounts of a reversal are turned round.

    Attributes:
        charge_cents: Charge.
        paid_cents: Payment.
        reported_allowed_cents: Allowed amount as the payer states it (AMT B6), None where it does not.
        adjustments: Its adjustments.
        unexplained_patient_cents: Patient's part that no adjustment explains (CLP05 without PR adjustments).
        patient_cents: What is left to the patient.
        contractual_cents: Contractual, where the line is not denied; refused, where it is.
        refused_cents: Refused by the reasons of the adjustments.
        other_cents: Withholdings, prior payments and information.
        granted_cents: Allowed amount: as stated, else payment and what lowers the payment only; never negative.
        gives_denying_reason: Whether an adjustment's reason denies.
    """

    charge_cents: int
    paid_cents: int
    reported_allowed_cents: int | None
    adjustments: Sequence[Adjustment]
    unexplained_patient_cents: int = 0

    patient_cents: int = field(init=False)
    contractual_cents: int = field(init=False)
    refused_cents: int = field(init=False)
    other_cents: int = field(init=False)
    granted_cents: int = field(init=False)
    gives_denying_reason: bool = field(init=False)

    def __post_init__(self) -> None:
        """Sort the adjustments once."""
        patient, contractual, refused, other, within = self.unexplained_patient_cents, 0, 0, 0, 0
        self.gives_denying_reason = False
        for adjustment in self.adjustments:
            meaning, cents = adjustment.meaning, adjustment.amount_cents
            if meaning.is_denial:
                self.gives_denying_reason = True
            elif meaning.is_within_allowed:
                within += cents
            if adjustment.group_code == PATIENT:
                patient += cents
            elif meaning.is_denial:
                refused += cents
            elif meaning.treatment == "contractual":
                contractual += cents
            else:
                other += cents
        self.patient_cents, self.contractual_cents = patient, contractual
        self.refused_cents, self.other_cents = refused, other
        stated = self.reported_allowed_cents
        granted = max(0, self.paid_cents + self.unexplained_patient_cents + within)
        self.granted_cents = granted if stated is None else stated

    @property
    def counts(self) -> bool:
        """Whether its charge is more than a token."""
        return self.charge_cents > _SMALLEST_CHARGE_CENTS

    def is_denied(self, claim_adjustments: Sequence[Adjustment] = ()) -> bool:
        """Return whether it is denied by definition.

        Charge above a cent, and nothing allowed or nothing paid and nothing left to the patient; unless all
        adjustments are of reasons that deny nothing. A line without adjustments is judged by those of its claim.
        """
        if self.charge_cents <= _SMALLEST_CHARGE_CENTS:
            return False
        if self.granted_cents != 0 and (self.paid_cents != 0 or self.patient_cents != 0):
            return False
        if self.adjustments:
            return self.gives_denying_reason
        return not claim_adjustments or any(adjustment.meaning.is_denial for adjustment in claim_adjustments)


@dataclass(slots=True)
class Buckets:
    """Where the charge went, in cents; the sum is the charge.

    Attributes:
        paid: Payment.
        patient: Patient responsibility.
        contractual: Written off by contract; none of it from what is denied.
        denied: Refused.
        other: Withholdings, prior payments and information.
    """

    paid: int
    patient: int
    contractual: int
    denied: int
    other: int

    @classmethod
    def of(cls, charged: Charged, *, denied: bool) -> Buckets:
        """Sort the amounts of a line or claim."""
        written_off, refused = charged.contractual_cents, charged.refused_cents
        if denied:
            written_off, refused = 0, refused + written_off
        return cls(charged.paid_cents, charged.patient_cents, written_off, refused, charged.other_cents)


def main_denial(adjustments: Iterable[Adjustment]) -> Adjustment | None:
    """Return the adjustment that denies most; of equal ones the first; None when nothing denies."""
    most = None
    for adjustment in adjustments:
        if adjustment.meaning.is_denial and (most is None or adjustment.amount_cents > most.amount_cents):
            most = adjustment
    return most


def adjustments_of(
    record: Mapping[str, Any], remark_codes: Sequence[str], groups: CarcGroups, sign: int
) -> list[Adjustment]:
    """Return the adjustments of a claim payment or of one of its lines with their meaning.

    Args:
        record: The event or the line, with `adjustments`.
        remark_codes: Remark codes that may refine the reasons.
        groups: Mapping of the reason codes.
        sign: -1 for a reversal, whose amounts are negative.
    """
    meaning = groups.group_of
    return [
        Adjustment(
            entry["group_code"], carc := entry["carc"], sign * entry["amount_cents"], meaning(carc, remark_codes)
        )
        for entry in record["adjustments"]
    ]
