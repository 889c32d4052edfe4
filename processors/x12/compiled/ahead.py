"""Looking ahead of the other reader: the block that holds a place of the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from processors.x12.compiled.segments import plain_marks
from processors.x12.delimiters import Delimiters
from processors.x12.tokenizer import Tokenizer

SMALLEST_BYTES = 1 << 16
LARGEST_BYTES = 1 << 18


class Read(Protocol):
    """Some bytes of a file that compiled code has read.

    Attributes:
        base: Offset of the first in the file.
        end: Offset of what was not read for certain.
        component: Component separator it was read with.
    """

    base: int
    end: int
    component: str


AnyBlock = TypeVar("AnyBlock", bound=Read)


class Ahead(Generic[AnyBlock]):
    """Reads blocks of a file ahead of the tokenizer.

    Args:
        tokens: Gives the bytes.
        read: Reads bytes that begin at an offset of the file, with the separators of the interchange.

    Attributes:
        block: The block that was read last; null where it can be of no use any more.
    """

    def __init__(self, tokens: Tokenizer, read: Callable[[bytes, int, Delimiters], AnyBlock]) -> None:
        self._tokens = tokens
        self._read = read
        self._size = SMALLEST_BYTES
        self.block: AnyBlock | None = None

    def forget(self) -> None:
        """Drop the block."""
        self.block = None

    def block_at(self, start: int, component: str) -> AnyBlock | None:
        """Return the block that holds a place, reading ahead where none does; null where that cannot be done.

        Args:
            start: Offset of a segment that was handed out last.
            component: Component separator in use.
        """
        block, marks = self.block, self._tokens.delimiters
        if block is not None and block.base <= start < block.end and block.component == component:
            return block
        if marks is None or marks.component != component or not plain_marks(marks):
            return None
        data = self._tokens.ahead(start, self._size)
        self.block = block = self._read(data, start, marks)
        self._size = min(self._size * 2, LARGEST_BYTES) if len(data) >= self._size else SMALLEST_BYTES
        return block
