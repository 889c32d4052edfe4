"""Service lines summed up for the feature matrix: one row a claim."""

from __future__ import annotations

import polars as pl

from processors.batch import ClaimBatch
from processors.features.encoders import Encoders
from processors.features.families import VISIT_FAMILIES, with_family

# Modifiers that say why the same code is billed twice on a day, or that a service is separate.
REPEAT_MODIFIERS = ["76", "77", "59", "91", "XE", "XP", "XS", "XU", "RT", "LT", "50"]
THERAPY_MODIFIERS = ["GP", "GO", "GN"]
TELEHEALTH_MODIFIERS = ["95", "93", "GT", "GQ", "FQ"]
# The patient was told that the service may not be covered (ABN), or it is known not to be.
WAIVER_MODIFIERS = ["GA", "GX", "GY", "GZ"]
TELEHEALTH_POS = ["02", "10"]
# Codes that are part of a metabolic panel when billed beside it.
PANEL_CODE = "80053"
PANEL_PARTS = ["80048", "80051", "80076", "82310", "84132", "84295", "82565", "82947"]


def line_frame(batch: ClaimBatch, encoders: Encoders) -> pl.DataFrame:
    """Return the lines with what features need from their claim and from the encoders.

    Args:
        batch: Claims numbered 0..n-1 in order, and their lines.
        encoders: Tables of the model.

    Returns:
        One row a line, in the order of batch.lines.
    """
    claim = batch.claims.select(
        "payer_id",
        "diagnosis_codes",
        age="patient_age_years",
        sex="patient_sex",
        claim_pos="place_of_service",
        diagnosis_count=pl.col("diagnosis_codes").list.len(),
    )
    lines = batch.lines
    for name in ("expected_allowed_cents",):
        if name not in lines.columns:
            lines = lines.with_columns(pl.lit(None, dtype=pl.Int64).alias(name))
    lines = with_family(lines).hstack(claim[lines["row"]])
    pointer = pl.col("diagnosis_pointers").list.first().fill_null(1)
    lines = lines.with_columns(
        pointed=pl.col("diagnosis_codes").list.get(pointer - 1, null_on_oob=True),
        pos=pl.coalesce("place_of_service", "claim_pos"),
        bad_pointer=pl.col("diagnosis_pointers").list.max() > pl.col("diagnosis_count"),
    )
    return lines.with_columns(_encoded(encoders))


def _encoded(encoders: Encoders) -> list[pl.Expr]:
    code = pl.col("procedure_code")
    family_key = pl.concat_str("payer_id", pl.lit("|"), "family")
    support_key = pl.concat_str(pl.col("pointed").str.slice(0, 3), pl.lit("|"), "family")
    too_young = pl.col("age") < encoders.expr("procedure_min_age", code)
    too_old = pl.col("age") > encoders.expr("procedure_max_age", code)
    female = encoders.expr("procedure_female", code)
    typical = encoders.expr("procedure_unit_charge_cents", code)
    return [
        encoders.expr("payer_family_rate", family_key).alias("payer_family_rate"),
        encoders.expr("procedure_rate", code).alias("procedure_rate"),
        encoders.expr("diagnosis_family_support", support_key).alias("support"),
        (too_young.fill_null(value=False) | too_old.fill_null(value=False)).alias("age_conflict"),
        sex_conflict(female).alias("sex_conflict"),
        (pl.col("charge_cents") / (typical * pl.col("units").clip(0.01))).alias("charge_to_typical"),
    ]


def sex_conflict(female: pl.Expr) -> pl.Expr:
    """Tell whether a code for one sex (1 female, 0 male, null both) meets a patient of the other.

    Args:
        female: The code's sex; the frame holds the patient's as `sex` (F, M, U or null).
    """
    against_male = (female == 1) & (pl.col("sex") == "M")
    against_female = (female == 0) & (pl.col("sex") == "F")
    return (against_male | against_female).fill_null(value=False)


def _has(modifiers: list[str]) -> pl.Expr:
    """Tell for each line whether it carries one of these modifiers."""
    joined = pl.col("modifiers").list.join("|")
    return joined.str.contains("|".join(modifiers)).fill_null(value=False)


def summarise_lines(batch: ClaimBatch, encoders: Encoders) -> pl.DataFrame:
    """Sum the lines up to one row a claim that has lines.

    Returns:
        `row` and the columns that the clinical and financial features name with the prefix `line_`.
    """
    lines = line_frame(batch, encoders)
    lines = lines.with_columns(
        repeat=_has(REPEAT_MODIFIERS),
        therapy_modifier=_has(THERAPY_MODIFIERS),
        telehealth_modifier=_has(TELEHEALTH_MODIFIERS),
        waiver=_has(WAIVER_MODIFIERS),
        separate_visit=_has(["25", "57"]),
        cap_exception=_has(["KX"]),
        visit=pl.col("family").is_in(VISIT_FAMILIES).fill_null(value=False),
        duplicate_key=pl.concat_str("procedure_code", pl.lit("|"), pl.col("service_from").cast(pl.Int32)),
    )
    return lines.group_by("row").agg(*_structure(), *_clinical(), *_money())


def _structure() -> list[pl.Expr]:
    plain = pl.col("duplicate_key").filter(~pl.col("repeat"))
    return [
        pl.len().alias("line_count"),
        pl.col("procedure_code").n_unique().alias("line_distinct_codes"),
        pl.col("units").sum().alias("line_units"),
        pl.col("units").max().alias("line_max_units"),
        pl.col("modifiers").list.len().sum().alias("line_modifiers"),
        pl.col("bad_pointer").sum().alias("line_bad_pointers"),
        (plain.len() - plain.n_unique()).alias("line_duplicates"),
        pl.col("prior_auth_on_file").any().alias("line_auth_on_file"),
        pl.col("emergency").any().alias("line_emergency"),
        pl.col("note_present").sum().alias("line_notes"),
    ]


def _clinical() -> list[pl.Expr]:
    family = pl.col("family")
    therapy = family == "therapy"
    telehealth = pl.col("pos").is_in(TELEHEALTH_POS)
    panel = (pl.col("procedure_code") == PANEL_CODE).any()
    parts = pl.col("procedure_code").is_in(PANEL_PARTS).sum()
    surgical = (family == "surgery").any()
    bare_visit = (pl.col("visit") & ~pl.col("separate_visit")).any()
    return [
        pl.col("visit").sum().alias("line_visits"),
        (family == "surgery").sum().alias("line_surgery"),
        (family == "imaging").sum().alias("line_imaging"),
        (family == "laboratory").sum().alias("line_laboratory"),
        (family == "drug").sum().alias("line_drugs"),
        (family == "psychiatry").sum().alias("line_psychiatry"),
        (family == "preventive_visit").sum().alias("line_preventive"),
        (family == "other").sum().alias("line_unlisted"),
        pl.col("units").filter(therapy).sum().alias("line_therapy_units"),
        (therapy & ~pl.col("therapy_modifier")).sum().alias("line_therapy_bare"),
        pl.col("cap_exception").any().alias("line_cap_exception"),
        (telehealth & ~pl.col("telehealth_modifier")).sum().alias("line_telehealth_bare"),
        pl.col("waiver").sum().alias("line_waivers"),
        (surgical & bare_visit).alias("line_visit_bare_beside_surgery"),
        pl.when(panel).then(parts).otherwise(0).alias("line_panel_parts"),
        pl.col("age_conflict").sum().alias("line_age_conflicts"),
        pl.col("sex_conflict").sum().alias("line_sex_conflicts"),
        pl.col("support").min().alias("line_support_min"),
        pl.col("support").mean().alias("line_support_mean"),
        pl.col("procedure_rate").max().alias("line_procedure_rate_max"),
        pl.col("payer_family_rate").max().alias("line_payer_family_rate_max"),
        pl.col("payer_family_rate").mean().alias("line_payer_family_rate_mean"),
    ]


def _money() -> list[pl.Expr]:
    return [
        pl.col("charge_cents").sum().alias("line_charge_cents"),
        pl.col("charge_cents").max().alias("line_max_charge_cents"),
        pl.col("charge_to_typical").max().alias("line_charge_to_typical_max"),
        pl.col("expected_allowed_cents").count().alias("line_priced"),
        pl.col("noncovered_cents").sum().alias("line_noncovered_cents"),
    ]
