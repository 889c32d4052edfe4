"""Starter reference data as typed polars frames, one cached function a table.

The starter data is a small, honest subset: enough codes of every family for a demonstration, for tests
and for the shipped models. A site loads its own full files by path (`read_table`). Every code column is
text: leading zeros matter. Sources: public Medicare physician fee schedule files (relative value units,
geographic indices, conversion factors, places of service), ICD-10-CM and HCPCS code lists. Payers are
invented; labels are our own words.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

STARTER_FOLDER = Path(__file__).parent / "starter"

_TEXT = pl.String
_INT = pl.Int32

FEE_SCHEDULE_SCHEMA: dict[str, type[pl.DataType]] = {
    "year": _INT,
    "hcpcs": _TEXT,
    "modifier": _TEXT,
    "status_code": _TEXT,
    "not_used_for_medicare": _TEXT,
    "work_rvu": _TEXT,
    "nonfac_pe_rvu": _TEXT,
    "nonfac_na": _TEXT,
    "fac_pe_rvu": _TEXT,
    "fac_na": _TEXT,
    "mp_rvu": _TEXT,
    "nonfac_total": _TEXT,
    "fac_total": _TEXT,
    "pctc_ind": _TEXT,
    "global_days": _TEXT,
    "pre_op_pct": _TEXT,
    "intra_op_pct": _TEXT,
    "post_op_pct": _TEXT,
    "mult_proc": _TEXT,
    "bilat_surg": _TEXT,
    "asst_surg": _TEXT,
    "co_surg": _TEXT,
    "team_surg": _TEXT,
    "pricing_ind": _TEXT,
    "endo_base": _TEXT,
    "conv_factor": _TEXT,
    "phys_supervision": _TEXT,
    "calc_flag": _TEXT,
    "diag_imaging_family": _TEXT,
    "opps_nonfac_pe": _TEXT,
    "opps_fac_pe": _TEXT,
    "opps_mp": _TEXT,
}
"""Columns of a fee schedule file; decimal figures stay text until `scaled` makes exact integers of them."""

_SCHEMAS: dict[str, dict[str, type[pl.DataType]]] = {
    "fee_schedule": FEE_SCHEDULE_SCHEMA,
    "procedure_families": {
        "hcpcs": _TEXT,
        "family": _TEXT,
        "label": _TEXT,
        "typical_charge_cents": pl.Int64,
        "min_age": _INT,
        "max_age": _INT,
        "sex": _TEXT,
    },
    "diagnoses": {
        "code": _TEXT,
        "family_hint": _TEXT,
        "label": _TEXT,
        "sex": _TEXT,
        "min_age": _INT,
        "max_age": _INT,
    },
    "payers": {
        "payer_id": _TEXT,
        "label": _TEXT,
        "payer_type": _TEXT,
        "plan_type": _TEXT,
        "timely_filing_days": _INT,
    },
    "gpci": {
        "year": _INT,
        "mac": _TEXT,
        "state": _TEXT,
        "locality": _TEXT,
        "work_gpci": _TEXT,
        "pe_gpci": _TEXT,
        "mp_gpci": _TEXT,
        "state_default": _INT,
    },
    "conversion_factors": {
        "effective_from": pl.Date,
        "effective_to": pl.Date,
        "basis": _TEXT,
        "conversion_factor": _TEXT,
    },
    "pos_codes": {"pos": _TEXT, "label": _TEXT, "pfs_setting": _TEXT, "medicare_adjudicated": _INT},
    "modifiers": {"modifier": _TEXT, "effect": _TEXT, "factor": _TEXT, "label": _TEXT},
    "taxonomy": {
        "taxonomy": _TEXT,
        "label": _TEXT,
        "entity_type": _TEXT,
        "pay_class": _TEXT,
        "mpfs_factor": _TEXT,
    },
}


def read_table(name: str, path: Path) -> pl.DataFrame:
    """Read a reference file that has the columns of a starter table.

    Args:
        name: Name of the starter table whose columns and types hold, as `fee_schedule`.
        path: A comma-separated file with a header; columns beyond the table's are left out.

    Returns:
        The table, one row a record, in the order of the file; an empty `modifier` of a fee schedule is "".

    Raises:
        KeyError: No table of this name.
        polars.exceptions.PolarsError: The file lacks a column or holds a value of the wrong type.
    """
    schema = _SCHEMAS[name]
    frame = pl.read_csv(path, infer_schema=False).select(list(schema))
    typed = frame.with_columns(
        pl.col(column).str.to_date("%Y-%m-%d") if dtype is pl.Date else pl.col(column).cast(dtype)
        for column, dtype in schema.items()
    )
    if name == "fee_schedule":
        return typed.with_columns(pl.col("modifier").fill_null(""))
    return typed


@cache
def _starter(name: str) -> pl.DataFrame:
    return read_table(name, STARTER_FOLDER / f"{name}.csv")


def scaled(column: str, digits: int) -> pl.Expr:
    """Return a decimal text column as an exact integer, `digits` places to the left ("1.30", 2 -> 130).

    Args:
        column: Column of decimal text; null stays null.
        digits: Decimal places kept; the figures of the fee schedule have two, indices three, factors four.
    """
    shift = pl.lit(10**digits)
    return (pl.col(column).cast(pl.Decimal(18, digits)) * shift).cast(pl.Int64).alias(column)


def fee_schedule() -> pl.DataFrame:
    """Return relative value units and payment indicators by year, hcpcs and modifier ("", 26, TC or 53)."""
    return _starter("fee_schedule")


def procedure_families() -> pl.DataFrame:
    """Return the procedures by clinical family, with typical charge (cents), age range (years) and sex."""
    return _starter("procedure_families")


def diagnoses() -> pl.DataFrame:
    """Return billable ICD-10-CM codes (no dot) with a usual family, sex and age range (years)."""
    return _starter("diagnoses")


def payers() -> pl.DataFrame:
    """Return the invented payers with payer type, plan type and timely filing limit in days from service."""
    return _starter("payers")


def gpci() -> pl.DataFrame:
    """Return the geographic practice cost indices by year, state and locality.

    `state_default` is 1 for the locality that holds where only the state is known: the one locality of the
    state or its rest-of-state locality.
    """
    return _starter("gpci")


def conversion_factors() -> pl.DataFrame:
    """Return the dated conversion factors (dollars per unit); basis is ALL, NON_APM or APM."""
    return _starter("conversion_factors")


def pos_codes() -> pl.DataFrame:
    """Return the places of service; pfs_setting is F (facility) or NF (non-facility)."""
    return _starter("pos_codes")


def modifiers() -> pl.DataFrame:
    """Return the known modifiers with their pricing effect."""
    return _starter("modifiers")


def taxonomy() -> pl.DataFrame:
    """Return provider taxonomy codes with entity type (1 person, 2 organisation) and pay class."""
    return _starter("taxonomy")
