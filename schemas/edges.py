"""Claims at the edges (JSON, API, tables): strict models with exactly the fields of claims.submitted."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.edge_types import (
    INT64_MAX,
    Cents,
    Count,
    Day,
    Digest,
    Flag,
    Instant,
    Name,
    Position,
    Quantity,
    Score,
    Sealed,
    Text,
)
from schemas.errors import BadInputError

_MAX_LINES = 999


class _Edge(BaseModel):
    """What every edge model shares: no unknown field, no echo of values in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Adjustment(_Edge):
    """One reduction another payer made (CAS). Amounts are cents; positive reduces the payment."""

    group_code: Text
    carc: Text
    amount_cents: Cents
    quantity: Quantity | None = None


class OtherPayer(_Edge):
    """Another payer of the claim and what it did (loop 2320)."""

    payer_id: Text | None = None
    payer_sequence: Text
    claim_filing_code: Text | None = None
    paid_cents: Cents | None = None
    adjudicated_on: Day | None = None
    adjustments: list[Adjustment] = Field(default_factory=list)


class InpatientProcedure(_Edge):
    """One ICD-10-PCS procedure of an institutional claim."""

    code: Text
    performed_on: Day | None = None


class Occurrence(_Edge):
    """One occurrence or occurrence span of an institutional claim."""

    code: Text
    date_from: Day | None = None
    date_to: Day | None = None


class ValueCode(_Edge):
    """One value code; the amount is cents, or hundredths of a count."""

    code: Text
    amount_cents: Cents


class ServiceLine(_Edge):
    """One service line. Money is cents; pointers are 1-based positions in the claim's diagnosis codes."""

    line_number: Position
    procedure_code: Text | None = None
    procedure_qualifier: Text | None = None
    modifiers: list[Text] = Field(default_factory=list)
    revenue_code: Text | None = None
    charge_cents: Cents
    noncovered_cents: Cents | None = None
    units: Quantity = 1.0
    unit_basis: Text = "UN"
    place_of_service: Text | None = None
    service_from: Day | None = None
    service_to: Day | None = None
    diagnosis_pointers: list[Position] = Field(default_factory=list)
    emergency: Flag | None = None
    rendering_npi: Text | None = None
    ndc_code: Text | None = None
    ndc_units: Quantity | None = None
    ndc_unit_basis: Text | None = None
    tooth_codes: list[Text] = Field(default_factory=list)
    tooth_surfaces: list[Text] = Field(default_factory=list)
    oral_cavity_codes: list[Text] = Field(default_factory=list)
    prior_auth_on_file: Flag = False
    note_present: Flag = False
    other_payer_paid_cents: Cents | None = None
    adjustments: list[Adjustment] = Field(default_factory=list)


class Claim(_Edge):
    """One claim as claims.submitted carries it; the contract says what each field means.

    Identifying data is not a field of this model: it arrives beside the claim and travels sealed in `phi`.
    Dates are ISO 8601; `submitted_at` needs an offset; `phi` is base64 in JSON.
    """

    event_id: Name
    tenant_id: Name
    claim_id: Name
    source: Literal["x12", "generator", "api", "table"]
    hash_: Digest = Field(alias="_hash")
    source_file_hash: Digest | None = None
    source_byte_start: Annotated[int, Field(ge=0, le=INT64_MAX, strict=True)] | None = None
    source_byte_end: Annotated[int, Field(ge=0, le=INT64_MAX, strict=True)] | None = None
    set_token: Text | None = None
    clearinghouse_id: Text | None = None
    submitted_at: Instant
    claim_type: Literal["professional", "institutional", "dental"]
    frequency_code: Text = "1"
    original_reference: Text | None = None
    patient_control_token: Name

    patient_token: Name
    patient_age_years: Annotated[int, Field(ge=0, le=90, strict=True)] | None = None
    patient_sex: Literal["M", "F", "U"] | None = None
    patient_state: Text | None = None
    patient_zip3: Annotated[str, Field(pattern=r"^[0-9]{3}$", strict=True)] | None = None
    patient_relationship: Text | None = None

    payer_id: Text | None = None
    payer_type: (
        Literal[
            "commercial",
            "medicare",
            "medicare_advantage",
            "medicaid",
            "exchange",
            "tricare",
            "workers_comp",
            "other",
        ]
        | None
    ) = None
    claim_filing_code: Text | None = None
    payer_sequence: Text = "P"
    plan_type: Literal["hmo", "ppo", "pos", "epo", "ffs", "indemnity"] | None = None
    member_id_present: Flag = True
    member_id_valid: Flag | None = None
    other_payers: list[OtherPayer] = Field(default_factory=list)

    billing_npi: Text | None = None
    billing_tax_id: Text | None = None
    billing_taxonomy: Text | None = None
    billing_state: Text | None = None
    billing_zip: Text | None = None
    rendering_npi: Text | None = None
    rendering_taxonomy: Text | None = None
    referring_npi: Text | None = None
    supervising_npi: Text | None = None
    attending_npi: Text | None = None
    operating_npi: Text | None = None
    facility_npi: Text | None = None
    provider_specialty: Text | None = None
    provider_experience_years: Count | None = None
    provider_in_network: Flag | None = None
    provider_credentialed: Flag | None = None
    provider_participating: Flag | None = None
    provider_in_apm: Flag | None = None

    place_of_service: Text | None = None
    type_of_bill: Text | None = None
    service_from: Day | None = None
    service_to: Day | None = None
    statement_from: Day | None = None
    statement_to: Day | None = None
    admitted_on: Day | None = None
    discharge_hour: Text | None = None
    admission_type: Text | None = None
    admission_source: Text | None = None
    patient_status: Text | None = None
    drg_code: Text | None = None
    onset_on: Day | None = None
    accident_on: Day | None = None
    accident_cause: Text | None = None
    accident_state: Text | None = None
    signature_on_file: Flag | None = None
    assignment_code: Text | None = None
    benefits_assigned: Text | None = None
    release_code: Text | None = None
    delay_reason_code: Text | None = None
    clia_number: Text | None = None
    total_charge_cents: Cents
    patient_paid_cents: Cents | None = None

    diagnosis_codes: list[Text] = Field(default_factory=list)
    diagnosis_qualifiers: list[Text] = Field(default_factory=list)
    diagnosis_poa: list[Text] = Field(default_factory=list)
    procedures: list[InpatientProcedure] = Field(default_factory=list)
    condition_codes: list[Text] = Field(default_factory=list)
    occurrences: list[Occurrence] = Field(default_factory=list)
    value_codes: list[ValueCode] = Field(default_factory=list)

    prior_auth_required: Flag | None = None
    prior_auth_on_file: Flag = False
    referral_required: Flag | None = None
    referral_on_file: Flag = False
    eligibility_checked_on: Day | None = None
    eligibility_active: Flag | None = None

    charge_posted_on: Day | None = None
    coder_id: Text | None = None
    coding_quality_score: Score | None = None
    documentation_score: Score | None = None
    processing_minutes: Count | None = None
    touch_count: Count | None = None
    attachment_count: Count = 0
    note_present: Flag = False

    phi: Sealed | None = None

    lines: Annotated[list[ServiceLine], Field(min_length=1, max_length=_MAX_LINES)]

    @model_validator(mode="after")
    def _diagnosis_lists_match(self) -> Claim:
        # The three lists are read side by side; given ones must run in step.
        given = [names for names in (self.diagnosis_qualifiers, self.diagnosis_poa) if names]
        if any(len(names) != len(self.diagnosis_codes) for names in given):
            message = "diagnosis_qualifiers and diagnosis_poa need one entry for each diagnosis code"
            raise ValueError(message)
        return self

    @classmethod
    def parse(cls, document: dict[str, Any] | str | bytes) -> Claim:
        """Check a claim given as fields or as JSON.

        Args:
            document: Field values by name, or their JSON text.

        Raises:
            BadInputError: The claim is not of this form; the message names fields and what is wrong with
                them, and never repeats a value that was given.
        """
        try:
            if isinstance(document, dict):
                return cls.model_validate(document)
            return cls.model_validate_json(document)
        except ValidationError as error:
            raise BadInputError(_explained(error), "Correct the fields named and send the claim again.") from None

    def to_event(self) -> dict[str, Any]:
        """Return the claims.submitted event: the contract's fields in order, dates and instants as such."""
        event = self.model_dump(by_alias=True)
        event["submitted_at"] = self.submitted_at.astimezone(UTC)
        count = len(self.diagnosis_codes)
        event["diagnosis_qualifiers"] = event["diagnosis_qualifiers"] or _default_qualifiers(count)
        event["diagnosis_poa"] = event["diagnosis_poa"] or [""] * count
        return event


def _default_qualifiers(count: int) -> list[str]:
    """The first diagnosis is principal, the rest are other diagnoses (HI qualifiers ABK and ABF)."""
    return (["ABK"] + ["ABF"] * (count - 1))[:count]


def _explained(error: ValidationError) -> str:
    known = {"_hash", *Claim.model_fields, *ServiceLine.model_fields, *OtherPayer.model_fields}
    known |= {*Adjustment.model_fields, *Occurrence.model_fields, *ValueCode.model_fields}
    problems = []
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        # A name we do not know was typed by the sender and may be anything, even a value.
        names = [str(step) if isinstance(step, int) or step in known else "(unknown)" for step in detail["loc"]]
        problems.append(f"{'.'.join(names) or 'claim'}: {_REASONS.get(detail['type'], detail['type'])}")
    shown, more = problems[:20], len(problems) - 20
    return f"The claim has {len(problems)} problem(s). " + "; ".join(shown) + (f"; {more} more" if more > 0 else "")


_REASONS = {
    "missing": "is required",
    "extra_forbidden": "is not a field of a claim",
    "json_invalid": "is not valid JSON",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "literal_error": "is not one of the allowed values",
    "value_error": "has the wrong form or does not fit the other fields",
    "timezone_aware": "needs a UTC offset",
    "too_short": "has too few entries",
    "too_long": "has too many entries",
    "string_pattern_mismatch": "has the wrong form",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "date_from_datetime_parsing": "must be a date such as 2026-09-30",
    "datetime_from_date_parsing": "must be an instant such as 2026-09-30T12:00:00Z",
    "string_too_long": "is too long",
    "list_type": "must be a list",
    "model_type": "must be an object",
}

__all__ = [
    "Adjustment",
    "Claim",
    "InpatientProcedure",
    "Occurrence",
    "OtherPayer",
    "ServiceLine",
    "ValueCode",
]
