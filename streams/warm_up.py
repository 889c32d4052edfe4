"""Work before the first batch: compiled code is compiled or loaded, caches are filled, and no claim waits for it."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from processors.batch import ClaimBatch
from processors.pipeline import ClaimPipeline
from processors.validation.examples import CLAIM_TYPES, example_event
from schemas.codec import ColumnarDecoder
from schemas.codec.records import encode_record
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.registry import CheckedInIds
from schemas.undivided import undivided
from streams.claim_output import ClaimOutput


def warm_up(pipeline: ClaimPipeline, now: datetime) -> int:
    """Take an example claim of every type the whole way, from bytes to bytes; nothing leaves the process.

    A stage does so before it joins its group. Codecs are compiled for types, not for schemas, so the ids that are
    checked in do, whatever registry is used.

    Args:
        pipeline: The pipeline of the stage.
        now: Instant of the batch, UTC.

    Returns:
        Messages made.
    """
    return undivided(lambda: _from_bytes_to_bytes(pipeline, now))


def _from_bytes_to_bytes(pipeline: ClaimPipeline, now: datetime) -> int:
    ids = CheckedInIds()
    events = [example_event({"claim_type": claim_type}) for claim_type in CLAIM_TYPES]
    values = [encode_record(CLAIMS_SUBMITTED, ids, event) for event in events]
    frame = ColumnarDecoder(CLAIMS_SUBMITTED, ids).decode(values).frame
    placed = frame.with_columns(source_partition=pl.lit(0, dtype=pl.Int32), source_offset=pl.lit(0, dtype=pl.Int64))
    made = ClaimOutput(ids).messages(pipeline.run(ClaimBatch.from_events(placed, now)))
    return sum(map(len, made.values()))
