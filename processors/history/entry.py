"""The packed entry: what is remembered of one service line, as a fixed number of bytes.

A value of the history store is nothing but entries one after the other, oldest claim first. The layout is
versioned by its first byte; bits and codes never change their meaning, new ones are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntFlag

import numpy as np

Array = np.ndarray[tuple[int], np.dtype[np.generic]]
Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Entries = np.ndarray[tuple[int], np.dtype[np.void]]

FORMAT = 1
"""Version of the layout, first byte of every entry."""

NEVER = np.iinfo(np.int64).max
"""Place at which an entry is superseded that nothing superseded."""

NO_GLOBAL = 255
"""Global days of a procedure without a global period."""

GENERATION_BITS = 48
"""A place in the stream is the generation of the topic times 2^48, plus the offset: one integer to compare."""

CLAIM_ID_BYTES = 32
"""Longer claim ids are cut in what messages show; nothing is compared by them."""


class Kind(IntFlag):
    """What a remembered line is; CARRIED is a surgery kept once more with a quarter that its global period reaches."""

    PROFESSIONAL = 1
    INSTITUTIONAL = 2
    DENTAL = 4
    FACE_TO_FACE = 8
    OFFICE_VISIT = 16
    VOID = 32
    CARRIED = 64


ENTRY = np.dtype(
    [
        ("format", "u1"),
        ("kind", "u1"),
        ("global_days", "u1"),  # of a surgery: 0, 10 or 90; NO_GLOBAL for everything else
        ("reserved", "u1"),
        ("day", "<i4"),  # service date, days since 1970-01-01
        ("units_e3", "<i8"),  # thousandths of a unit
        ("place", "<i8"),  # generation and offset of the claim on claims.submitted
        ("superseded_at", "<i8"),  # place of the replacement or void, NEVER without one
        ("event", "<u8"),  # hash of the event id
        ("chain", "<u8"),  # hash of control number, billing provider and account: what a replacement replaces
        ("fingerprint", "<u8"),  # hash of everything an exact duplicate repeats
        ("account", "<u8"),  # hash of payer and payer sequence
        ("group", "<u8"),  # billing NPI
        ("provider", "<u8"),  # rendering NPI, else the billing NPI
        ("specialty", "<u8"),  # hash of the taxonomy
        ("code", "S8"),  # procedure code, else R and the revenue code
        ("detail", "<u8"),  # distinguishing modifiers, one bit each; of dental lines teeth and surfaces
        ("claim_id", f"S{CLAIM_ID_BYTES}"),
    ]
)
"""Layout of an entry; little-endian, packed."""


def picked(entries: Entries, which: Integers | Flags) -> Entries:
    """Return entries at positions, or where a condition holds; indexing them plainly costs twenty times more."""
    found: Entries = entries.take(np.flatnonzero(which) if which.dtype == np.bool_ else which)
    return found


def joined(*parts: Entries) -> Entries:
    """Return entries one after the other, copied as words: field by field costs eight times more."""
    words = [np.ascontiguousarray(entries).view("<u8") for entries in parts]
    together: Entries = np.concatenate(words).view(ENTRY)
    return together


def pack(entries: Entries) -> bytes:
    """Return entries as the bytes of a value."""
    return entries.tobytes()


def unpack(values: Sequence[bytes | None]) -> tuple[Entries, Integers]:
    """Return the entries of all values one after the other, and for each the number of its value.

    Raises:
        ValueError: A value was written in another layout.
    """
    places = [place for place, value in enumerate(values) if value]  # most keys of new patients have none
    found = [value for value in values if value]
    sizes = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
    if (sizes % ENTRY.itemsize).any():
        msg = "a value of the history is no sequence of entries"
        raise ValueError(msg)
    entries = np.frombuffer(b"".join(found), dtype=ENTRY)
    if (entries["format"] != FORMAT).any():
        msg = "a value of the history was written in another layout"
        raise ValueError(msg)
    return entries, np.repeat(np.array(places, dtype=np.int64), sizes // ENTRY.itemsize)
