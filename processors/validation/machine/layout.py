"""What compiled code and its callers agree on: operations, kinds of columns, and the words of both tables."""

from __future__ import annotations

OPERATION, COLUMN, FIRST_ARGUMENT, SECOND_ARGUMENT = range(4)
"""Words of an instruction."""
INSTRUCTION_WIDTH = 4

(
    FLAG,
    MISSING,
    GIVEN,
    NOT,
    AND,
    OR,
    WHOLE_AGAINST,
    WHOLE_AMONG,
    TEXT_AMONG,
    TEXT_AGAINST,
    TEXT_STARTS,
    TEXT_ENDS,
    TEXT_MATCHES,
    TEXTS_SAME,
    WHOLE,
    WHOLE_NUMBER,
    PLUS,
    MINUS,
    COMPARE,
    FLOAT,
    FLOAT_NUMBER,
    TIMES,
    COMPARE_FLOATS,
) = range(23)
"""Operations. Those up to TEXTS_SAME answer with a state; WHOLE to MINUS and FLOAT to TIMES make numbers."""
MOST_OPERATIONS = 23

LESS, LESS_OR_EQUAL, EQUAL, MORE_OR_EQUAL, MORE, NOT_EQUAL = range(6)
"""Comparisons."""

UNKNOWN, TRUE, FALSE = range(3)
"""States: a bit for true and a bit for false; neither where something is missing."""

KIND, VALUES, VALIDITY, FIRST, DATA, THROUGH, ARRAY, SCHEMA = range(8)
"""Words of a column: its kind, addresses of its values and of its validity bits (0: nothing is missing), the index of
its first value, the address of the addresses of the bytes of long texts, whether it is reached through the claim of a
line, and the addresses of its Arrow structures. The values of a list are where its items begin."""
COLUMN_WIDTH = 8

PROGRAM, MEMORY, ROWS, NUMBERS, TEXTS, PATTERNS, CLASSES, SPACE = range(8)
"""Words of the desk that all parts share: addresses of the instructions, of the columns, of the claim of each row
(UInt32), of the listed numbers, texts, patterns and classes of characters, and of the space to work in."""

NEVER, BYTES, BITS, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, FLOAT64, TEXT, NULLS = range(13)
LISTS, OTHER, MASKS = range(13, 16)
"""Kinds of columns: flags that are never true, flags in bytes, flags in bits, numbers, texts, nothing but nulls, lists,
what cannot be read, and flags that are bits of numbers (the word of the data is their mask)."""

WHOLE_KINDS = (INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, NULLS)
KINDS_OF_TYPE = {"flag": (NEVER, BYTES, BITS, NULLS, MASKS), "whole": WHOLE_KINDS, "float": (FLOAT64, *WHOLE_KINDS),
                 "text": (TEXT, NULLS)}  # fmt: skip
"""Kinds that a column of a type may have when a rule reads it so."""

KIND_OF_FORMAT = {
    "b": BITS,
    "c": INT8,
    "s": INT16,
    "i": INT32,
    "l": INT64,
    "C": UINT8,
    "S": UINT16,
    "I": UINT32,
    "g": FLOAT64,
    "vu": TEXT,
    "tdD": INT32,
    "tsu:UTC": INT64,
    "n": NULLS,
    "+L": LISTS,
}
"""Kind of a column by its format in Arrow's C data interface; an Enum comes as its numbers."""

KIND_OF_ARRAY = {
    "|b1": BYTES,
    "|i1": INT8,
    "<i2": INT16,
    "<i4": INT32,
    "<i8": INT64,
    "|u1": UINT8,
    "<u2": UINT16,
    "<u4": UINT32,
    "<f8": FLOAT64,
}
"""Kind of a numpy array by its type."""
