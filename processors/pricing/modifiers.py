"""The modifiers that pricing reads, as bits of a number, and those that leave a line without a price."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

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
FOR_DENIAL = ("GX", "GY", "GZ")
"""What the provider itself says Medicare will not pay: not covered, or not necessary."""
SOCIAL_WORKER = "AJ"

_READ = (
    *("26", "TC", "53", "50", "52", *SPLITS, "62", "66", "73", "74", *ASSISTANTS, "AS"),
    *(*ANESTHESIA, *FILMS, "RT", "LT", *SEPARATE_SESSION, *FOR_DENIAL, SOCIAL_WORKER),
)
"""Every modifier that pricing reads; its place here is its bit."""

_BITS = {code: 1 << place for place, code in enumerate(_READ)}


@cache
def bits(*codes: str) -> int:
    """Return the number with the bits of these modifiers."""
    return sum(_BITS[code] for code in codes)


UNKNOWN = 1 << len(_READ)
"""The bit of a modifier that is not published."""


def known_modifiers(published: Sequence[str]) -> pa.Array:
    """Return the modifiers that are no surprise: those that pricing reads, none, then the other published ones."""
    return pa.array([*_READ, "", *sorted(set(published) - set(_READ))], type=pa.large_string())


def modifier_bits(modifiers: pl.Series, known: pa.Array) -> Bits:
    """Return the modifiers that pricing reads, a bit each, for every line; UNKNOWN for what is not published.

    Args:
        modifiers: A list a line.
        known: Of `known_modifiers`. Where none are published beside those that pricing reads, none is unknown.
    """
    carried = np.zeros(len(modifiers), dtype=np.int64)
    # Arrow's look-up needs no query, which would cost several times as much on a small batch.
    lists = modifiers.to_arrow()
    offsets = lists.offsets.to_numpy()
    values = lists.values[offsets[0] : offsets[-1]]
    if not len(values):
        return carried
    place = pc.fill_null(pc.index_in(values, value_set=known), len(known)).to_numpy()
    is_unknown = (place == len(known)) & (len(known) > len(_READ) + 1)
    at = np.flatnonzero((place < len(_READ)) | is_unknown)
    if len(at):
        bit = np.left_shift(1, np.minimum(place[at], len(_READ)).astype(np.int64))
        np.bitwise_or.at(carried, np.searchsorted(offsets - offsets[0], at, side="right") - 1, bit)
    return carried


_NO_SHARE = ("26", "TC", "RT", "LT", *SEPARATE_SESSION, *FOR_DENIAL, SOCIAL_WORKER)
_TOUCHING = bits(*(code for code in _READ if code not in _NO_SHARE))
_CHECKED = _TOUCHING | bits("26", "TC", *FOR_DENIAL) | UNKNOWN
_EXCLUSIVE = (("26", "TC"), SPLITS, ("52", "53"), ("62", "66", *ASSISTANTS), ("62", "66", "AS"), FILMS, ANESTHESIA)
_ONE_OF_EACH = tuple(bits(*codes) for codes in _EXCLUSIVE)
"""Of each of these a line can carry one."""


def refusals(carried: Bits, rate: Integers, anesthesia: Mask, rates: Rates) -> tuple[Integers, Integers]:
    """Return the lines that their modifiers leave without a price, and the number of the status of each.

    Args:
        carried: Modifiers of every line.
        rate: Row of the fee schedule of every line.
        anesthesia: Lines of anesthesia codes.
        rates: The fee schedule.
    """
    at = np.flatnonzero(((carried & _CHECKED) != 0) | anesthesia)
    if not len(at):
        return at, at
    of_line, row, given = carried[at], rate[at], anesthesia[at]
    status = np.full(len(at), PRICED, dtype=np.int64)
    checks = (
        *_of_all(of_line),
        *_of_anesthesia(of_line, given),
        *_of_codes(of_line, row, given, rates),
        *_conflicts(of_line),
    )
    for holds, name in checks:
        status[holds & (status == PRICED)] = CODE[name]
    refused = status != PRICED
    return at[refused], status[refused]


def _of_all(carried: Bits) -> list[tuple[Mask, str]]:
    """Return the lines refused whatever their code: billed to be denied, or with a modifier that nobody published."""
    return [
        ((carried & bits(*FOR_DENIAL)) != 0, "billed_for_denial"),
        ((carried & UNKNOWN) != 0, "unknown_modifier"),
    ]


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
    for exclusive in _ONE_OF_EACH:
        several = carried & exclusive
        found |= (several & (several - 1)) != 0
    return [(found, "modifier_conflict")]
