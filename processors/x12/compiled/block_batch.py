"""What claim batches and remit batches have in common: rows of a block, and what names each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from processors.x12.results import EventBatch
from schemas.contracts import Contract


class RowBlock(Protocol):
    """Some bytes of a file that compiled code has read into rows: claims, or claim payments.

    Attributes:
        data: The bytes.
        base: Offset of the first in the file.
    """

    data: bytes
    base: int

    @property
    def row_bytes(self) -> NDArray[np.int64]:
        """First byte of each row in the data, and first byte after each: two lines of numbers."""


@dataclass(frozen=True, slots=True)
class RowNames:
    """What names each row of a batch: columns of its contract.

    Attributes:
        digests: SHA-256 (hex) of the bytes of each.
        event_ids: Ids of the events.
        control_tokens: Tokens of the patient control numbers.
        sealed: Sealed fields.
    """

    digests: Sequence[str]
    event_ids: Sequence[str]
    control_tokens: Sequence[str]
    sealed: Sequence[bytes]

    def part(self, begin: int, end: int) -> Self:
        """Return those of the rows from one position to another."""
        return type(self)(*(getattr(self, field.name)[begin:end] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class BlockBatch(EventBatch):
    """Rows that stand next to each other in a file; nothing is wrong with any of them.

    Attributes:
        block: Where they were read.
        first: The first of them among the rows of the block.
        end: The row behind the last.
        shared: Fields that are the same in all of them.
        names: What names each of them.
        ordinal: Number of the first in the file.
        contract: Contract of their events.
    """

    block: RowBlock
    first: int
    end: int
    shared: dict[str, Any]
    names: RowNames
    ordinal: int

    contract: ClassVar[Contract]

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def byte_start(self) -> int:
        """First byte of the first row in the file."""
        return self.block.base + int(self.block.row_bytes[0, self.first])

    @property
    def byte_end(self) -> int:
        """First byte after the last row."""
        return self.block.base + int(self.block.row_bytes[1, self.end - 1])

    @property
    def key_tokens(self) -> Sequence[str]:
        """What tells the message keys of one tenant apart."""
        raise NotImplementedError

    @property
    def keys(self) -> list[str]:
        """Message keys."""
        tenant = self.shared["tenant_id"]
        return [f"{tenant}|{token}" for token in self.key_tokens]

    def part(self, begin: int, end: int) -> Self:
        """Return the rows from one position to another."""
        return replace(
            self,
            first=self.first + begin,
            end=self.first + end,
            names=self.names.part(begin, end),
            ordinal=self.ordinal + begin,
        )
