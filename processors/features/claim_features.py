"""Features about the patient, the payer, the provider and the findings."""

from __future__ import annotations

from processors.features.definition import Feature, Group, Maker
from processors.features.formula import Formula, col, text


def demographic_features() -> list[Feature]:
    """Return the features about the patient."""
    make = Maker(Group.DEMOGRAPHICS)
    age = col("patient_age_years")
    sex = text("patient_sex")
    return [
        make.number("patient_age_years", age, "patient_age_years", (0, 90)),
        make.flag("patient_infant", age < 1, "patient_age_years"),
        make.flag("patient_65_plus", age >= 65, "patient_age_years"),
        make.flag("patient_female", sex.one_of("F").where(sex.one_of("F", "M")), "patient_sex"),
        make.flag("patient_dependent", text("patient_relationship").none_of("18"), "patient_relationship"),
        make.flag(
            "patient_area_missing",
            ~(text("patient_zip3").given() & text("patient_state").given()),
            "patient_zip3, patient_state",
            actionable=True,
        ),
    ]


def payer_features() -> list[Feature]:
    """Return the features about the payer, the plan and other coverage."""
    make = Maker(Group.PAYER)
    kind = text("payer_type")
    rank = _sequence_rank()
    types = ("commercial", "medicare", "medicare_advantage", "medicaid", "exchange")
    rates = ("", "_registration", "_authorisation", "_coverage", "_coding", "_clinical")
    return [
        *(make.flag(f"payer_{name}", kind.one_of(name), "payer_type") for name in types),
        make.flag("plan_gatekeeper", text("plan_type").one_of("hmo", "pos"), "plan_type"),
        make.number("payer_sequence_rank", rank, "payer_sequence", (1, 3)),
        make.count("other_payer_count", col("other_payer_count"), "other_payers", 10, actionable=True),
        make.count("other_payers_unpaid", col("other_payers_unpaid"), "other_payers", 10, actionable=True),
        *(make.rate(f"payer{name}_denial_rate", f"payer{name}_rate", "payer_id") for name in rates),
        make.rate("payer_family_denial_rate_max", "line_payer_family_rate_max", "payer_id, procedure_code"),
        make.rate("payer_family_denial_rate_mean", "line_payer_family_rate_mean", "payer_id, procedure_code"),
    ]


def _sequence_rank() -> Formula:
    """Primary 1, secondary 2, tertiary 3; unknown for any other place."""
    sequence = text("payer_sequence")
    behind = sequence.one_of("S", "T") + sequence.one_of("T")
    return (sequence.given() + behind).where(sequence.one_of("P", "S", "T"))


def provider_features() -> list[Feature]:
    """Return the features about the providers and the coder."""
    make = Maker(Group.PROVIDER)
    return [
        make.number(
            "provider_experience_years",
            col("provider_experience_years"),
            "provider_experience_years",
            (0, 60),
        ),
        make.flag("provider_out_of_network", ~col("provider_in_network"), "provider_in_network"),
        make.flag(
            "provider_not_credentialed",
            ~col("provider_credentialed"),
            "provider_credentialed",
            actionable=True,
        ),
        make.flag("network_unknown", col("provider_in_network").missing(), "provider_in_network", actionable=True),
        make.count("npi_invalid_count", col("invalid_npis"), "billing_npi .. facility_npi", 7, actionable=True),
        make.flag(
            "taxonomy_missing",
            ~(text("billing_taxonomy").given() | text("rendering_taxonomy").given()),
            "billing_taxonomy, rendering_taxonomy",
            actionable=True,
        ),
        make.rate("billing_denial_rate", "billing_rate", "billing_npi"),
        make.rate("specialty_denial_rate", "specialty_rate", "provider_specialty"),
        make.rate("coder_denial_rate", "coder_rate", "coder_id"),
        make.number("coding_quality_score", col("coding_quality_score"), "coding_quality_score", (0, 100)),
    ]


def finding_features() -> list[Feature]:
    """Return the features about the findings of the validation step; NaN when it did not run."""
    make = Maker(Group.FINDINGS)
    ran = ~col("error_count").missing()
    rules = col("finding_rules").where(ran)
    lines = col("finding_lines").where(ran)
    return [
        make.count("finding_error_count", col("error_count"), "findings", 20, actionable=True),
        make.count("finding_warning_count", col("warning_count"), "findings", 20, actionable=True),
        make.count("finding_rule_count", rules, "findings", 20, actionable=True),
        make.count("finding_line_count", lines, "findings", 20, actionable=True),
    ]


def history_features() -> list[Feature]:
    """Return the denial rates that were known when the claim was submitted, from remittances received before."""
    make = Maker(Group.HISTORY)
    return [
        make.known_rate("payer", "payer_id"),
        make.known_rate("provider", "billing_npi"),
        make.known_rate("procedure", "procedure_code"),
        make.known_rate("diagnosis", "diagnosis_codes"),
        make.known_rate("payer_procedure", "payer_id, procedure_code"),
        make.known_rate("provider_procedure", "billing_npi, procedure_code"),
        make.known_rate("payer_provider", "payer_id, billing_npi"),
        make.known_rate("payer_procedure_family", "payer_id, procedure_code"),
    ]
