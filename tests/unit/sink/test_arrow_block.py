"""A block of the Arrow format is the rows again, and needs no more memory than it has bytes."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sink.arrow_block import arrow_block

ROWS = pa.table({
    "claim_id": pa.array([f"claim-{number:07}" for number in range(50_000)], pa.large_utf8()),
    "charge_cents": pa.array(range(50_000), pa.int64()),
    "payer_id": pa.array([None, "60054"] * 25_000),
})  # fmt: skip


@pytest.mark.parametrize("codec", [None, "lz4", "zstd"])
@pytest.mark.parametrize("rows", [ROWS, ROWS.slice(7, 3), ROWS.slice(0, 0), pa.concat_tables([ROWS, ROWS.slice(1, 1)])])
def test_a_block_is_the_rows_again(rows: pa.Table, codec: str | None) -> None:
    assert pa.ipc.open_file(arrow_block(rows, codec)).read_all() == rows


def test_codecs_compress() -> None:
    assert len(arrow_block(ROWS, "zstd")) < len(arrow_block(ROWS, "lz4")) < len(arrow_block(ROWS)) / 2


def test_memory_does_not_grow_while_a_block_is_written() -> None:
    pool = pa.proxy_memory_pool(pa.default_memory_pool())
    before = pa.default_memory_pool()
    pa.set_memory_pool(pool)
    try:
        size = len(arrow_block(ROWS))
    finally:
        pa.set_memory_pool(before)
    assert size <= pool.max_memory() < 1.1 * size
