"""Blocks and stretches of an 835: what compiled code has read of some bytes, and the part that stands together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processors.x12.compiled.remits import memory as m
from processors.x12.compiled.remits.loops import ALPHABET, read_loops, run_of
from processors.x12.compiled.segments import segments_of
from processors.x12.compiled.units import to_days
from processors.x12.delimiters import Delimiters
from processors.x12.frame import PlainStretch
from processors.x12.remits.frame import PaymentHeader


class PaymentBlock:
    """The CLP loops of one stretch of bytes that begins with CLP.

    Args:
        data: The bytes.
        base: Offset of the first in the file.
        marks: Separators of the interchange.

    Attributes:
        table: Its segments.
        memory: Its claim payments.
        end: Offset of the first CLP loop that is not among them.
    """

    def __init__(self, data: bytes, base: int, marks: Delimiters) -> None:
        self.data = data
        self.base = base
        self.component = marks.component
        self.table = segments_of(data, marks, ALPHABET)
        self.memory = memory = m.memory_for(self.table.letters, len(data))
        read_loops(self.table, memory)
        self.memory = memory._replace(scratch=memory.scratch[:0].copy())
        self.loops = loops = memory.loops[: memory.counts[m.UNITS_READ]]
        self._offsets = base + self.table.starts[loops[:, m.FIRST]]
        self.end = base + int(self.table.starts[loops[-1, m.END]]) if len(loops) else 0
        for field in range(m.SERVICE_FROM, len(m.NUMBERS)):
            to_days(memory.numbers[field])
        for field in (m.LINE_FROM, m.LINE_TO):
            to_days(memory.line_numbers[field])

    @property
    def row_bytes(self) -> m.Ints:
        """First byte of each claim payment in the data, and first byte after each."""
        return self.memory.numbers[m.BYTE_START : m.BYTE_END + 1]

    def run(self, start: int, *, crosses_groups: bool) -> tuple[int, int]:
        """Return first and end of the plain loops from an offset on that stand next to each other."""
        at = int(np.searchsorted(self._offsets, start))
        if at == len(self.loops) or self._offsets[at] != start:
            return at, at
        return at, int(run_of(self.loops, at, self.table.letters, int(crosses_groups)))


@dataclass(slots=True)
class PaymentStretch(PlainStretch):
    """CLP loops of a block that stand next to each other.

    Attributes:
        block: The block.
        first: The first of them.
        last: The loop behind them.
        header: What stands above them.
        summary_provider: TS301 of their LX group.
        ordinal: Number in the file of the claim payment before the first.
    """

    block: PaymentBlock
    first: int
    last: int
    header: PaymentHeader
    summary_provider: str
    ordinal: int

    @property
    def rows(self) -> tuple[int, int]:
        """First and end of its claim payments in the memory of the block."""
        first = int(self.block.loops[self.first, m.ROW])
        return first, first + self.claims

    @property
    def claims(self) -> int:
        """Number of claim payments."""
        return self.last - self.first

    @property
    def segments(self) -> int:
        """Number of segments, LX between them counted."""
        loops = self.block.loops
        return int(loops[self.last - 1, m.END] - loops[self.first, m.FIRST])

    @property
    def end(self) -> int:
        """First byte after it in the file."""
        block = self.block
        return block.base + int(block.table.ends[block.loops[self.last - 1, m.END] - 1]) + 1
