"""Claim batches: many claims of one file as columns of claims.submitted, or one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from processors.x12.draft import HEAD_DEFAULTS, LINE_DEFAULTS, LINE_LISTS, Event, SparseEvent
from processors.x12.results import ParsedClaim


@dataclass(slots=True)
class ClaimBatch:
    """Claims that stand next to each other in a file; nothing is wrong with any of them.

    Attributes:
        heads: Fields of claims.submitted, one mapping a claim, without their lines and those of `shared`.
        shared: Fields that are the same in all claims.
        line_ends: Where the lines of each claim end in the columns of lines.
        first_line: Where the lines of the first claim begin there.
        lines: Values by field of a line; a field that is not here has its default on every line.
        unmapped: Ids of the segments the contract has no field for, by claim.
        ordinal: Number of the first claim in the file.
        controls: ISA13, GS06 and ST02.
    """

    heads: list[SparseEvent]
    shared: Event
    line_ends: list[int]
    first_line: int
    lines: dict[str, list[Any]]
    unmapped: list[tuple[str, ...]]
    ordinal: int
    controls: tuple[str, str, str]

    def __len__(self) -> int:
        return len(self.heads)

    @property
    def byte_end(self) -> int:
        """First byte after the last claim."""
        return int(self.heads[-1]["source_byte_end"])

    @property
    def keys(self) -> list[str]:
        """Message keys of claims.submitted."""
        tenant = self.shared["tenant_id"]
        return [f"{tenant}|{head['patient_token']}" for head in self.heads]

    def part(self, begin: int, end: int) -> ClaimBatch:
        """Return the claims from one position to another."""
        first = self.line_ends[begin - 1] if begin else self.first_line
        return ClaimBatch(self.heads[begin:end], self.shared, self.line_ends[begin:end], first, self.lines,
            self.unmapped[begin:end], self.ordinal + begin, self.controls)  # fmt: skip

    def head_columns(self, names: Iterable[str]) -> dict[str, list[Any]]:
        """Return these fields of the claims as columns, every default filled in."""
        given: set[str] = set().union(*self.heads)
        size, heads = len(self.heads), self.heads
        return {
            name: [head.get(name, default) for head in heads]
            if name in given
            else [self.shared.get(name, default)] * size
            for name in names
            for default in (HEAD_DEFAULTS.get(name),)
        }

    def line_columns(self) -> tuple[list[int], dict[str, list[Any]]]:
        """Return where the lines of each claim end, from 0, and the columns of these lines, every default filled in."""
        first, last = self.first_line, self.line_ends[-1] if self.line_ends else self.first_line
        size = last - first
        columns = {name: [value] * size for name, value in LINE_DEFAULTS.items() if value is not None}
        columns |= {name: column[first:last] for name, column in self.lines.items()}
        return [end - first for end in self.line_ends], columns

    def claims(self) -> Iterator[ParsedClaim]:
        """Yield the claims one by one."""
        first = self.first_line
        for at, (head, end) in enumerate(zip(self.heads, self.line_ends, strict=True)):
            event = {**head.whole(), **self.shared, "lines": [self._line(line) for line in range(first, end)]}
            yield ParsedClaim(event, self.ordinal + at, head["source_byte_start"], head["source_byte_end"],
                *self.controls, self.unmapped[at])  # fmt: skip
            first = end

    def _line(self, line: int) -> Event:
        found = {**LINE_DEFAULTS, **{name: [] for name in LINE_LISTS}}
        for name, column in self.lines.items():
            value = column[line]
            found[name] = value.copy() if isinstance(value, list) else value
        return found
