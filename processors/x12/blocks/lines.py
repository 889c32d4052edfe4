"""Service lines of plain claims, all lines of a block at once: one list a field, and the lines that are not plain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from processors.x12.blocks.table import SegmentTable
from processors.x12.line_segments import pointer_numbers, procedure_parts
from processors.x12.values import cents, code, period, quantity

_YES_NO = {"Y": True, "N": False}
_NUMBERS = tuple(str(number) for number in range(1000))
_SIZES = {"1": 4, "2": 5}
"""Pieces a service segment is cut into by its letter: the id, what is read alone, and the rest."""


@dataclass(slots=True)
class PlainLines:
    """The lines of a block.

    Attributes:
        numbers: Line number in the claim.
        columns: Values by field of the contract; fields that are the same on every line are left out.
        kept: Line and text of each segment that is kept, in order.
        odd: Lines that the slow reader has to read.
    """

    numbers: list[int]
    columns: dict[str, list[Any]] = field(default_factory=dict)
    kept: list[tuple[int, str]] = field(default_factory=list)
    odd: set[int] = field(default_factory=set)


def read_lines(
    table: SegmentTable, heads: Sequence[int], numbers: list[int], marks: tuple[str, str], kind: str
) -> PlainLines:
    """Read the lines whose LX segments are given.

    Args:
        table: The segments.
        heads: Segments that are LX, in order; the service segment follows each.
        numbers: Number of each line in its claim.
        marks: Element and component separator.
        kind: Letter of the service segments: 1 for SV1, 2 for SV2. Lines of the other kind are odd.
    """
    text, starts, ends, letters = table.text, table.starts, table.ends, table.letters
    lines = PlainLines(numbers)
    # LX01 must be the number of the line: what else it says, the slow reader tells.
    given = [text[starts[at] + 3 : ends[at]] for at in heads]
    lines.odd.update(line for line, pair in enumerate(zip(given, numbers, strict=True)) if pair[0] != _NUMBERS[pair[1]])
    # Qualifier, code and modifiers, the charge, and what follows: each of them repeats from claim to claim.
    size = _SIZES[kind]
    rows = [text[starts[at + 1] : ends[at + 1]].split(marks[0], size - 1) for at in heads]
    for line, head in enumerate(heads):
        if letters[head + 1] != kind or len(rows[line]) != size:
            lines.odd.add(line)
            rows[line] = [""] * size
    _read_services(lines, list(zip(*rows, strict=True)), marks, kind)
    return lines


def _read_services(lines: PlainLines, e: list[tuple[str, ...]], marks: tuple[str, str], kind: str) -> None:
    element, component = marks
    columns = lines.columns
    at, read_rest = (1, _professional) if kind == "1" else (2, _institutional)
    procedures = [_procedure(text, component) for text in e[at]]
    charges = [cents(text) for text in e[at + 1]]
    rests = [read_rest(text, element, component) for text in e[at + 2]]
    for found in (procedures, charges, rests):
        if None in found:
            lines.odd.update(line for line, value in enumerate(found) if value is None)
    columns["charge_cents"] = charges
    names = ("procedure_qualifier", "procedure_code", "modifiers")
    columns.update(zip(names, map(list, zip(*[one or _ODD_PROCEDURE for one in procedures], strict=True)), strict=True))
    fields = _PROFESSIONAL if kind == "1" else _INSTITUTIONAL
    odd = (None,) * len(fields)
    columns.update(zip(fields, map(list, zip(*[one or odd for one in rests], strict=True)), strict=True))
    if kind == "2":
        columns["revenue_code"] = [_revenue_code(text) for text in e[1]]


_PROFESSIONAL: tuple[str, ...] = ("unit_basis", "units", "place_of_service", "diagnosis_pointers", "emergency")
_INSTITUTIONAL: tuple[str, ...] = ("unit_basis", "units", "noncovered_cents")
_ODD_PROCEDURE: tuple[str | None, str | None, list[str]] = (None, None, [])


@lru_cache(maxsize=8192)
def _procedure(text: str, component: str) -> tuple[str | None, str | None, list[str]] | None:
    """Return qualifier, code and modifiers; null when something else is said or something is wrong."""
    if not text:
        return None, None, []
    qualifier, found, modifiers, description, is_odd = procedure_parts(text, component)
    return None if found is None or is_odd or description else (qualifier, found, modifiers)


@lru_cache(maxsize=8192)
def _professional(rest: str, element: str, component: str) -> tuple[Any, ...] | None:
    """Return what SV103 and the elements behind it say; null when one has no field or something is wrong."""
    e = ["", "", "", *rest.split(element), *[""] * 7]
    units = quantity(e[4]) if e[4] else 1.0
    pointers, is_odd = pointer_numbers(e[7], component) if e[7] else ([], False)
    if units is None or is_odd or e[6] or e[8] or any(e[10:]):
        return None
    return code(e[3], 2) or "UN", units, code(e[5], 2), pointers, _YES_NO.get(e[9])


@lru_cache(maxsize=8192)
def _institutional(rest: str, element: str, component: str) -> tuple[Any, ...] | None:
    """Return what SV204 and the elements behind it say; null when one has no field or something is wrong."""
    del component
    e = ["", "", "", "", *rest.split(element), *[""] * 4]
    units = quantity(e[5]) if e[5] else 1.0
    if units is None or e[6] or any(e[8:]):
        return None
    return code(e[4], 2) or "UN", units, cents(e[7]) if e[7] else None


@lru_cache(maxsize=2048)
def _revenue_code(text: str) -> str | None:
    found = code(text, 4)
    return found.zfill(4) if found else None


def read_details(
    lines: PlainLines, table: SegmentTable, details: Sequence[int], owners: Sequence[int], marks: tuple[str, str]
) -> None:
    """Read what follows the service segments: dates of service, and segments that are kept.

    Args:
        lines: The lines; receives dates, kept segments and odd lines.
        table: The segments.
        details: Segments behind the service segments, in order.
        owners: Line that each belongs to.
        marks: Element and component separator.
    """
    text, starts, ends, letters = table.text, table.starts, table.ends, table.letters
    element, component = marks
    authorization = f"REF{element}G1"
    firsts: list[Any] = [None] * len(lines.numbers)
    lasts: list[Any] = [None] * len(lines.numbers)
    kept = lines.kept
    for at, line in zip(details, owners, strict=True):
        segment = text[starts[at] : ends[at]]
        dates = _service_dates(segment, element) if letters[at] == "d" else None
        if dates is not None:
            firsts[line], lasts[line] = dates
            if dates[0] is None:
                lines.odd.add(line)
        elif component in segment or segment[-1] == element or segment.startswith(authorization):
            lines.odd.add(line)
        else:
            kept.append((line, segment))
    lines.columns["service_from"], lines.columns["service_to"] = firsts, lasts


@lru_cache(maxsize=8192)
def _service_dates(segment: str, element: str) -> tuple[date | None, date | None] | None:
    """Return the dates of a DTP 472, nulls where it has none; null for another DTP."""
    row = segment.split(element)
    if len(row) < 2 or row[1] != "472":
        return None
    return period(row[3]) if len(row) > 3 else (None, None)
