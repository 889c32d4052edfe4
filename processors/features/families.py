"""Procedure families by code range, as the CPT and HCPCS books are divided into sections."""

from __future__ import annotations

import polars as pl

# First and last code number of a family; the first match wins. Section boundaries are public facts of the
# CPT structure; no descriptor is used.
_RANGES: tuple[tuple[int, int, str], ...] = (
    (100, 1999, "anesthesia"),
    (36415, 36416, "laboratory"),
    (10004, 69990, "surgery"),
    (70010, 79999, "imaging"),
    (80047, 89398, "laboratory"),
    (90460, 90759, "vaccine"),
    (90785, 90899, "psychiatry"),
    (96127, 96127, "psychiatry"),
    (92002, 92499, "ophthalmology"),
    (92920, 93998, "cardiology"),
    (96360, 96549, "drug"),
    (97010, 97799, "therapy"),
    (98925, 98943, "therapy"),
    (99202, 99215, "office_visit"),
    (99417, 99417, "office_visit"),
    (99221, 99239, "hospital_visit"),
    (99291, 99292, "hospital_visit"),
    (99281, 99288, "emergency_visit"),
    (99381, 99429, "preventive_visit"),
)
_LETTERS = {"D": "dental", "J": "drug", "Q": "drug", "E": "equipment", "K": "equipment", "L": "equipment"}

VISIT_FAMILIES = ("office_visit", "hospital_visit", "emergency_visit", "preventive_visit")
"""Evaluation and management: a procedure on the same day asks for modifier 25."""

OTHER_FAMILY = "other"


def family_expr(code: pl.Expr) -> pl.Expr:
    """Return the family of a procedure code (String expression); null for a null code.

    Args:
        code: Five-character HCPCS, CPT or CDT codes.
    """
    number = code.cast(pl.Int32, strict=False)
    chosen = pl.when(code.is_null()).then(pl.lit(None, dtype=pl.String))
    chain = chosen.when(code.is_in(["G0008", "G0009", "G0010"])).then(pl.lit("vaccine"))
    for first, last, family in _RANGES:
        chain = chain.when(number.is_between(first, last)).then(pl.lit(family))
    letters = code.str.slice(0, 1).replace_strict(
        list(_LETTERS), list(_LETTERS.values()), default=OTHER_FAMILY, return_dtype=pl.String
    )
    return chain.otherwise(letters)


def with_family(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with a `family` column, computed once for each distinct code."""
    codes = lines.select(pl.col("procedure_code").unique()).with_columns(
        family=family_expr(pl.col("procedure_code"))
    )
    return lines.join(codes, on="procedure_code", how="left", nulls_equal=True, maintain_order="left")
