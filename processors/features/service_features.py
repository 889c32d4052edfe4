"""Features about the services: codes, lines and money."""

from __future__ import annotations

import polars as pl

from processors.features.definition import Feature, Group, Maker

col = pl.col
_CENTS = 100.0


def clinical_features() -> list[Feature]:
    """Return the features about diagnoses and procedures."""
    make = Maker(Group.CLINICAL)
    principal = col("principal")
    sex_matters = (col("diagnosis_female") == 1) & (col("patient_sex") == "M")
    sex_matters |= (col("diagnosis_female") == 0) & (col("patient_sex") == "F")
    counts = {
        "visit_line_count": "line_visits",
        "surgery_line_count": "line_surgery",
        "imaging_line_count": "line_imaging",
        "laboratory_line_count": "line_laboratory",
        "drug_line_count": "line_drugs",
        "psychiatry_line_count": "line_psychiatry",
        "preventive_line_count": "line_preventive",
        "unlisted_line_count": "line_unlisted",
        "age_conflict_count": "line_age_conflicts",
        "sex_conflict_count": "line_sex_conflicts",
        "panel_part_count": "line_panel_parts",
    }
    return [
        make.flag("institutional", col("claim_type") == "institutional", "claim_type"),
        make.flag("dental", col("claim_type") == "dental", "claim_type"),
        make.count("diagnosis_count", col("diagnosis_codes").list.len(), "diagnosis_codes", 25),
        make.count("line_count", col("line_count"), "lines", 99),
        make.count("distinct_procedure_count", col("line_distinct_codes"), "procedure_code", 99),
        *(make.count(name, col(source), "procedure_code", 99) for name, source in counts.items()),
        make.flag("principal_symptom", principal.str.starts_with("R"), "diagnosis_codes"),
        make.flag("principal_encounter", principal.str.starts_with("Z"), "diagnosis_codes"),
        make.flag("diagnosis_sex_conflict", sex_matters, "diagnosis_codes, patient_sex"),
        make.rate("diagnosis_denial_rate", "diagnosis_rate", "diagnosis_codes"),
        make.rate("procedure_denial_rate_max", "line_procedure_rate_max", "procedure_code"),
        make.number("support_min", col("line_support_min"), "diagnosis_codes, procedure_code", (-10, 10)),
        make.number("support_mean", col("line_support_mean"), "diagnosis_codes, procedure_code", (-10, 10)),
        *_modifier_features(make),
    ]


def _modifier_features(make: Maker) -> list[Feature]:
    capped = col("line_cap_exceptions") == 0
    return [
        make.count("unit_total", col("line_units"), "units", 1000),
        make.count("unit_max", col("line_max_units"), "units", 1000),
        make.count("modifier_count", col("line_modifiers"), "modifiers", 99),
        make.count("therapy_units", col("line_therapy_units"), "procedure_code, units", 100),
        make.count(
            "therapy_units_without_exception",
            pl.when(capped).then(col("line_therapy_units")).otherwise(0),
            "procedure_code, units, modifiers",
            100,
        ),
        make.count("therapy_modifier_missing_count", col("line_therapy_bare"), "modifiers", 99, actionable=True),
        make.count(
            "telehealth_modifier_missing_count",
            col("line_telehealth_bare"),
            "modifiers, place_of_service",
            99,
            actionable=True,
        ),
        make.count("coverage_waiver_count", col("line_waivers"), "modifiers", 99),
        make.flag(
            "visit_modifier_missing",
            col("line_visit_bare_beside_surgery"),
            "procedure_code, modifiers",
            actionable=True,
        ),
        make.count("duplicate_line_count", col("line_duplicates"), "lines", 99, actionable=True),
        make.count("pointer_invalid_count", col("line_bad_pointers"), "diagnosis_pointers", 99, actionable=True),
    ]


def _log_cents(cents: pl.Expr) -> pl.Expr:
    return (cents.clip(0) / _CENTS).log1p()


def financial_features() -> list[Feature]:
    """Return the features about charges, prices and payments; those on prices are NaN without pricing."""
    make = Maker(Group.FINANCIAL)
    charge = col("total_charge_cents")
    allowed = col("expected_allowed_cents")
    priced = pl.when(allowed.is_not_null()).then(col("line_priced") / col("line_count"))
    off_balance = charge != col("line_charge_cents")
    return [
        make.number("log_total_charge", _log_cents(charge), "total_charge_cents", (0, 20)),
        make.number("log_max_line_charge", _log_cents(col("line_max_charge_cents")), "charge_cents", (0, 20)),
        make.number("charge_to_typical_max", col("line_charge_to_typical_max"), "charge_cents, units", (0, 100)),
        make.number("log_expected_allowed", _log_cents(allowed), "expected_allowed_cents", (0, 20)),
        make.number(
            "charge_to_allowed",
            charge / pl.when(allowed > 0).then(allowed),
            "total_charge_cents, expected_allowed_cents",
            (0, 100),
        ),
        make.number("priced_line_share", priced, "expected_allowed_cents", (0, 1)),
        make.number("rvu_total", col("rvu_total_e5") / 1e5, "rvu_total_e5", (0, 1000)),
        make.number("rvu_work", col("rvu_work_e5") / 1e5, "rvu_work_e5", (0, 1000)),
        make.flag("charge_off_balance", off_balance, "total_charge_cents, charge_cents", actionable=True),
        make.number(
            "patient_paid_share",
            col("patient_paid_cents").fill_null(0) / pl.when(charge > 0).then(charge),
            "patient_paid_cents, total_charge_cents",
            (0, 1),
        ),
        make.number(
            "noncovered_share",
            col("line_noncovered_cents") / pl.when(charge > 0).then(charge),
            "noncovered_cents, total_charge_cents",
            (0, 1),
        ),
    ]
