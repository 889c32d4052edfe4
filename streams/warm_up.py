"""Work before the first batch: compiled code is compiled or loaded, caches are filled, and no claim waits for it."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from processors.batch import ClaimBatch
from processors.pipeline import ClaimPipeline
from processors.validation.examples import example_event
from schemas.codec import ColumnarDecoder
from schemas.codec.records import encode_record
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.registry import CheckedInIds
from streams.claim_output import ClaimOutput


def warm_up(pipeline: ClaimPipeline, now: datetime) -> int:
    """Take one example claim the whole way, from bytes to bytes; nothing leaves the process.

    A stage does so before it joins its group. Codecs are compiled for types, not for schemas, so the ids that are
    checked in do, whatever registry is used.

    Args:
        pipeline: The pipeline of the stage.
        now: Instant of the batch, UTC.

    Returns:
        Messages made.
    """
    ids = CheckedInIds()
    value = encode_record(CLAIMS_SUBMITTED, ids, example_event())
    frame = ColumnarDecoder(CLAIMS_SUBMITTED, ids).decode([value]).frame
    placed = frame.with_columns(source_partition=pl.lit(0, dtype=pl.Int32), source_offset=pl.lit(0, dtype=pl.Int64))
    made = ClaimOutput(ids).messages(pipeline.run(ClaimBatch.from_events(placed, now)))
    return sum(map(len, made.values()))
