"""The draft of one claim while its segments are read: the event so far, what to seal, the open loop."""

from __future__ import annotations

from typing import Any

from processors.x12.body import kept
from processors.x12.guides import ClaimType
from processors.x12.problems import ClaimRejectedError

Event = dict[str, Any]

_CLEAR_DEFAULTS: Event = {
    "source_file_hash": None, "set_token": None, "clearinghouse_id": None, "frequency_code": "1",
    "original_reference": None,
    "patient_age_years": None, "patient_sex": None, "patient_state": None, "patient_zip3": None,
    "patient_relationship": None, "payer_id": None, "payer_type": None, "claim_filing_code": None,
    "payer_sequence": "P", "plan_type": None, "member_id_present": True, "member_id_valid": None,
    "billing_npi": None, "billing_tax_id": None, "billing_taxonomy": None, "billing_state": None,
    "billing_zip": None, "rendering_npi": None, "rendering_taxonomy": None, "referring_npi": None,
    "supervising_npi": None, "attending_npi": None, "operating_npi": None, "facility_npi": None,
    "provider_specialty": None, "provider_experience_years": None, "provider_in_network": None,
    "provider_credentialed": None, "provider_participating": None, "provider_in_apm": None,
    "place_of_service": None, "type_of_bill": None, "service_from": None,
    "service_to": None, "statement_from": None, "statement_to": None, "admitted_on": None,
    "discharge_hour": None, "admission_type": None, "admission_source": None, "patient_status": None,
    "drg_code": None, "onset_on": None, "accident_on": None, "accident_cause": None, "accident_state": None,
    "signature_on_file": None, "assignment_code": None, "benefits_assigned": None, "release_code": None,
    "delay_reason_code": None, "clia_number": None, "patient_paid_cents": None,
    "prior_auth_required": None, "prior_auth_on_file": False, "referral_required": None,
    "referral_on_file": False, "eligibility_checked_on": None, "eligibility_active": None,
    "charge_posted_on": None, "coder_id": None, "coding_quality_score": None, "documentation_score": None,
    "processing_minutes": None, "touch_count": None, "attachment_count": 0, "note_present": False,
    "phi": None,
}  # fmt: skip
LIST_FIELDS = (
    "other_payers", "diagnosis_codes", "diagnosis_qualifiers", "diagnosis_poa", "procedures",
    "condition_codes", "occurrences", "value_codes", "lines",
)  # fmt: skip

HEAD_DEFAULTS: Event = {**_CLEAR_DEFAULTS, **dict.fromkeys(LIST_FIELDS, ())}
"""Value of each field of a claim that was not set."""

LINE_DEFAULTS: Event = {
    "line_number": 0, "procedure_code": None, "procedure_qualifier": None, "modifiers": None,
    "revenue_code": None, "charge_cents": 0, "noncovered_cents": None, "units": 1.0, "unit_basis": "UN",
    "place_of_service": None, "service_from": None, "service_to": None, "diagnosis_pointers": None,
    "emergency": None, "rendering_npi": None, "ndc_code": None, "ndc_units": None, "ndc_unit_basis": None,
    "tooth_codes": None, "tooth_surfaces": None, "oral_cavity_codes": None, "prior_auth_on_file": False,
    "note_present": False, "other_payer_paid_cents": None, "adjustments": None,
}  # fmt: skip
LINE_LISTS = (
    "modifiers", "diagnosis_pointers", "adjustments", "tooth_codes", "tooth_surfaces", "oral_cavity_codes",
)  # fmt: skip
"""Fields of a line that hold a list; an empty one where nothing is said."""


def new_event() -> Event:
    """Return an event of claims.submitted with a default in every field that a claim sets."""
    event = _CLEAR_DEFAULTS.copy()
    for name in LIST_FIELDS:
        event[name] = []
    return event


class Draft:
    """One claim in the making.

    Args:
        claim_type: professional, institutional or dental.
        component: Component separator.
        event: What the event begins with; every field of its own by default.

    Attributes:
        event: Fields of claims.submitted known so far, defaults for the rest.
        sealed: What identifies people, for the sealed field.
        loop: Name of the open loop, such as 2300 or 2430.
        entity: NM101 of the open party loop, or the payer id of the open 2430 loop.
        line: The open service line, or null.
        line_has_service: Whether the open line has its SV1, SV2 or SV3.
        payer: The open other payer.
        claim_period: First and last day of a service date given for the claim as a whole.
        unmapped: Ids of the segments the contract has no field for.
        warnings: (code, message, element) of oddities in the segment at hand.
    """

    __slots__ = (
        "claim_period", "claim_type", "component", "entity", "event", "line", "line_has_service", "loop",
        "payer", "sealed", "unmapped", "warnings",
    )  # fmt: skip

    def __init__(self, claim_type: ClaimType, component: str, event: Event | None = None) -> None:
        self.claim_type = claim_type
        self.component = component
        self.event = new_event() if event is None else event
        self.sealed: dict[str, Any] = {}
        self.loop = "2300"
        self.entity = ""
        self.line: Event | None = None
        self.line_has_service = True
        self.payer: Event = {}
        self.claim_period: tuple[Any, Any] = (None, None)
        self.unmapped: list[str] = []
        self.warnings: list[tuple[str, str, int | None]] = []

    def keep(self, elements: list[str]) -> None:
        """Keep a segment the contract has no field for, sealed with its loop, and count it as unmapped."""
        self.unmapped.append(elements[0])
        self.retain(elements)

    def retain(self, elements: list[str]) -> None:
        """Keep a segment sealed that the contract holds in part: the rest of it would be lost."""
        at = 0
        if self.loop >= "2400":
            at = self.line["line_number"] if self.line is not None else 0
        elif self.loop >= "2320":
            at = len(self.event["other_payers"])
        self.seal("segments", [self.loop, at, kept(elements, self.component)])

    def retain_rest(self, elements: list[str], held: frozenset[int]) -> None:
        """Keep the elements of a segment that the contract has no field for, the others left empty."""
        rest = [value if at not in held else "" for at, value in enumerate(elements)]
        if any(rest[1:]):
            rest[0] = elements[0]
            self.retain(rest)

    def parts(self, composite: str) -> list[str]:
        """Split a composite element."""
        return composite.split(self.component)

    def seal(self, kind: str, value: Any) -> None:
        """Add a value to a list of the sealed field."""
        self.sealed.setdefault(kind, []).append(value)

    def warn(self, code: str, message: str, element: int | None = None) -> None:
        """Record an oddity of the segment at hand that does not stop the claim."""
        if all(code != earlier for earlier, _, _ in self.warnings):
            self.warnings.append((code, message, element))

    def start_line(self, number: int) -> Event:
        """Open a service line.

        Raises:
            ClaimRejectedError: The line before has no service segment.
        """
        self.finish_line()
        line = LINE_DEFAULTS.copy()
        line["line_number"] = number
        for name in LINE_LISTS:
            line[name] = []
        self.event["lines"].append(line)
        self.line, self.line_has_service, self.loop = line, False, "2400"
        return line

    def finish_line(self) -> None:
        """Close the open service line.

        Raises:
            ClaimRejectedError: It has no service segment.
        """
        if not self.line_has_service:
            message = "A service line has no SV1, SV2 or SV3 segment"
            raise ClaimRejectedError(None, "line_without_service", message)

    def current_line(self) -> Event:
        """Return the open line.

        Raises:
            ClaimRejectedError: There is none.
        """
        if self.line is None:
            message = "A line segment stands before the first LX"
            raise ClaimRejectedError(None, "line_missing", message)
        return self.line
