"""Starter reference data as typed polars frames, one cached function a table.

The starter data is a small, honest subset: enough codes of every family for a demonstration, for tests
and for the shipped models. A site loads its own full files with `claimstream reference load`. Every code
column is text: leading zeros matter. Sources: public Medicare physician fee schedule files (relative value
units, geographic indices, conversion factors, places of service), ICD-10-CM and HCPCS code lists. Payers are
invented; labels are our own words.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

from reference.conform import conform, scaled
from reference.tables import TABLES

__all__ = [
    "STARTER_FOLDER",
    "conversion_factors",
    "diagnoses",
    "fee_schedule",
    "gpci",
    "modifiers",
    "payers",
    "pos_codes",
    "procedure_families",
    "read_table",
    "scaled",
    "starter_table",
    "taxonomy",
]

STARTER_FOLDER = Path(__file__).parent / "starter"


def read_table(name: str, path: Path) -> pl.DataFrame:
    """Read a comma-separated file that has the columns of a table.

    Args:
        name: Name of the table whose columns and types hold, as `fee_schedule`.
        path: A comma-separated file with a header; columns beyond the table's are left out.

    Returns:
        The table, one row a record, in the order of the file; an empty `modifier` of a fee schedule is "".

    Raises:
        KeyError: No table of this name.
        polars.exceptions.PolarsError: The file lacks a column or holds a value of the wrong type.
    """
    return conform(TABLES[name], pl.read_csv(path, infer_schema=False))


@cache
def starter_table(name: str) -> pl.DataFrame:
    """Return the starter rows of a table; the table must have some (`TableSpec.starter`)."""
    return read_table(name, STARTER_FOLDER / f"{name}.csv")


def fee_schedule() -> pl.DataFrame:
    """Return relative value units and payment indicators by year, hcpcs and modifier ("", 26, TC or 53)."""
    return starter_table("fee_schedule")


def procedure_families() -> pl.DataFrame:
    """Return the procedures by clinical family, with typical charge (cents), age range (years) and sex."""
    return starter_table("procedure_families")


def diagnoses() -> pl.DataFrame:
    """Return billable ICD-10-CM codes (no dot) with a usual family, sex and age range (years)."""
    return starter_table("diagnoses")


def payers() -> pl.DataFrame:
    """Return the invented payers with payer type, plan type and timely filing limit in days from service."""
    return starter_table("payers")


def gpci() -> pl.DataFrame:
    """Return the geographic practice cost indices by year, state and locality.

    `state_default` is 1 for the locality that holds where only the state is known: the one locality of the
    state or its rest-of-state locality.
    """
    return starter_table("gpci")


def conversion_factors() -> pl.DataFrame:
    """Return the dated conversion factors (dollars per unit); basis is ALL, NON_APM or APM."""
    return starter_table("conversion_factors")


def pos_codes() -> pl.DataFrame:
    """Return the places of service; pfs_setting is F (facility) or NF (non-facility)."""
    return starter_table("pos_codes")


def modifiers() -> pl.DataFrame:
    """Return the known modifiers with their pricing effect."""
    return starter_table("modifiers")


def taxonomy() -> pl.DataFrame:
    """Return provider taxonomy codes with entity type (1 person, 2 organisation) and pay class."""
    return starter_table("taxonomy")
