"""The memory that compiled code writes claims to: columns by number, and where their items end."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

TEXTS = (
    "frequency_code", "original_reference", "patient_sex", "patient_state", "patient_zip3", "patient_relationship",
    "payer_id", "claim_filing_code", "payer_sequence", "rendering_npi", "rendering_taxonomy", "referring_npi",
    "supervising_npi", "attending_npi", "operating_npi", "facility_npi", "place_of_service", "type_of_bill",
    "discharge_hour", "admission_type", "admission_source", "patient_status", "drg_code", "accident_cause",
    "accident_state", "assignment_code", "benefits_assigned", "release_code", "delay_reason_code", "clia_number",
)  # fmt: skip
"""Fields of a claim that are texts."""
(
    FREQUENCY, ORIGINAL, SEX, STATE, ZIP3, RELATIONSHIP, PAYER, FILING, SEQUENCE, RENDERING, TAXONOMY, REFERRING,
    SUPERVISING, ATTENDING, OPERATING, FACILITY, PLACE, BILL, DISCHARGE, ADMISSION_TYPE, ADMISSION_SOURCE,
    PATIENT_STATUS, DRG, CAUSE, CAUSE_STATE, ASSIGNMENT, BENEFITS, RELEASE, DELAY, CLIA,
) = range(len(TEXTS))  # fmt: skip

NUMBERS = (
    "total_charge_cents", "patient_paid_cents", "source_byte_start", "source_byte_end", "attachment_count",
    "patient_age_years", "payer_type", "signature_on_file", "member_id_present", "prior_auth_on_file",
    "referral_on_file", "note_present", "service_from", "service_to", "statement_from", "statement_to",
    "admitted_on", "onset_on", "accident_on",
)  # fmt: skip
"""Fields of a claim that are numbers, yes or no, or days."""
(
    TOTAL, PAID, BYTE_START, BYTE_END, ATTACHMENTS, AGE, PAYER_TYPE, SIGNATURE, MEMBER, AUTHORIZED, REFERRED, NOTED,
    SERVICE_FROM, SERVICE_TO, STATEMENT_FROM, STATEMENT_TO, ADMITTED, ONSET, ACCIDENT,
) = range(len(NUMBERS))  # fmt: skip
FLAGS = NUMBERS[SIGNATURE:SERVICE_FROM]
DAYS = NUMBERS[SERVICE_FROM:]

LINE_TEXTS = ("procedure_qualifier", "procedure_code", "unit_basis", "place_of_service", "revenue_code")
QUALIFIER, PROCEDURE, BASIS, LINE_PLACE, REVENUE = range(len(LINE_TEXTS))
LINE_NUMBERS = (
    "line_number", "charge_cents", "noncovered_cents", "service_from", "service_to", "emergency",
    "prior_auth_on_file", "note_present",
)  # fmt: skip
NUMBER, CHARGE, NONCOVERED, LINE_FROM, LINE_TO, EMERGENCY, LINE_AUTHORIZED, LINE_NOTED = range(len(LINE_NUMBERS))

ITEM_TEXTS = ("diagnosis_codes", "diagnosis_qualifiers", "diagnosis_poa", "procedures", "condition_codes",
    "occurrences", "value_codes", "modifiers")  # fmt: skip
"""Texts of lists: the codes of procedures, occurrences and values stand beside their days or amounts."""
DIAGNOSIS, DIAGNOSIS_KIND, PRESENT, PROCEDURES, CONDITIONS, OCCURRENCES, VALUES, MODIFIERS = range(len(ITEM_TEXTS))
POINTERS = len(ITEM_TEXTS)
LINES = POINTERS + 1
UNMAPPED = LINES + 1
"""Lists that hold no texts, behind those that do."""
LISTS = UNMAPPED + 1

CLAIMS, UNITS, JSON, WHO = range(LISTS, LISTS + 4)
"""What else is counted: claims, HL levels, bytes of JSON and of patients' names."""
COUNTS = LISTS + 4

ACCOUNT, ACCOUNT_END, JSON_END, WHO_END, KNOWN = range(5)
"""Where account number, JSON and the patient's names of a claim lie, and whether the patient is known."""

FIRST, END, LEVEL_END, CLAIM, CLAIM_END, IS_PATIENT, SOUND, COUNTED, PARENT, PARENT_END = range(10)
"""What is told of an HL level: segments, claims, kind, whether it is plain, HL01 as a number, and where HL02 lies."""

_LONGEST_LIST = 12
"""Composites of HI; also the modifiers and pointers of a line are no more."""


class Memory(NamedTuple):
    """Columns of all plain claims of a block.

    Attributes:
        counts: How many there are so far of each list, of claims, units and bytes.
        texts: Arrow views by field, claim and byte; the text that is missing is empty and not valid.
        numbers: By field and claim; days as CCYYMMDD.
        given: Whether the number is there.
        line_texts: The same for lines.
        line_numbers: The same for lines.
        line_given: The same for lines.
        units: Units of each line.
        item_texts: Arrow views by list, item and byte.
        item_days: First and last day or amount by list and item; 0 or NO_AMOUNT for none.
        pointers: Diagnosis pointers.
        unmapped: Segment whose id the contract has no field for.
        ends: Where the items of each claim end, by list; those of modifiers and pointers of each line.
        places: Where account number, JSON and names of each claim lie.
        levels: The HL levels of the block.
        json: What is sealed of each claim, without billing provider.
        who: The patient of each claim as the tokenizer takes it.
        scratch: JSON of kept segments, subscriber, payer and patient.
    """

    counts: Ints
    texts: Bytes
    numbers: Ints
    given: Bytes
    line_texts: Bytes
    line_numbers: Ints
    line_given: Bytes
    units: NDArray[np.float64]
    item_texts: Bytes
    item_days: Ints
    pointers: Ints
    unmapped: Ints
    ends: Ints
    places: Ints
    levels: Ints
    json: Bytes
    who: Bytes
    scratch: Bytes


SEGMENTS_JSON, SUBSCRIBER_JSON, PAYER_JSON, PATIENT_JSON = range(4)
"""Rows of scratch."""

JSON_GROWTH = 8
"""JSON of a segment is at most so many times as long, and a little more."""


def memory_for(letters: Bytes, size: int) -> Memory:
    """Return memory for the claims of a block.

    Args:
        letters: The letters of its segments.
        size: Its bytes.
    """
    of = np.bincount(letters, minlength=128)
    claims, lines, levels = int(of[ord("C")]), int(of[ord("L")]), int(of[ord("H")])
    items = max(_LONGEST_LIST * int(of[ord("h")]), 4 * lines, 1)
    return Memory(
        counts=np.zeros(COUNTS, dtype=np.int64),
        texts=np.zeros((len(TEXTS), claims, 16), dtype=np.uint8),
        numbers=np.zeros((len(NUMBERS), claims), dtype=np.int64),
        given=np.zeros((len(NUMBERS), claims), dtype=np.uint8),
        line_texts=np.zeros((len(LINE_TEXTS), lines, 16), dtype=np.uint8),
        line_numbers=np.zeros((len(LINE_NUMBERS), lines), dtype=np.int64),
        line_given=np.zeros((len(LINE_NUMBERS), lines), dtype=np.uint8),
        units=np.zeros(lines, dtype=np.float64),
        item_texts=np.zeros((len(ITEM_TEXTS), items, 16), dtype=np.uint8),
        item_days=np.zeros((2 * len(ITEM_TEXTS), items), dtype=np.int64),
        pointers=np.zeros(_LONGEST_LIST * lines, dtype=np.int64),
        unmapped=np.zeros(len(letters) + items, dtype=np.int64),
        ends=np.zeros((LISTS, max(claims, lines)), dtype=np.int64),
        places=np.zeros((KNOWN + 1, claims), dtype=np.int64),
        levels=np.zeros((levels, PARENT_END + 1), dtype=np.int64),
        json=np.empty(JSON_GROWTH * size, dtype=np.uint8),
        who=np.empty(2 * size + 64 * claims, dtype=np.uint8),
        scratch=np.empty((PATIENT_JSON + 1, JSON_GROWTH * size + 1024), dtype=np.uint8),
    )
