"""Where claims lie on the stream: partition, offset, and how far service dates have come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processors.batch import ClaimBatch
from processors.history.entry import GENERATION_BITS, Integers
from processors.history.view import HistoryView


@dataclass(frozen=True, eq=False)
class StreamPlaces:
    """Where the claims of a batch were read, one value a claim.

    Attributes:
        partition: Partition of claims.submitted.
        place: Generation of the partition times 2^48, plus the offset.
    """

    partition: Integers
    place: Integers


def places_of(batch: ClaimBatch, view: HistoryView) -> StreamPlaces:
    """Return where claims were read; claims that were not read from a stream lie in their order on partition 0."""
    if "source_offset" not in batch.claims.columns:
        order = np.arange(batch.size, dtype=np.int64)
        return StreamPlaces(np.zeros(batch.size, dtype=np.int64), order + (view.generation(0) << GENERATION_BITS))
    partition = batch.claims["source_partition"].to_numpy().astype(np.int64)
    place = batch.claims["source_offset"].to_numpy().astype(np.int64)
    for number in np.unique(partition).tolist():
        place = place + np.where(partition == number, view.generation(number) << GENERATION_BITS, 0)
    return StreamPlaces(partition, place)


def running_watermarks(places: StreamPlaces, days: Integers, view: HistoryView) -> tuple[Integers, dict[int, int]]:
    """Return the latest service date up to and with each claim of its partition, and of each partition at the end.

    Args:
        places: Where the claims lie.
        days: Latest service date of each claim that counts; LONG_AGO for a claim without one.
        view: The watermarks before the batch.
    """
    running = np.empty(len(days), dtype=np.int64)
    ends: dict[int, int] = {}
    order = np.lexsort((places.place, places.partition))
    partitions, starts = np.unique(places.partition[order], return_index=True)
    for number, claims in zip(partitions.tolist(), np.split(order, starts[1:]), strict=True):
        moved = np.maximum.accumulate(np.maximum(days[claims], view.watermark_day(number)))
        running[claims] = moved
        ends[number] = int(moved[-1])
    return running, ends
