"""The modifiers that pricing reads, as bits of a number, and those that leave a line without a price."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.pricing.arrays import Bits, Integers, Mask
from processors.pricing.rate_table import Rates
from processors.pricing.status import CODE, PRICED

SPLITS = ("54", "55", "56", "78")
ASSISTANTS = ("80", "81", "82")
DIRECTED = ("QK", "QX", "QY")
PERFORMED = ("AA", "QZ")
ANESTHESIA = (*PERFORMED, *DIRECTED, "AD")
FILMS = ("FX", "FY", "CT")
SEPARATE_SESSION = ("59", "XE")

_READ = (
    *("26", "TC", "53", "50", "52", *SPLITS, "62", "66", "73", "74", *ASSISTANTS, "AS"),
    *(*ANESTHESIA, *FILMS, "RT", "LT", *SEPARATE_SESSION),
)
"""Every modifier that pricing reads; its place here is its bit."""

_BITS = {code: 1 << place for place, code in enumerate(_READ)}


def bits(*codes: str) -> int:
    """Return the number with the bits of these modifiers."""
    return sum(_BITS[code] for code in codes)


_UNREAD = len(_READ)
_PLACES = (
    pl.col("modifiers")
    .explode(empty_as_null=False, keep_nulls=False)
    .cast(pl.Enum(_READ), strict=False)
    .to_physical()
    .fill_null(_UNREAD)
)
_LENGTHS = pl.col("modifiers").list.len().fill_null(0)


def modifier_bits(lines: pl.DataFrame) -> Bits:
    """Return the modifiers that pricing reads, a bit each, for every line.

    Args:
        lines: `modifiers`, a list a line.
    """
    carried = np.zeros(lines.height, dtype=np.int64)
    place = lines.select(_PLACES).to_series().to_numpy()
    read = np.flatnonzero(place != _UNREAD)
    if len(read):
        ends = lines.select(_LENGTHS).to_series().to_numpy().cumsum()
        bit = np.left_shift(1, place[read].astype(np.int64))
        np.bitwise_or.at(carried, np.searchsorted(ends, read, side="right"), bit)
    return carried


_TOUCHING = bits(*(code for code in _READ if code not in ("26", "TC", "RT", "LT", *SEPARATE_SESSION)))
_ONE_OF_EACH = (("26", "TC"), SPLITS, ("52", "53"), ("62", "66", *ASSISTANTS), ("62", "66", "AS"), FILMS, ANESTHESIA)
"""Of each of these a line can carry one."""


def refusals(carried: Bits, rate: Integers, anesthesia: Mask, rates: Rates) -> tuple[Integers, Integers]:
    """Return the lines that their modifiers leave without a price, and the number of the status of each.

    Args:
        carried: Modifiers of every line.
        rate: Row of the fee schedule of every line.
        anesthesia: Lines of anesthesia codes.
        rates: The fee schedule.
    """
    at = np.flatnonzero((carried & (_TOUCHING | bits("26", "TC")) != 0) | anesthesia)
    if not len(at):
        return at, at
    of_line, row, given = carried[at], rate[at], anesthesia[at]
    status = np.full(len(at), PRICED, dtype=np.int64)
    for holds, name in (*_of_anesthesia(of_line, given), *_of_codes(of_line, row, given, rates), *_conflicts(of_line)):
        status[holds & (status == PRICED)] = CODE[name]
    refused = status != PRICED
    return at[refused], status[refused]


def _of_anesthesia(carried: Bits, anesthesia: Mask) -> list[tuple[Mask, str]]:
    """Return the lines refused because anesthesia modifiers and anesthesia codes belong together."""
    has = (carried & bits(*ANESTHESIA)) != 0
    other = (carried & (_TOUCHING & ~bits(*ANESTHESIA))) != 0
    return [
        (anesthesia & ~has, "anesthesia_modifier_missing"),
        ((anesthesia & other) | (~anesthesia & has), "modifier_not_applicable"),
    ]


def _of_codes(carried: Bits, rate: Integers, anesthesia: Mask, rates: Rates) -> list[tuple[Mask, str]]:
    """Return the lines refused because an indicator of their code does not allow the modifier."""

    def carries(*codes: str) -> Mask:
        found: Mask = (carried & bits(*codes)) != 0
        return found

    package = rates.pre_op_e4[rate] + rates.intra_op_e4[rate] + rates.post_op_e4[rate]
    assistant, co_surgeon, team = rates.assistant[rate], rates.co_surgeon[rate], rates.team[rate]
    helps = carries(*ASSISTANTS, "AS")
    impossible = (
        carries("73", "74")
        | (carries("50") & (rates.bilateral[rate] > 3))
        | (carries("54", "56") & (package == 0))
        | (carries("55") & (rates.post_op_e4[rate] == 0))
        | (carries("62") & (co_surgeon > 2))
        | (carries("66") & ((team == 0) | (team > 2)))
        | (helps & (assistant > 2))
        | (carries(*FILMS) & ~(rates.technical[rate] | (rates.technical_row[rate] >= 0)))
    )
    return [
        (impossible & ~anesthesia, "modifier_not_applicable"),
        (helps & (assistant == 1), "assistant_not_paid"),
        (carries("62") & (co_surgeon == 0), "cosurgeon_not_paid"),
        (carries("66"), "by_report"),
    ]


def _conflicts(carried: Bits) -> list[tuple[Mask, str]]:
    """Return the lines that carry two modifiers of which a line can carry one."""
    found = np.zeros(len(carried), dtype=bool)
    for codes in _ONE_OF_EACH:
        several = carried & bits(*codes)
        found |= (several & (several - 1)) != 0
    return [(found, "modifier_conflict")]
