"""One claim payment of an 835 and the priced lines of its claim: outcome, amounts, cause, variance."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from processors.adjudication.amounts import Adjustment
from processors.adjudication.denial_groups import CarcGroups
from processors.adjudication.matching import LineMatch, match_lines
from processors.adjudication.parts import RemitParts
from processors.adjudication.policy import AdjudicationPolicy
from processors.adjudication.result import AdjudicatedAdjustment, AdjudicatedLine, Adjudication
from processors.adjudication.variance import UNPRICED, LineVariance, line_variances

ADJUDICATED = frozenset({"1", "2", "3", "4", "19", "20", "21"})
"""CLP02 of an adjudication. 22 is a reversal, 23 forwarded only, 25 predetermination."""

_PRIMARY = frozenset({"1", "4", "19", "22"})
_INTEREST = "I"
_NOT_ADJUDICATED = {"22": "reversal", "23": "forwarded", "25": "predetermination"}
_REVERSAL = LineVariance(reason="reversal")
_WEIGHTIEST = (
    "reversal",
    "underpaid",
    "multiple_procedure",
    "overpaid",
    "recode",
    "within",
    "denied",
    "unpriced",
)
"""Reasons of lines, the one that holds for a claim first."""


@dataclass(frozen=True)
class PricedClaim:
    """What adjudication needs of the attempt that a remittance answers.

    Attributes:
        lines: `lines` of its claims.scored event.
        claim_type: professional, institutional or dental.
        payer_type: Type of the payer.
    """

    lines: Sequence[Mapping[str, Any]] = ()
    claim_type: str | None = None
    payer_type: str | None = None


UNKNOWN_CLAIM = PricedClaim()


@dataclass(frozen=True)
class Adjudicator:
    """Reads claim payments.

    Attributes:
        groups: Reason codes by root cause.
        policy: When a payment is an underpayment.
    """

    groups: CarcGroups
    policy: AdjudicationPolicy

    @classmethod
    def shipped(cls) -> Adjudicator:
        """Return the adjudicator with the settings that claimstream ships."""
        return cls(CarcGroups.shipped(), AdjudicationPolicy.shipped())

    def adjudicate(self, remit: Mapping[str, Any], claim: PricedClaim = UNKNOWN_CLAIM) -> Adjudication:
        """Return what a claim payment says.

        Args:
            remit: A remits.received event of kind claim.
            claim: The attempt it answers; without it nothing is compared.

        Returns:
            The adjudication. Amounts carry the sign of the remittance: negative for a reversal, so that the
            sums over all remittances of a lineage are its balance.
        """
        parts = RemitParts.of(remit, self.groups)
        variances = self._variances(remit, parts, claim)
        lines = [_line(line, parts, place, variances[place]) for place, line in enumerate(remit["lines"])]
        return _adjudication(remit, parts, variances, lines, claim)

    def _variances(self, remit: Mapping[str, Any], parts: RemitParts, claim: PricedClaim) -> Sequence[LineVariance]:
        lines: Sequence[Mapping[str, Any]] = remit["lines"]
        if parts.sign < 0:
            return [_REVERSAL] * (len(lines) or 1)
        if remit["claim_status_code"] not in _PRIMARY:
            return [UNPRICED] * (len(lines) or 1)  # what a second payer owes is not priced
        if not claim.lines:
            return [UNPRICED] * (len(lines) or 1)
        answered = [parts.answered(place) for place in range(len(parts.charged))]
        whole = claim.claim_type in self.policy.whole_claim_types or not lines
        # A remittance without lines answers all lines of the claim at once.
        matches = match_lines(lines, claim.lines) if lines else _all_at_once(claim)
        return line_variances(
            answered, claim.lines, matches, self.policy, payer_type=claim.payer_type, whole_claim=whole
        )


def _all_at_once(claim: PricedClaim) -> Sequence[LineMatch]:
    return (LineMatch((0,), tuple(range(len(claim.lines))), recoded=False),)


def _line(line: Mapping[str, Any], parts: RemitParts, place: int, variance: LineVariance) -> AdjudicatedLine:
    sign, sums, cause = parts.sign, parts.buckets[place], parts.causes[place]
    allowed = sign * parts.allowed[place]
    expected = variance.expected_cents
    return {
        "line_number": line["line_number"],
        "claim_line_number": variance.claim_line_number,
        "procedure_code": line["procedure_code"],
        "modifiers": list(line["modifiers"]),
        "revenue_code": line["revenue_code"],
        "submitted_procedure_code": line["submitted_procedure_code"],
        "service_from": line["service_from"],
        "units": line["units"],
        "charge_cents": line["charge_cents"],
        "paid_cents": sign * sums.paid,
        "allowed_cents": allowed,
        "patient_responsibility_cents": sign * sums.patient,
        "contractual_cents": sign * sums.contractual,
        "denied_cents": sign * sums.denied,
        "denied": parts.denied[place] and sign > 0,
        "expected_allowed_cents": expected,
        "variance_cents": None if expected is None else allowed - expected,
        "variance_reason": variance.reason,
        "carc": cause.carc if cause else None,
        "root_cause_group": cause.meaning.group if cause else None,
        "remark_codes": list(line["remark_codes"]),
    }


def _adjudication(
    remit: Mapping[str, Any],
    parts: RemitParts,
    variances: Sequence[LineVariance],
    lines: list[AdjudicatedLine],
    claim: PricedClaim,
) -> Adjudication:
    sign, total, cause = parts.sign, parts.total, parts.cause
    meaning = cause.meaning if cause else None
    compared = [place for place, variance in enumerate(variances) if variance.compared]
    allowed = sum([parts.allowed[place] for place in compared])
    expected = sum([variances[place].expected_cents or 0 for place in compared])
    prices = [price for line in claim.lines if (price := line["expected_allowed_cents"]) is not None]
    return {
        "outcome": _outcome(remit, parts),
        "is_adjudication": remit["claim_status_code"] in ADJUDICATED,
        "zero_pay": remit["paid_cents"] == 0,
        "charge_cents": remit["charge_cents"],
        "paid_cents": sign * total.paid,
        "allowed_cents": sign * parts.claim_allowed_cents,
        "patient_responsibility_cents": sign * total.patient,
        "contractual_cents": sign * total.contractual,
        "denied_cents": sign * total.denied,
        "other_adjustment_cents": sign * total.other,
        "difference_cents": sign * parts.difference_cents,
        "interest_cents": sum([entry["amount_cents"] for entry in remit["amounts"] if entry["qualifier"] == _INTEREST]),
        "takeback_cents": max(0, parts.claim_paid_cents) if sign < 0 else 0,
        "expected_allowed_cents": sum(prices) if prices else None,
        "priced_allowed_cents": allowed,
        "priced_expected_cents": expected,
        "priced_lines": len(compared),
        "variance_cents": allowed - expected if compared else None,
        "variance_reason": _claim_reason({variance.reason for variance in variances}),
        "underpaid_cents": sum([variance.underpaid_cents for variance in variances]),
        "primary_carc": cause.carc if cause else None,
        "root_cause_group": meaning.group if meaning else None,
        "business_scenario": meaning.core_scenario if meaning else None,
        "owner": meaning.owner if meaning else None,
        "overturn_prior": meaning.overturn_prior if meaning else None,
        "unmapped_codes": parts.unmapped_codes if cause else [],  # an unmapped code is taken for a denial
        "remark_codes": _remarks(remit),
        "adjustments": _adjustments(remit, parts),
        "lines": lines,
    }


def _outcome(remit: Mapping[str, Any], parts: RemitParts) -> str:
    """Return the outcome in the words of the contract."""
    if remit["claim_status_code"] in _NOT_ADJUDICATED:
        return _NOT_ADJUDICATED[remit["claim_status_code"]]
    if parts.sign < 0:
        return "reversal"
    if parts.claim_denied:
        return "denied"
    if any(parts.denied):
        return "partial"
    if parts.claim_paid_cents == 0 and parts.total.patient > 0:
        return "patient_responsibility"
    return "paid"


def _claim_reason(reasons: Collection[str]) -> str:
    """Return the reason that says most about a claim."""
    if len(reasons) == 1:
        return next(iter(reasons))
    return next((reason for reason in _WEIGHTIEST if reason in reasons), "unpriced")


def _remarks(remit: Mapping[str, Any]) -> list[str]:
    """Return the remark codes of claim and lines, each once, in order."""
    codes = list(remit["remark_codes"])
    for line in remit["lines"]:
        codes += line["remark_codes"]
    return list(dict.fromkeys(codes)) if len(codes) > 1 else codes


def _adjustments(remit: Mapping[str, Any], parts: RemitParts) -> list[AdjudicatedAdjustment]:
    rows: list[AdjudicatedAdjustment] = []
    _add_rows(rows, parts.claim_adjustments, None, parts.sign, denied=parts.claim_denied)
    lines = remit["lines"]
    for place, unit in enumerate(parts.charged):
        number = lines[place]["line_number"] if lines else None
        _add_rows(rows, unit.adjustments, number, parts.sign, denied=parts.claim_denied or parts.denied[place])
    return rows


def _add_rows(
    rows: list[AdjudicatedAdjustment], adjustments: Sequence[Adjustment], number: int | None, sign: int, *, denied: bool
) -> None:
    for adjustment in adjustments:
        rows.append(
            {
                "line_number": number,
                "group_code": adjustment.group_code,
                "carc": adjustment.carc,
                "amount_cents": sign * adjustment.amount_cents,
                "root_cause_group": adjustment.meaning.group,
                "treatment": adjustment.treatment(denied=denied),
            }
        )
