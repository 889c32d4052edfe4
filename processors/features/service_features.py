"""Features about the services: codes, lines and money."""

from __future__ import annotations

from processors.features.definition import Feature, Group, Maker
from processors.features.formula import col, text


def clinical_features() -> list[Feature]:
    """Return the features about diagnoses and procedures."""
    make = Maker(Group.CLINICAL)
    principal = text("principal")
    sex = text("patient_sex")
    of_women = col("diagnosis_female")
    sex_matters = (of_women.equals(1) & sex.one_of("M")) | (of_women.equals(0) & sex.one_of("F"))
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
        make.flag("institutional", text("claim_type").one_of("institutional"), "claim_type"),
        make.flag("dental", text("claim_type").one_of("dental"), "claim_type"),
        make.count("diagnosis_count", col("diagnosis_count"), "diagnosis_codes", 25),
        make.count("line_count", col("line_count"), "lines", 99),
        make.count("distinct_procedure_count", col("line_distinct_codes"), "procedure_code", 99),
        *(make.count(name, col(source), "procedure_code", 99) for name, source in counts.items()),
        make.flag("principal_symptom", principal.starts_with("R"), "diagnosis_codes"),
        make.flag("principal_encounter", principal.starts_with("Z"), "diagnosis_codes"),
        make.flag("diagnosis_sex_conflict", sex_matters, "diagnosis_codes, patient_sex"),
        make.rate("diagnosis_denial_rate", "diagnosis_rate", "diagnosis_codes"),
        make.rate("procedure_denial_rate_max", "line_procedure_rate_max", "procedure_code"),
        make.number("support_min", col("line_support_min"), "diagnosis_codes, procedure_code", (-10, 10)),
        make.number("support_mean", col("line_support_mean"), "diagnosis_codes, procedure_code", (-10, 10)),
        *_modifier_features(make),
    ]


def _modifier_features(make: Maker) -> list[Feature]:
    capped = col("line_cap_exceptions").equals(0)
    return [
        make.count("unit_total", col("line_units"), "units", 1000),
        make.count("unit_max", col("line_max_units"), "units", 1000),
        make.count("modifier_count", col("line_modifiers"), "modifiers", 99),
        make.count("therapy_units", col("line_therapy_units"), "procedure_code, units", 100),
        make.count(
            "therapy_units_without_exception",
            col("line_therapy_units").where(capped, otherwise=0),
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


def financial_features() -> list[Feature]:
    """Return the features about charges, prices and payments; those on prices are NaN without pricing."""
    make = Maker(Group.FINANCIAL)
    charge = col("total_charge_cents")
    allowed = col("expected_allowed_cents")
    priced = (col("line_priced") / col("line_count")).where(~allowed.missing())
    off_balance = charge.differs(col("line_charge_cents"))
    return [
        make.number("log_total_charge", col("log_total_charge"), "total_charge_cents", (0, 20)),
        make.number("log_max_line_charge", col("log_max_line_charge"), "charge_cents", (0, 20)),
        make.number("charge_to_typical_max", col("line_charge_to_typical_max"), "charge_cents, units", (0, 100)),
        make.number("log_expected_allowed", col("log_expected_allowed"), "expected_allowed_cents", (0, 20)),
        make.number(
            "charge_to_allowed",
            charge / allowed.where(allowed > 0),
            "total_charge_cents, expected_allowed_cents",
            (0, 100),
        ),
        make.number("priced_line_share", priced, "expected_allowed_cents", (0, 1)),
        make.number("rvu_total", col("rvu_total_e5") / 1e5, "rvu_total_e5", (0, 1000)),
        make.number("rvu_work", col("rvu_work_e5") / 1e5, "rvu_work_e5", (0, 1000)),
        make.flag("charge_off_balance", off_balance, "total_charge_cents, charge_cents", actionable=True),
        make.number(
            "patient_paid_share",
            col("patient_paid_cents").or_else(0) / charge.where(charge > 0),
            "patient_paid_cents, total_charge_cents",
            (0, 1),
        ),
        make.number(
            "noncovered_share",
            col("line_noncovered_cents") / charge.where(charge > 0),
            "noncovered_cents, total_charge_cents",
            (0, 1),
        ),
    ]
