"""Memory of compiled code as Arrow columns: texts as views into a block, numbers, days."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def text_column(views: NDArray[np.uint8], data: pa.Buffer, *, is_nullable: bool) -> pa.Array:
    """Return texts: views of 16 bytes each into a buffer; an empty one is null where it may be.

    Args:
        views: By text and byte.
        data: The buffer that long texts lie in.
        is_nullable: Whether an empty text says that there is none.
    """
    valid = pa.py_buffer(np.packbits(views[:, 0] > 0, bitorder="little")) if is_nullable else None
    return pa.Array.from_buffers(pa.string_view(), len(views), [valid, pa.py_buffer(views), data])


def number_column(values: NDArray[np.int64] | NDArray[np.int32], mask: NDArray[np.bool_] | None) -> pa.Array:
    """Return numbers; the mask says which are missing."""
    return pa.array(values, mask=mask)


def day_column(values: NDArray[np.int64], mask: NDArray[np.bool_] | None) -> pa.Array:
    """Return days since 1970 as dates; the mask says which are missing."""
    return pa.array(values.astype(np.int32), mask=mask).cast(pa.date32())
