"""Where single values lie in Arrow's columnar format, for compiled code: bits of bitmaps, texts of columns of views.

Layout: the Arrow specification, "Variable-size Binary View Layout".
"""

from __future__ import annotations

import numpy as np

from schemas.compiled import Word, bytes_at, inlined, int32_at, int64_at

INLINE_BYTES = 12
"""Longest text that lies in its view itself; behind a longer one are the number of its buffer and its place there."""

VIEW_BYTES = 16


@inlined
def bit_at(address: Word, index: Word) -> Word:
    """Return one bit of a bitmap."""
    return (bytes_at(address)[index >> 3] >> (index & 7)) & 1


@inlined
def text_of_view(view: Word, buffers: Word) -> tuple[Word, Word]:
    """Return address and length of a text.

    Args:
        view: Address of its view.
        buffers: Address of the addresses of the buffers of long texts.
    """
    length = np.int64(int32_at(view)[0])
    if length <= INLINE_BYTES:
        return view + 4, length
    return int64_at(buffers)[np.int64(int32_at(view)[2])] + np.int64(int32_at(view)[3]), length
