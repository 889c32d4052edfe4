"""Columns that say whether an NPI has its check digit."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.npi import MISSING, VALID, npi_checks
from processors.validation.columns.definition import ColumnGroup, Inputs
from processors.validation.columns.made import ArrayColumn, Made

_ROLES = ("billing", "rendering", "referring", "supervising", "attending", "operating", "facility")


def npis_are_valid(npis: pl.Series) -> pl.Series:
    """Return whether each NPI (String) is well formed; null where there is none."""
    return _column(npis.name, npi_checks(npis.to_frame())[0]).series()


def _column(name: str, checks: np.ndarray) -> ArrayColumn:
    missing = checks == MISSING
    return ArrayColumn(name, checks == VALID, given=~missing if missing.any() else None)


def _on_claims(inputs: Inputs) -> list[Made]:
    checks = npi_checks(inputs.claims[[f"{role}_npi" for role in _ROLES]])
    return [_column(f"{role}_npi_valid", checks[place]) for place, role in enumerate(_ROLES)]


def _on_lines(inputs: Inputs) -> list[Made]:
    return [_column("rendering_npi_valid", npi_checks(inputs.lines[["rendering_npi"]])[0])]


CLAIM_NPIS = ColumnGroup(
    tuple((f"{role}_npi_valid", f"the {role} NPI has ten digits and its check digit") for role in _ROLES), _on_claims
)
"""Null where the claim has no such NPI."""

LINE_NPIS = ColumnGroup((("rendering_npi_valid", "the line's rendering NPI is well formed"),), _on_lines)
