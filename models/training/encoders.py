"""Learns the look-up tables of a model from claims with known outcomes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.features import Encoders, Lookup
from processors.features.families import with_family
from reference import starter

_PSEUDO_CLAIMS = 30.0
"""Weight of the overall rate in every cell: rare keys shrink to the mean."""

_PSEUDO_PAIRS = 5.0

REASON_GROUPS: Mapping[str, tuple[str, ...]] = {
    "registration": ("eligibility_inactive", "member_id_demographics", "cob_other_payer"),
    "authorisation": ("prior_auth_missing", "referral_missing"),
    "coverage": ("not_covered_benefit", "benefit_limit", "provider_network"),
    "coding": (
        "missing_invalid_info",
        "duplicate",
        "timely_filing",
        "dx_procedure_mismatch",
        "modifier",
        "bundling_ncci",
    ),
    "clinical": ("documentation_requested", "medical_necessity"),
}


def fit_encoders(batch: ClaimBatch, truth: pl.DataFrame) -> Encoders:
    """Learn every table from adjudicated claims.

    Args:
        batch: Claims and lines.
        truth: denied and reason of each claim, in row order.
    """
    claims = batch.claims.select(
        "row",
        "payer_id",
        "billing_npi",
        "provider_specialty",
        "coder_id",
        diagnosis=pl.col("diagnosis_codes").list.first().str.slice(0, 3),
        denied=truth["denied"].cast(pl.Float64),
        reason=truth["reason"],
    )
    lines = with_family(batch.lines).join(
        claims.select("row", "payer_id", "denied"), on="row", how="left", maintain_order="left"
    )
    cells = lines.with_columns(key=pl.concat_str("payer_id", pl.lit("|"), "family")).unique(["row", "key"])
    tables = {
        "payer_rate": _rates(claims, "payer_id"),
        "billing_rate": _rates(claims, "billing_npi"),
        "specialty_rate": _rates(claims, "provider_specialty"),
        "coder_rate": _rates(claims, "coder_id"),
        "diagnosis_rate": _rates(claims, "diagnosis"),
        "procedure_rate": _rates(lines.unique(["row", "procedure_code"]), "procedure_code"),
        "payer_family_rate": _rates(cells, "key"),
        "diagnosis_family_support": _support(batch, lines),
        "procedure_unit_charge_cents": _unit_charges(lines),
    }
    for group, reasons in REASON_GROUPS.items():
        hit = claims.with_columns(denied=pl.col("reason").is_in(reasons).fill_null(value=False).cast(pl.Float64))
        tables[f"payer_{group}_rate"] = _rates(hit, "payer_id")
    return Encoders(tables | _frozen_reference())


def out_of_fold(batch: ClaimBatch, truth: pl.DataFrame, folds: int) -> list[tuple[list[int], Encoders]]:
    """Learn tables for each fold from the other folds, so that no claim sees its own outcome.

    Returns:
        Row numbers of the fold and the encoders for it.
    """
    fold = np.arange(batch.size) % folds
    made = []
    for number in range(folds):
        others = np.flatnonzero(fold != number)
        rows = np.flatnonzero(fold == number)
        made.append((rows.tolist(), fit_encoders(batch.take(others.tolist()), truth[others])))
    return made


def _rates(frame: pl.DataFrame, key: str) -> Lookup:
    mean = frame["denied"].mean()
    prior = float(mean) if isinstance(mean, float) else 0.0
    table = (
        frame.filter(pl.col(key).is_not_null())
        .group_by(key)
        .agg(rate=(pl.col("denied").sum() + _PSEUDO_CLAIMS * prior) / (pl.len() + _PSEUDO_CLAIMS))
    )
    return Lookup(_numbers(table[key], table["rate"]), prior)


def _numbers(keys: pl.Series, values: pl.Series) -> dict[str, float]:
    rounded = np.round(values.to_numpy().astype(np.float64), 6)
    return dict(zip(keys.to_list(), rounded.tolist(), strict=True))


def _support(batch: ClaimBatch, lines: pl.DataFrame) -> Lookup:
    """Return the log of how much more often a diagnosis category and a family meet than by chance."""
    diagnoses = batch.claims["diagnosis_codes"].gather(lines["row"])
    pairs = lines.select("family", pointer=pl.col("diagnosis_pointers").list.first().fill_null(1)).with_columns(
        diagnosis=diagnoses
    )
    pairs = pairs.select(
        "family",
        diagnosis=pl.col("diagnosis").list.get(pl.col("pointer") - 1, null_on_oob=True).str.slice(0, 3),
    ).drop_nulls()
    counted = pairs.group_by("diagnosis", "family").agg(both=pl.len())
    total = max(pairs.height, 1)
    every = counted.select(pl.col("diagnosis").unique()).join(counted.select(pl.col("family").unique()), how="cross")
    counted = every.join(counted, on=["diagnosis", "family"], how="left").with_columns(pl.col("both").fill_null(0))
    chance = pl.col("both").sum().over("diagnosis") * pl.col("both").sum().over("family") / total
    counted = counted.select(
        key=pl.concat_str("diagnosis", pl.lit("|"), "family"),
        lift=((pl.col("both") + _PSEUDO_PAIRS) / (chance + _PSEUDO_PAIRS)).log(),
    )
    return Lookup(_numbers(counted["key"], counted["lift"]), 0.0)


def _unit_charges(lines: pl.DataFrame) -> Lookup:
    table = (
        lines.filter(pl.col("procedure_code").is_not_null() & (pl.col("units") > 0))
        .group_by("procedure_code")
        .agg(charge=(pl.col("charge_cents") / pl.col("units")).median())
    )
    return Lookup(_numbers(table["procedure_code"], table["charge"]), None)


def _frozen_reference() -> dict[str, Lookup]:
    """Return the facts of the reference tables as they are today; they belong to the model version."""
    procedures, diagnoses, payers = starter.procedure_families(), starter.diagnoses(), starter.payers()

    def facts(table: pl.DataFrame, key: str, value: pl.Expr) -> Lookup:
        known = table.select(key=pl.col(key), value=value.cast(pl.Float64)).drop_nulls()
        return Lookup(_numbers(known["key"], known["value"]), None)

    female = pl.when(pl.col("sex").is_in(["F", "M"])).then(pl.col("sex") == "F")
    return {
        "payer_filing_days": facts(payers, "payer_id", pl.col("timely_filing_days")),
        "procedure_min_age": facts(procedures, "hcpcs", pl.col("min_age")),
        "procedure_max_age": facts(procedures, "hcpcs", pl.col("max_age")),
        "procedure_female": facts(procedures, "hcpcs", female),
        "diagnosis_female": facts(diagnoses, "code", female),
    }
