"""What the adjustments of one line (or of a claim without lines) amount to, and whether it is denied.

The buckets add up to the cent: charge = paid + patient + contractual + denied + other + difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from processors.adjudication.denial_groups import CarcGroups, DenialGroup, NotDenial

PATIENT = "PR"
_SMALLEST_CHARGE_CENTS = 1
"""A line is denied only when it charges more than a cent: lines of a cent or less carry information."""

_TREATMENT: dict[str, str] = {
    NotDenial.CONTRACTUAL: "contractual",
    NotDenial.INFORMATIONAL: "information",
    NotDenial.PAYMENT_ADJUSTMENT: "other",
    NotDenial.PATIENT_RESPONSIBILITY: "other",  # a patient's share that the payer does not put on the patient
}
_WITHIN_ALLOWED: set[str] = {NotDenial.PATIENT_RESPONSIBILITY, NotDenial.PAYMENT_ADJUSTMENT}


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
        if self.meaning.is_denial:
            return "denied"
        treatment = _TREATMENT[self.meaning.group]
        return "denied" if denied and treatment == "contractual" else treatment

    @property
    def is_within_allowed(self) -> bool:
        """Whether it lowers the payment but not the allowed amount: cost share, withholding, prior payment."""
        return not self.meaning.is_denial and self.meaning.group in _WITHIN_ALLOWED


@dataclass(slots=True)
class Charged:
    """A line, or a claim without lines, as the payer answered it; amounts of a reversal are turned round.

    Attributes:
        charge_cents: Charge.
        paid_cents: Payment.
        reported_allowed_cents: Allowed amount as the payer states it (AMT B6), None where it does not.
        adjustments: Its adjustments.
        unexplained_patient_cents: Patient's part that no adjustment explains (CLP05 without PR adjustments).
    """

    charge_cents: int
    paid_cents: int
    reported_allowed_cents: int | None
    adjustments: tuple[Adjustment, ...]
    unexplained_patient_cents: int = 0

    @property
    def patient_cents(self) -> int:
        """What is left to the patient."""
        return self.unexplained_patient_cents + _total(a for a in self.adjustments if a.group_code == PATIENT)

    @property
    def granted_cents(self) -> int:
        """Allowed amount: as stated, else payment and what lowers the payment only; never negative."""
        if self.reported_allowed_cents is not None:
            return self.reported_allowed_cents
        within = _total(adjustment for adjustment in self.adjustments if adjustment.is_within_allowed)
        return max(0, self.paid_cents + self.unexplained_patient_cents + within)

    @property
    def counts(self) -> bool:
        """Whether its charge is more than a token."""
        return self.charge_cents > _SMALLEST_CHARGE_CENTS

    def is_denied(self, claim_adjustments: Sequence[Adjustment] = ()) -> bool:
        """Return whether it is denied by definition.

        Charge above a cent, and nothing allowed or nothing paid and nothing left to the patient; unless all
        adjustments are of reasons that deny nothing. A line without adjustments is judged by those of its claim.
        """
        if not self.counts:
            return False
        nothing = self.granted_cents == 0 or (self.paid_cents == 0 and self.patient_cents == 0)
        reasons = self.adjustments or claim_adjustments
        explained = bool(reasons) and not any(adjustment.meaning.is_denial for adjustment in reasons)
        return nothing and not explained


@dataclass(slots=True)
class Buckets:
    """Where the charge went, in cents; the sum is the charge.

    Attributes:
        paid: Payment.
        patient: Patient responsibility.
        contractual: Written off by contract; none of it from what is denied.
        denied: Refused.
        other: Withholdings, prior payments and information.
        difference: What nothing explains; not zero only where the remittance does not balance.
    """

    paid: int = 0
    patient: int = 0
    contractual: int = 0
    denied: int = 0
    other: int = 0
    difference: int = 0

    @classmethod
    def of(cls, charged: Charged, *, denied: bool) -> Buckets:
        """Sort the amounts of a line or claim."""
        sums = dict.fromkeys(("patient", "contractual", "denied", "information", "other"), 0)
        for adjustment in charged.adjustments:
            sums[adjustment.treatment(denied=denied)] += adjustment.amount_cents
        patient = sums["patient"] + charged.unexplained_patient_cents
        other = sums["information"] + sums["other"]
        explained = charged.paid_cents + patient + sums["contractual"] + sums["denied"] + other
        return cls(
            paid=charged.paid_cents,
            patient=patient,
            contractual=sums["contractual"],
            denied=sums["denied"],
            other=other,
            difference=charged.charge_cents - explained,
        )

    def __add__(self, more: Buckets) -> Buckets:
        return Buckets(
            self.paid + more.paid,
            self.patient + more.patient,
            self.contractual + more.contractual,
            self.denied + more.denied,
            self.other + more.other,
            self.difference + more.difference,
        )

    def turned(self, sign: int) -> Buckets:
        """Return the amounts times a sign."""
        return Buckets(
            sign * self.paid,
            sign * self.patient,
            sign * self.contractual,
            sign * self.denied,
            sign * self.other,
            sign * self.difference,
        )


def main_denial(adjustments: Iterable[Adjustment]) -> Adjustment | None:
    """Return the adjustment that denies most; of equal ones the first; None when nothing denies."""
    denials = [adjustment for adjustment in adjustments if adjustment.meaning.is_denial]
    return max(denials, key=lambda adjustment: adjustment.amount_cents, default=None)


def adjustments_of(
    record: Mapping[str, Any], remark_codes: Sequence[str], groups: CarcGroups, sign: int
) -> tuple[Adjustment, ...]:
    """Return the adjustments of a claim payment or of one of its lines with their meaning.

    Args:
        record: The event or the line, with `adjustments`.
        remark_codes: Remark codes that may refine the reasons.
        groups: Mapping of the reason codes.
        sign: -1 for a reversal, whose amounts are negative.
    """
    return tuple(
        Adjustment(
            entry["group_code"],
            entry["carc"],
            sign * entry["amount_cents"],
            groups.group_of(entry["carc"], remark_codes),
        )
        for entry in record["adjustments"]
    )


def _total(adjustments: Iterable[Adjustment]) -> int:
    return sum(adjustment.amount_cents for adjustment in adjustments)
