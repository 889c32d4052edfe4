"""List columns built from flat arrays: counts and values, without a group-by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from models.synthetic.world import Index


def listed(counts: Index, values: pl.Series) -> pl.Series:
    """Return lists: the next `counts` values each."""
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    flat = values.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    made = pl.from_arrow(pa.LargeListArray.from_arrays(pa.array(offsets), flat))
    assert isinstance(made, pl.Series)  # noqa: S101 - an array, no table
    return made.cast(pl.List(values.dtype))


def names_where(flags: Mapping[str, np.ndarray]) -> pl.Series:
    """Return for each row the names whose flag is set, in the order given."""
    table = np.stack([np.asarray(flag, dtype=bool) for flag in flags.values()], axis=1)
    _, column = np.nonzero(table)
    return listed(table.sum(axis=1), pl.Series(list(flags), dtype=pl.String).gather(column))


def amounts_where(amounts: Sequence[np.ndarray]) -> tuple[Index, Index, Index, np.ndarray]:
    """Return what is not zero of several columns, row by row.

    Returns:
        Counts by row, then row, column and amount of each.
    """
    table = np.stack(amounts, axis=1)
    row, column = np.nonzero(table)
    return (table != 0).sum(axis=1), row, column, table[row, column]
