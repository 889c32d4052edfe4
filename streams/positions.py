"""Where messages lie on the claims topic, and where to read on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from confluent_kafka import Message

from schemas.codec.decode import MESSAGE_INDEX
from streams.topics import SUBMITTED


def with_positions(frame: pl.DataFrame, messages: Sequence[Message]) -> pl.DataFrame:
    """Add where each claim came from: source_partition and source_offset.

    Args:
        frame: Decoded claims; MESSAGE_INDEX says which message each is.
        messages: The messages.
    """
    positions = pl.DataFrame(
        {
            "source_partition": np.fromiter((m.partition() for m in messages), np.int32, len(messages)),
            "source_offset": np.fromiter((m.offset() for m in messages), np.int64, len(messages)),
        }
    )
    return frame.hstack(positions[frame[MESSAGE_INDEX]].get_columns())


def first_offsets(messages: Sequence[Message]) -> dict[int, int]:
    """Return the offset of the first message of each partition."""
    return {m.partition(): m.offset() for m in reversed(messages)}


def next_offsets(messages: Sequence[Message]) -> dict[tuple[str, int], int]:
    """Return the offset after the last message of each partition."""
    return {(SUBMITTED.name, m.partition()): m.offset() + 1 for m in messages}
