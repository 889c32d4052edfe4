"""Columns of the claim level that follow from its own fields and from the sums of its lines."""

from __future__ import annotations

import polars as pl

from processors.validation.columns.definition import Derived


def _days(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
    return later.to_physical() - earlier.to_physical()  # both are days; durations would cost more


CLAIM_COLUMNS: tuple[Derived, ...] = (
    *(
        Derived(f"is_{kind}", f"the claim is {kind}", pl.col("claim_type") == kind)
        for kind in ("professional", "institutional", "dental")
    ),
    Derived("diagnosis_list", "diagnosis codes, one blank between", pl.col("diagnosis_codes").list.join(" ")),
    Derived(
        "diagnosis_qualifier_list",
        "diagnosis qualifiers, one blank between",
        pl.col("diagnosis_qualifiers").list.join(" "),
    ),
    Derived("first_qualifier", "qualifier of the first diagnosis", pl.col("diagnosis_qualifiers").list.first()),
    Derived("principal_diagnosis", "first diagnosis code", pl.col("diagnosis_codes").list.first()),
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
)
"""Derived columns of the claim level."""
