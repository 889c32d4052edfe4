"""Columns read by compiled code where polars keeps them, many in one call: a query or a copy for each costs more."""

from processors.lent.lists import (
    ListShape,
    counted_missing,
    element_bytes,
    first_texts,
    list_shapes,
    list_texts,
    read_list_numbers,
)
from processors.lent.numbers import read_digits, read_integers, read_known, read_numbers
from processors.lent.texts import NumberedTexts, first_bytes, number_texts

__all__ = [
    "ListShape",
    "NumberedTexts",
    "counted_missing",
    "element_bytes",
    "first_bytes",
    "first_texts",
    "list_shapes",
    "list_texts",
    "number_texts",
    "read_digits",
    "read_integers",
    "read_known",
    "read_list_numbers",
    "read_numbers",
]
