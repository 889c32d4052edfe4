"""Starter reference tables, shipped with the package.

`from reference import starter; starter.fee_schedule()` answers the typed, cached frame of fee_schedule.csv.
"""

from reference.loader import (
    conversion_factors,
    diagnoses,
    fee_schedule,
    gpci,
    modifiers,
    payers,
    pos_codes,
    procedure_families,
    taxonomy,
)

__all__ = [
    "conversion_factors",
    "diagnoses",
    "fee_schedule",
    "gpci",
    "modifiers",
    "payers",
    "pos_codes",
    "procedure_families",
    "taxonomy",
]
