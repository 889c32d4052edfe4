"""The columns a rule can use beside the fields of the claim: each computed once a batch, in words and code.

A rule sees every scalar field of the claims.submitted contract under its own name, and these derived columns.
On the line level the line's own fields keep their names; what comes from the claim is listed in FROM_CLAIM.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from reference import starter

NPI_ROLES = ("billing", "rendering", "referring", "supervising", "attending", "operating", "facility")


@dataclass(frozen=True, eq=False)  # an expression has no equality
class Derived:
    """A derived column: its name, what it means, and how it is computed."""

    name: str
    meaning: str
    expr: pl.Expr

    @property
    def named(self) -> pl.Expr:
        """The expression under its name."""
        return self.expr.alias(self.name)


def _days(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
    return (later - earlier).dt.total_days().cast(pl.Int32)


NPI_CHECKS: tuple[tuple[str, str], ...] = tuple(
    (f"{role}_npi_valid", f"the {role} NPI has ten digits and its check digit") for role in NPI_ROLES
)
"""Claim columns that say whether an NPI is well formed; null where the claim has none."""

LINE_NPI_CHECK = ("rendering_npi_valid", "the line's rendering NPI is well formed")
"""The same on the line level."""

CLAIM_COLUMNS: tuple[tuple[Derived, ...], ...] = (
    (
        *(
            Derived(f"is_{kind}", f"the claim is {kind}", pl.col("claim_type") == kind)
            for kind in ("professional", "institutional", "dental")
        ),
        Derived(
            "diagnosis_count",
            "number of diagnosis codes",
            pl.col("diagnosis_codes").list.len().cast(pl.Int32),
        ),
        Derived(
            "diagnosis_distinct_count",
            "different diagnosis codes",
            pl.col("diagnosis_codes").list.n_unique().cast(pl.Int32),
        ),
        Derived("diagnosis_list", "diagnosis codes, one blank between", pl.col("diagnosis_codes").list.join(" ")),
        Derived(
            "diagnosis_qualifier_list",
            "diagnosis qualifiers, one blank between",
            pl.col("diagnosis_qualifiers").list.join(" "),
        ),
        Derived("principal_diagnosis", "first diagnosis code", pl.col("diagnosis_codes").list.first()),
        Derived("other_payer_count", "number of other payers", pl.col("other_payers").list.len().cast(pl.Int32)),
        Derived(
            "service_date",
            "first service date: of the claim, the statement or the lines",
            pl.coalesce("service_from", "statement_from", "first_line_date"),
        ),
        Derived(
            "last_service_date",
            "last service date: of the claim, the statement or the lines",
            pl.coalesce("service_to", "statement_to", "last_line_date", "service_from", "statement_from"),
        ),
    ),
    (
        Derived(
            "days_since_service",
            "days from the last service date to today",
            _days(pl.col("today"), pl.col("last_service_date")),
        ),
        Derived(
            "service_span_days",
            "days from the first to the last service date",
            _days(pl.col("last_service_date"), pl.col("service_date")),
        ),
        Derived(
            "eligibility_age_days",
            "days from the last eligibility check to the first service date",
            _days(pl.col("service_date"), pl.col("eligibility_checked_on")),
        ),
    ),
)
"""Derived columns of the claim level in stages: a stage may use those before it."""

LOOKED_UP: tuple[tuple[str, str], ...] = (
    ("today", "date of processing, UTC"),
    ("timely_filing_days", "filing limit of the payer in days from service; null for an unknown payer"),
    ("pos_known", "the place of service is a published code"),
    ("diagnosis_sex", "sex that the diagnoses ask for: M or F; null when none does"),
    ("diagnosis_min_age", "highest of the lowest ages that the known diagnoses ask for"),
    ("diagnosis_max_age", "lowest of the highest ages that the known diagnoses ask for"),
)
"""Claim columns that come from the clock or from reference data."""

LINE_COLUMNS: tuple[Derived, ...] = (
    Derived("modifier_count", "number of modifiers", pl.col("modifiers").list.len().cast(pl.Int32)),
    Derived("modifier_distinct_count", "different modifiers", pl.col("modifiers").list.n_unique().cast(pl.Int32)),
    Derived("modifier_list", "modifiers, one blank between", pl.col("modifiers").list.join(" ")),
    Derived(
        "unknown_modifier_count",
        "modifiers outside the published list",
        pl.col("modifiers")
        .list.eval(~pl.element().is_in(starter.modifiers()["modifier"].implode()))
        .list.sum()
        .cast(pl.Int32),
    ),
    Derived(
        "pointer_count",
        "number of diagnosis pointers",
        pl.col("diagnosis_pointers").list.len().cast(pl.Int32),
    ),
    Derived("lowest_pointer", "lowest diagnosis pointer", pl.col("diagnosis_pointers").list.min()),
    Derived("highest_pointer", "highest diagnosis pointer", pl.col("diagnosis_pointers").list.max()),
    Derived(
        "pointer_distinct_count",
        "different diagnosis pointers",
        pl.col("diagnosis_pointers").list.n_unique().cast(pl.Int32),
    ),
    Derived("tooth_count", "number of tooth codes", pl.col("tooth_codes").list.len().cast(pl.Int32)),
    Derived("surface_count", "number of tooth surfaces", pl.col("tooth_surfaces").list.len().cast(pl.Int32)),
    Derived(
        "place",
        "place of service of the line, else of the claim",
        pl.coalesce("place_of_service", "claim_place_of_service"),
    ),
)
"""Derived columns of the line level."""

LINE_LOOKED_UP: tuple[tuple[str, str], ...] = (
    ("pos_known", "the line's own place of service is a published code; null when it has none"),
    ("procedure_sex", "sex the procedure is limited to: M or F"),
    ("procedure_min_age", "lowest age of the procedure, years"),
    ("procedure_max_age", "highest age of the procedure, years"),
)
"""Line columns that come from reference data."""

FROM_CLAIM: dict[str, str] = {
    "claim_type": "claim_type",
    "is_professional": "is_professional",
    "is_institutional": "is_institutional",
    "is_dental": "is_dental",
    "claim_place_of_service": "place_of_service",
    "claim_service_from": "service_from",
    "claim_service_to": "service_to",
    "patient_age_years": "patient_age_years",
    "patient_sex": "patient_sex",
    "payer_type": "payer_type",
    "frequency_code": "frequency_code",
    "diagnosis_count": "diagnosis_count",
    "today": "today",
    "service_date": "service_date",
}
"""Columns of the line level that hold a column of its claim: name on the line -> name on the claim."""

MESSAGE_COLUMNS = frozenset(
    {
        "claim_type",
        "frequency_code",
        "payer_type",
        "line_count",
        "line_charge_cents",
        "total_charge_cents",
        "charge_cents",
        "patient_paid_cents",
        "diagnosis_count",
        "diagnosis_distinct_count",
        "principal_diagnosis",
        "place_of_service",
        "place",
        "type_of_bill",
        "revenue_code",
        "procedure_code",
        "modifier_list",
        "modifier_count",
        "units",
        "unit_basis",
        "highest_pointer",
        "timely_filing_days",
        "days_since_service",
        "service_span_days",
        "eligibility_age_days",
        "documentation_score",
        "coding_quality_score",
    }
)
"""Columns whose values a message may show: none identifies a patient (no ids, dates, ages, ZIP codes)."""
