"""Every column of both rule levels: a new module of columns is entered here."""

from __future__ import annotations

from processors.validation.columns.claim import CLAIM_COLUMNS
from processors.validation.columns.dates import TODAY
from processors.validation.columns.definition import Level, LevelColumns
from processors.validation.columns.diagnoses import DIAGNOSIS_ASKS, DIAGNOSIS_LIMITS
from processors.validation.columns.line import LINE_COLUMNS
from processors.validation.columns.line_sums import LINE_DATES, LINE_SUMS
from processors.validation.columns.lookups import CLAIM_LOOKUPS, LINE_LOOKUPS
from processors.validation.columns.npi import CLAIM_NPIS, LINE_NPIS

COLUMNS: dict[Level, LevelColumns] = {
    "claim": LevelColumns(
        groups=(TODAY, LINE_SUMS, CLAIM_NPIS, DIAGNOSIS_LIMITS),
        looked_up=CLAIM_LOOKUPS,
        derived=(*LINE_DATES, *CLAIM_COLUMNS, *DIAGNOSIS_ASKS),
    ),
    "line": LevelColumns(
        groups=(LINE_NPIS,),
        looked_up=LINE_LOOKUPS,
        derived=LINE_COLUMNS,
    ),
}
