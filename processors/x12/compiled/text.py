"""Values in bytes, for compiled code: codes, identifiers, amounts, quantities and dates, as x12/values.py reads them.

A span is a first byte and the byte after the last; where a value may be missing, an empty span says so.
"""

from __future__ import annotations

import numpy as np

from schemas.compiled import Word, inner

NO_AMOUNT = -(1 << 62)
"""What an amount is that is none."""

_BLANK, _DASH, _DOT, _SLASH, _UNDERSCORE, _ZERO = 32, 45, 46, 47, 95, 48
_MOST_DIGITS, _MOST_DECIMALS = 15, 12
_FIRST_YEAR, _LAST_YEAR = 1850, 2199
_INLINE = 12


def word(letters: str) -> int:
    """Return letters as one number, the first the highest byte: how compiled code knows qualifiers."""
    return int.from_bytes(letters.encode(), "big")


@inner
def is_digit(byte: Word) -> Word:
    """Tell whether a byte is a digit."""
    return 48 <= byte <= 57


@inner
def is_alphanumeric(byte: Word) -> Word:
    """Tell whether a byte is an ASCII letter or digit."""
    return 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122


@inner
def upper(byte: Word) -> Word:
    """Return a byte in upper case."""
    return byte - 32 if 97 <= byte <= 122 else byte


@inner
def stripped(raw: Word, start: Word, end: Word) -> Word:
    """Return a span without blanks around it."""
    while start < end and raw[start] == _BLANK:
        start += 1
    while end > start and raw[end - 1] == _BLANK:
        end -= 1
    return start, end


@inner
def code(raw: Word, start: Word, end: Word, longest: Word) -> Word:
    """Return the span of a code of letters and digits (values.code)."""
    start, end = stripped(raw, start, end)
    if end - start > longest:
        return start, start
    for at in range(start, end):
        if not is_alphanumeric(raw[at]):
            return start, start
    return start, end


@inner
def identifier(raw: Word, start: Word, end: Word, longest: Word) -> Word:
    """Return the span of an identifier (values.identifier)."""
    start, end = stripped(raw, start, end)
    if end - start > longest or start == end or not is_alphanumeric(raw[start]):
        return start, start
    for at in range(start, end):
        byte = raw[at]
        extra = byte in (_BLANK, _UNDERSCORE) or _DASH <= byte <= _SLASH
        if not (extra or is_alphanumeric(byte)):
            return start, start
    return start, end


@inner
def cents(raw: Word, start: Word, end: Word) -> Word:
    """Return an amount in dollars as cents (values.cents), or NO_AMOUNT."""
    at, end = stripped(raw, start, end)
    negative = at < end and raw[at] == _DASH
    at += negative
    whole = digits = fraction = decimals = 0
    while at < end and is_digit(raw[at]) and digits <= _MOST_DIGITS:
        whole = whole * 10 + (raw[at] - _ZERO)
        digits += 1
        at += 1
    if at < end and raw[at] == _DOT:
        at += 1
        while at < end and is_digit(raw[at]):
            digit = raw[at] - _ZERO
            decimals += 1
            at += 1
            if decimals == 1:
                fraction = digit * 10
            elif decimals == 2:
                fraction += digit
            elif digit != 0:
                return NO_AMOUNT
    if at != end or digits + decimals == 0 or digits > _MOST_DIGITS or decimals > _MOST_DECIMALS:
        return NO_AMOUNT
    amount = whole * 100 + fraction
    return -amount if negative else amount


@inner
def quantity(raw: Word, start: Word, end: Word) -> Word:
    """Return whether a decimal quantity can be read exactly, and the quantity (values.quantity).

    A number of at most 15 digits over a power of ten is rounded once, as Python's float does it.
    """
    at, end = stripped(raw, start, end)
    negative = at < end and raw[at] == _DASH
    at += negative
    whole = digits = decimals = 0
    scale = 1.0
    while at < end and is_digit(raw[at]) and digits <= _MOST_DIGITS:
        whole = whole * 10 + (raw[at] - _ZERO)
        digits += 1
        at += 1
    leading = digits
    if at < end and raw[at] == _DOT:
        at += 1
        while at < end and is_digit(raw[at]) and digits <= _MOST_DIGITS:
            whole = whole * 10 + (raw[at] - _ZERO)
            scale *= 10.0
            digits += 1
            decimals += 1
            at += 1
    if at != end or digits == 0 or digits > _MOST_DIGITS or decimals > _MOST_DECIMALS or leading + decimals == 0:
        return False, 0.0
    value = whole / scale
    return True, (-value if negative else value)


@inner
def day(raw: Word, start: Word, end: Word) -> Word:
    """Return CCYYMMDD as one number (values.day), 0 for anything else."""
    length = end - start
    if length not in (8, 12, 14):
        return 0
    number = 0
    for at in range(start, end):
        if not is_digit(raw[at]):
            return 0
        if at < start + 8:
            number = number * 10 + (raw[at] - _ZERO)
    year, month, of_month = number // 10000, number // 100 % 100, number % 100
    if not _FIRST_YEAR <= year <= _LAST_YEAR or not 1 <= month <= 12 or of_month < 1:
        return 0
    longest = 31
    if month in (4, 6, 9, 11):
        longest = 30
    elif month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        longest = 29 if leap else 28
    return number if of_month <= longest else 0


@inner
def period(raw: Word, start: Word, end: Word) -> Word:
    """Return first and last day of a period or a single date (values.period); zeros for anything else."""
    start, end = stripped(raw, start, end)
    dash = start
    while dash < end and raw[dash] != _DASH:
        dash += 1
    first = day(raw, start, dash)
    last = day(raw, dash + 1, end) if dash + 1 < end else first
    if first == 0 or last == 0:
        return 0, 0
    return first, last


@inner
def epoch_days(number: Word) -> Word:
    """Return the days from 1970-01-01 to CCYYMMDD (proleptic Gregorian calendar)."""
    year, month, of_month = number // 10000, number // 100 % 100, number % 100
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (9 if month <= 2 else -3)) + 2) // 5 + of_month - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@inner
def put_view(view: Word, raw: Word, start: Word, end: Word) -> None:
    """Write a text of fewer than 256 bytes as an Arrow view into buffer 0; the view must be zero before."""
    length = end - start
    view[0] = length
    if length <= _INLINE:
        for at in range(length):
            view[4 + at] = raw[start + at]
        return
    for at in range(4):
        view[4 + at] = raw[start + at]
        view[12 + at] = (start >> (8 * at)) & 255


@inner
def pair_at(raw: Word, start: Word, end: Word) -> Word:
    """Return a span of two bytes as one number, first byte highest; 0 for any other span."""
    return (np.int64(raw[start]) << 8 | np.int64(raw[start + 1])) if end - start == 2 else 0


@inner
def is_pair(raw: Word, start: Word, end: Word, first: Word, second: Word) -> Word:
    """Tell whether a span holds just these two bytes."""
    return end - start == 2 and raw[start] == first and raw[start + 1] == second


@inner
def is_triple(raw: Word, start: Word, end: Word, word: Word) -> Word:
    """Tell whether a span holds the three bytes of a number, first byte highest."""
    if end - start != 3:
        return False
    return (raw[start] << 16 | raw[start + 1] << 8 | raw[start + 2]) == word
