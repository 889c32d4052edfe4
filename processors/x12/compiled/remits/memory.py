"""The memory that compiled code writes claim payments to: columns by number, and where their items end."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TEXTS = (
    "claim_status_code", "claim_filing_code", "payer_claim_control_number", "facility_code", "frequency_code",
    "patient_status", "drg_code", "rendering_npi", "corrected_payer_id", "crossover_payer_id",
)  # fmt: skip
"""Fields of a claim payment that are texts."""
STATUS, FILING, CONTROL, FACILITY, FREQUENCY, PATIENT_STATUS, DRG, RENDERING, CORRECTED, CROSSOVER = range(len(TEXTS))

NUMBERS = (
    "charge_cents", "paid_cents", "patient_responsibility_cents", "covered_cents", "claim_difference_cents",
    "source_byte_start", "source_byte_end", "patient_corrected", "lines_balanced", "service_from", "service_to",
    "received_on", "coverage_ended_on",
)  # fmt: skip
"""Fields that are numbers, yes or no, or days."""
(
    CHARGE, PAID, RESPONSIBILITY, COVERED, DIFFERENCE, BYTE_START, BYTE_END, PERSON_CORRECTED, LINES_BALANCED,
    SERVICE_FROM, SERVICE_TO, RECEIVED, COVERAGE_ENDED,
) = range(len(NUMBERS))  # fmt: skip

UNITS = ("drg_weight", "discharge_fraction")
"""Fields that are quantities."""
WEIGHT, DISCHARGE = range(len(UNITS))

LINE_TEXTS = (
    "procedure_qualifier", "procedure_code", "revenue_code", "submitted_procedure_qualifier",
    "submitted_procedure_code", "rendering_npi",
)  # fmt: skip
QUALIFIER, PROCEDURE, REVENUE, SUBMITTED_QUALIFIER, SUBMITTED_PROCEDURE, LINE_RENDERING = range(len(LINE_TEXTS))
LINE_NUMBERS = (
    "line_number", "charge_cents", "paid_cents", "allowed_cents", "difference_cents", "service_from", "service_to",
)  # fmt: skip
NUMBER, LINE_CHARGE, LINE_PAID, ALLOWED, LINE_DIFFERENCE, LINE_FROM, LINE_TO = range(len(LINE_NUMBERS))
LINE_UNITS = ("units", "submitted_units")
UNITS_PAID, UNITS_SUBMITTED = range(len(LINE_UNITS))

DAYS = NUMBERS[SERVICE_FROM:]
"""Fields that are days, of claim payments and of lines."""

ADJUSTMENTS, REMARKS, AMOUNTS, QUANTITIES, UNMAPPED = range(5)
"""Lists of a claim payment."""
IN_LINE = 5
"""What the number of a list is more by where it is a line's."""
MODIFIERS, SUBMITTED_MODIFIERS = range(2 * IN_LINE - 1, 2 * IN_LINE + 1)
"""Lists of a line that claim payments have not."""
LISTS = 2 * IN_LINE + 1
LINES, PAYMENTS, UNITS_READ, JSON = range(LISTS, LISTS + 4)
"""What else is counted: lines, plain payments, CLP loops and bytes of JSON."""
COUNTS = LISTS + 4

ACCOUNT, ACCOUNT_END, JSON_END = range(3)
"""Where account number and JSON of a claim payment lie."""
FIRST, END, ROW, SOUND = range(4)
"""What is told of a CLP loop: its segments, the payments before it, and whether it is plain."""

_TRIPLETS, _MIA_ELEMENTS, _MOA_ELEMENTS, _MODIFIERS = 6, 24, 9, 4


class Memory(NamedTuple):
    """Columns of all plain claim payments of a block.

    Attributes:
        counts: How many there are so far of each list, of lines, payments, loops and bytes.
        texts: Arrow views by field, payment and byte; a text that is missing is empty.
        numbers: By field and payment; days as CCYYMMDD.
        given: Whether the number is there.
        units: Quantities by field and payment.
        units_given: Whether the quantity is there.
        line_texts: The same for lines.
        line_numbers: The same for lines.
        line_given: The same for lines.
        line_units: The same for lines.
        line_units_given: The same for lines.
        line_controls: First byte and end of REF 6R of each line; empty where there is none.
        item_texts: Arrow views by list, item and byte.
        item_groups: Arrow views of the group of each adjustment: of payments, of lines.
        item_cents: Amounts by list and item.
        item_units: Quantities by list and item.
        item_given: Whether the quantity is there.
        ends: Where the items of each payment or line end, by list; the last row tells where the lines of a payment do.
        places: Where account number and JSON of each payment lie.
        loops: The CLP loops of the block.
        json: What is sealed of each payment, without the names of payer and payee.
        scratch: JSON of kept segments.
    """

    counts: Ints
    texts: Bytes
    numbers: Ints
    given: Bytes
    units: Floats
    units_given: Bytes
    line_texts: Bytes
    line_numbers: Ints
    line_given: Bytes
    line_units: Floats
    line_units_given: Bytes
    line_controls: Ints
    item_texts: Bytes
    item_groups: Bytes
    item_cents: Ints
    item_units: Floats
    item_given: Bytes
    ends: Ints
    places: Ints
    loops: Ints
    json: Bytes
    scratch: Bytes


JSON_GROWTH = 8
"""JSON of a segment is at most so many times as long, and a little more."""


def memory_for(letters: Bytes, size: int) -> Memory:
    """Return memory for the claim payments of a block.

    Args:
        letters: The letters of its segments.
        size: Its bytes.
    """
    of = np.bincount(letters, minlength=128)
    payments, lines = int(of[ord("C")]), int(of[ord("S")])
    adjudications = _MIA_ELEMENTS * int(of[ord("m")]) + _MOA_ELEMENTS * int(of[ord("o")])
    items = max(_TRIPLETS * int(of[ord("A")]), adjudications + len(letters), 2 * _MODIFIERS * lines)
    return Memory(
        counts=np.zeros(COUNTS, dtype=np.int64),
        texts=np.zeros((len(TEXTS), payments, 16), dtype=np.uint8),
        numbers=np.zeros((len(NUMBERS), payments), dtype=np.int64),
        given=np.zeros((len(NUMBERS), payments), dtype=np.uint8),
        units=np.zeros((len(UNITS), payments), dtype=np.float64),
        units_given=np.zeros((len(UNITS), payments), dtype=np.uint8),
        line_texts=np.zeros((len(LINE_TEXTS), lines, 16), dtype=np.uint8),
        line_numbers=np.zeros((len(LINE_NUMBERS), lines), dtype=np.int64),
        line_given=np.zeros((len(LINE_NUMBERS), lines), dtype=np.uint8),
        line_units=np.zeros((len(LINE_UNITS), lines), dtype=np.float64),
        line_units_given=np.zeros((len(LINE_UNITS), lines), dtype=np.uint8),
        line_controls=np.zeros((lines, 2), dtype=np.int64),
        item_texts=np.zeros((LISTS, items, 16), dtype=np.uint8),
        item_groups=np.zeros((2, items, 16), dtype=np.uint8),
        item_cents=np.zeros((LISTS, items), dtype=np.int64),
        item_units=np.zeros((LISTS, items), dtype=np.float64),
        item_given=np.zeros((LISTS, items), dtype=np.uint8),
        ends=np.zeros((LINES + 1, max(payments, lines)), dtype=np.int64),
        places=np.zeros((JSON_END + 1, payments), dtype=np.int64),
        loops=np.zeros((payments, SOUND + 1), dtype=np.int64),
        json=np.empty(JSON_GROWTH * size, dtype=np.uint8),
        scratch=np.empty(JSON_GROWTH * size + 1024, dtype=np.uint8),
    )
