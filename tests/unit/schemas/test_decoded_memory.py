"""Memory of decoded frames: alive as long as somebody looks at it, and no longer."""

from __future__ import annotations

import gc
import subprocess
import sys

import polars as pl

from schemas.codec import ColumnarDecoder, ColumnarEncoder
from schemas.codec.dtypes import frame_schema
from schemas.codec.filling import in_use
from schemas.contracts import WORKQUEUE_ITEM
from schemas.registry import CheckedInIds
from tests.unit.schemas.test_codec import item

IDS = CheckedInIds()
ROWS = 500


def messages() -> list[bytes | None]:
    rows = [item(n) | {"top_reason": f"a reason that is longer than a view holds, number {n}"} for n in range(ROWS)]
    return [
        *ColumnarEncoder(WORKQUEUE_ITEM, IDS).encode(pl.DataFrame(rows, schema=frame_schema(WORKQUEUE_ITEM.schema)))
    ]


def test_a_column_outlives_its_decoder_its_frame_and_later_batches() -> None:
    decoder = ColumnarDecoder(WORKQUEUE_ITEM, IDS)
    column = decoder.decode(messages()).frame["top_reason"][100:200]
    for _ in range(20):
        decoder.decode(messages())
    del decoder
    gc.collect()
    assert column.to_list() == [f"a reason that is longer than a view holds, number {n}" for n in range(100, 200)]


def test_memory_that_nobody_looks_at_is_let_go_of() -> None:
    decoder = ColumnarDecoder(WORKQUEUE_ITEM, IDS)
    kept = [decoder.decode(messages()).frame for _ in range(5)]
    decoder.decode(messages())
    assert in_use() >= len(kept)
    kept.clear()
    decoder.decode(messages())
    assert in_use() <= 2


def test_frames_may_be_alive_when_the_program_ends() -> None:
    code = """
from tests.unit.schemas.test_decoded_memory import *
frame = ColumnarDecoder(WORKQUEUE_ITEM, IDS).decode(messages()).frame
held = frame.get_columns()
print(frame.height)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.strip()) == (0, str(ROWS)), ended.stderr
