"""Every column of both rule levels: a new module of columns is entered here."""

from __future__ import annotations

from processors.validation.columns.adjustments import (
    ADJUSTMENT_REASONS,
    ADJUSTMENTS,
    BALANCE,
    LINE_ADJUSTMENTS,
    LINE_BALANCE,
)
from processors.validation.columns.amounts import LINE_AMOUNT_LOOKUPS, LINE_AMOUNTS
from processors.validation.columns.claim import CLAIM_COLUMNS
from processors.validation.columns.coordination import COORDINATION, COORDINATION_DAYS
from processors.validation.columns.dates import TODAY
from processors.validation.columns.definition import Level, LevelColumns
from processors.validation.columns.diagnoses import DIAGNOSIS_ASKS, DIAGNOSIS_LIMITS
from processors.validation.columns.diagnosis_edits import DIAGNOSIS_EDITS, DIAGNOSIS_EXISTENCE
from processors.validation.columns.diagnosis_order import DIAGNOSIS_ORDER, POINTED_DIAGNOSIS
from processors.validation.columns.line import LINE_COLUMNS
from processors.validation.columns.line_sums import LINE_DATES, LINE_SUMS
from processors.validation.columns.lookups import CLAIM_LOOKUPS, LINE_LOOKUPS
from processors.validation.columns.npi import CLAIM_NPIS, LINE_NPIS
from processors.validation.columns.payers import CLAIM_PAYERS, PAYER_KINDS
from processors.validation.columns.providers import PROVIDERS, PUBLISHED_TAXONOMIES
from processors.validation.columns.repeated_lines import REPEATED_LINES
from processors.validation.columns.span import CLAIM_SPANS, LINE_MONTHS

COLUMNS: dict[Level, LevelColumns] = {
    "claim": LevelColumns(
        groups=(
            TODAY,
            LINE_SUMS,
            CLAIM_NPIS,
            DIAGNOSIS_LIMITS,
            DIAGNOSIS_EDITS,
            DIAGNOSIS_EXISTENCE,
            DIAGNOSIS_ORDER,
            COORDINATION,
            ADJUSTMENTS,
            ADJUSTMENT_REASONS,
            PROVIDERS,
            PUBLISHED_TAXONOMIES,
        ),
        looked_up=(*CLAIM_LOOKUPS, *CLAIM_PAYERS),
        derived=(
            *LINE_DATES,
            *CLAIM_COLUMNS,
            *CLAIM_SPANS,
            *DIAGNOSIS_ASKS,
            *COORDINATION_DAYS,
            *BALANCE,
            *PAYER_KINDS,
        ),
    ),
    "line": LevelColumns(
        groups=(
            LINE_NPIS,
            LINE_ADJUSTMENTS,
            POINTED_DIAGNOSIS,
            REPEATED_LINES,
            LINE_MONTHS,
        ),
        looked_up=(*LINE_LOOKUPS, *LINE_AMOUNT_LOOKUPS),
        derived=(*LINE_COLUMNS, *LINE_AMOUNTS, *LINE_BALANCE),
    ),
}
