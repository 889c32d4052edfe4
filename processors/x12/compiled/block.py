"""Blocks and stretches: what compiled code has read of some bytes, and the part of it that stands together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from processors.x12.compiled import memory as m
from processors.x12.compiled.segments import segments_of
from processors.x12.compiled.units import count_up, read_units, run_of, to_days
from processors.x12.delimiters import Delimiters
from processors.x12.frame import PlainStretch
from processors.x12.guides import ClaimType
from processors.x12.hierarchy import Level

SERVICES: frozenset[ClaimType] = frozenset({"professional", "institutional"})
"""Claim types that are read so; dental claims are read segment by segment."""


class Block:
    """The HL levels of one stretch of bytes that begins with HL.

    Args:
        data: The bytes.
        base: Offset of the first in the file.
        marks: Separators of the interchange.
        claim_type: Type of its claims.

    Attributes:
        table: Its segments.
        memory: Its claims.
        end: Offset of the first HL that is not among the levels.
    """

    def __init__(self, data: bytes, base: int, marks: Delimiters, claim_type: ClaimType) -> None:
        self.data = data
        self.base = base
        self.claim_type = claim_type
        self.component = marks.component
        self._element = marks.element
        self.table = segments_of(data, marks)
        self.memory = memory = m.memory_for(self.table.letters, len(data))
        read_units(self.table, memory, is_institutional=claim_type == "institutional")
        self.memory = memory._replace(scratch=memory.scratch[:, :0].copy())
        self.levels = memory.levels[: memory.counts[m.UNITS]]
        self._offsets = base + self.table.starts[self.levels[:, m.FIRST]]
        self.end = base + int(self.table.starts[self.levels[-1, m.END]]) if len(self.levels) else 0
        for field in range(m.SERVICE_FROM, len(m.NUMBERS)):
            to_days(memory.numbers[field])
        for field in (m.LINE_FROM, m.LINE_TO):
            to_days(memory.line_numbers[field])
        for field in (2 * m.PROCEDURES, 2 * m.OCCURRENCES, 2 * m.OCCURRENCES + 1):
            to_days(memory.item_days[field])

    @property
    def row_bytes(self) -> m.Ints:
        """First byte of each claim in the data, and first byte after each."""
        return self.memory.numbers[m.BYTE_START : m.BYTE_END + 1]

    def row(self, segment: int) -> list[str]:
        """Return the elements of a segment."""
        raw = self.data[self.table.starts[segment] : self.table.ends[segment]]
        return raw.decode("ascii").split(self._element)

    def run(self, start: int, parent: str) -> tuple[int, int]:
        """Return first and end of the plain levels from an offset on that belong to one billing provider."""
        levels = self.levels
        at = int(np.searchsorted(self._offsets, start))
        if at == len(levels) or self._offsets[at] != start:
            return at, at
        name = np.frombuffer(parent.encode(), dtype=np.uint8)
        return at, int(run_of(levels, at, len(levels), self.table.raw, name))


@dataclass(slots=True)
class Stretch(PlainStretch):
    """Levels of a block that stand next to each other, under one billing provider.

    Attributes:
        block: The block.
        first: The first of them, a subscriber.
        last: The level behind them.
        level: Level of the billing provider.
        ordinal: Number in the file of the claim before its first.
    """

    block: Block
    first: int
    last: int
    level: Level
    ordinal: int

    @property
    def rows(self) -> tuple[int, int]:
        """First and end of its claims in the memory of the block."""
        levels = self.block.levels
        return int(levels[self.first, m.CLAIM]), int(levels[self.last - 1, m.CLAIM_END])

    @property
    def claims(self) -> int:
        """Number of claims."""
        first, end = self.rows
        return end - first

    @property
    def segments(self) -> int:
        """Number of segments."""
        levels = self.block.levels
        return int(levels[self.last - 1, m.END] - levels[self.first, m.FIRST])

    @property
    def end(self) -> int:
        """First byte after it in the file."""
        block = self.block
        return block.base + int(block.table.ends[block.levels[self.last - 1, m.END] - 1]) + 1

    @property
    def counted(self) -> int:
        """Its first HL01 where they count up from it one by one; else 0."""
        return int(count_up(self.block.levels, self.first, self.last))

    def numbers(self) -> Sequence[str]:
        """Return every HL01."""
        if first := self.counted:
            return _Counted(range(first, first + self.last - self.first))
        return [self.block.row(at)[1] for at in self.block.levels[self.first : self.last, m.FIRST]]

    def open_levels(self) -> list[list[list[str]]]:
        """Return the segments of the last subscriber, and of the last patient where one follows."""
        block = self.block
        levels = block.levels[self.first : self.last]
        last = int(np.flatnonzero(levels[:, m.IS_PATIENT] == 0)[-1])
        wanted = sorted({last, len(levels) - 1})
        return [[block.row(at) for at in range(levels[one, m.FIRST], levels[one, m.LEVEL_END])] for one in wanted]


class _Counted(Sequence[str]):
    """Numbers that count up, as texts."""

    def __init__(self, numbers: range) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, at: int) -> str:  # type: ignore[override]  # slices are not asked for
        return str(self._numbers[at])
