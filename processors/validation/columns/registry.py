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
from processors.validation.columns.bill_codes import (
    CLAIM_CONDITIONS,
    CLAIM_OCCURRENCES,
    CLAIM_PROCEDURES,
    CLAIM_VALUES,
)
from processors.validation.columns.bundling import LINE_ADD_ONS, LINE_PANELS, LINE_REPEATS
from processors.validation.columns.claim import CLAIM_COLUMNS
from processors.validation.columns.code_validity import LINE_COVERAGE, LINE_VALIDITY
from processors.validation.columns.coordination import COORDINATION, COORDINATION_DAYS
from processors.validation.columns.dates import TODAY
from processors.validation.columns.definition import Level, LevelColumns
from processors.validation.columns.dental import LINE_DENTAL_BESIDE, LINE_TEETH
from processors.validation.columns.diagnoses import DIAGNOSIS_ASKS, DIAGNOSIS_LIMITS
from processors.validation.columns.diagnosis_edits import DIAGNOSIS_EDITS, DIAGNOSIS_EXISTENCE
from processors.validation.columns.diagnosis_order import DIAGNOSIS_ORDER, POINTED_DIAGNOSIS
from processors.validation.columns.fee_facts import LINE_FEES
from processors.validation.columns.institutional import CLAIM_BILLS, CLAIM_STAYS, KNOWN_BILLS, PAYER_COLUMNS
from processors.validation.columns.line import LINE_COLUMNS
from processors.validation.columns.line_sums import LINE_DATES, LINE_SUMS
from processors.validation.columns.list_counts import CLAIM_LISTS, LINE_LISTS
from processors.validation.columns.lookups import CLAIM_LOOKUPS, LINE_LOOKUPS
from processors.validation.columns.modifiers import LINE_MODIFIERS, UNKNOWN_MODIFIERS
from processors.validation.columns.ncci import LINE_PAIR_CODES, LINE_PAIRS, LINE_UNIT_LIMITS
from processors.validation.columns.npi import CLAIM_NPIS, LINE_NPIS
from processors.validation.columns.payers import CLAIM_PAYERS, PAYER_KINDS
from processors.validation.columns.places import LINE_PLACES
from processors.validation.columns.procedures import (
    LINE_BESIDE,
    LINE_FAMILIES,
    LINE_LIMITS,
    LINE_SURGERY,
    PROCEDURE_COLUMNS,
)
from processors.validation.columns.providers import CLAIM_PROVIDERS
from processors.validation.columns.repeated_lines import REPEATED_LINES
from processors.validation.columns.revenue import CLAIM_ROOMS, LINE_DEPARTMENTS, LINE_REVENUE, LISTED_REVENUE
from processors.validation.columns.span import CLAIM_SPANS, LINE_MONTHS

COLUMNS: dict[Level, LevelColumns] = {
    "claim": LevelColumns(
        groups=(
            TODAY,
            LINE_SUMS,
            CLAIM_LISTS,
            CLAIM_NPIS,
            DIAGNOSIS_LIMITS,
            DIAGNOSIS_EDITS,
            DIAGNOSIS_EXISTENCE,
            DIAGNOSIS_ORDER,
            COORDINATION,
            ADJUSTMENTS,
            ADJUSTMENT_REASONS,
            CLAIM_BILLS,
            KNOWN_BILLS,
            CLAIM_STAYS,
            CLAIM_CONDITIONS,
            CLAIM_OCCURRENCES,
            CLAIM_VALUES,
            CLAIM_PROCEDURES,
            CLAIM_ROOMS,
        ),
        looked_up=(*CLAIM_LOOKUPS, *CLAIM_PAYERS, *CLAIM_PROVIDERS),
        derived=(
            *LINE_DATES,
            *CLAIM_COLUMNS,
            *CLAIM_SPANS,
            *DIAGNOSIS_ASKS,
            *COORDINATION_DAYS,
            *BALANCE,
            *PAYER_COLUMNS,
            *PAYER_KINDS,
        ),
    ),
    "line": LevelColumns(
        groups=(
            LINE_LISTS,
            LINE_NPIS,
            LINE_ADJUSTMENTS,
            POINTED_DIAGNOSIS,
            REPEATED_LINES,
            LINE_MONTHS,
            LINE_FAMILIES,
            LINE_BESIDE,
            LINE_LIMITS,
            LINE_FEES,
            LINE_SURGERY,
            LINE_VALIDITY,
            LINE_COVERAGE,
            LINE_PLACES,
            LINE_MODIFIERS,
            UNKNOWN_MODIFIERS,
            LINE_PAIRS,
            LINE_UNIT_LIMITS,
            LINE_ADD_ONS,
            LINE_PANELS,
            LINE_REPEATS,
            LINE_REVENUE,
            LISTED_REVENUE,
            LINE_DEPARTMENTS,
            LINE_TEETH,
            LINE_DENTAL_BESIDE,
        ),
        looked_up=(*LINE_LOOKUPS, *LINE_AMOUNT_LOOKUPS),
        derived=(*LINE_COLUMNS, *LINE_AMOUNTS, *LINE_BALANCE, *LINE_PAIR_CODES, *PROCEDURE_COLUMNS),
    ),
}
