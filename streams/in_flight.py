"""The batch in flight: a thread completes its transaction while the next batch is read and validated.

What the next batch needs of it, its history, is read only after it has landed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from confluent_kafka import Consumer
from confluent_kafka import Message as KafkaMessage
from numpy.typing import NDArray

from processors.history import HistoryView
from processors.step import StepTimes
from streams.positions import first_offsets
from streams.reports import BatchReport
from streams.transaction import Outbox, TransactionalWriter, Written


@dataclass(frozen=True)
class Flight:
    """A batch whose transaction is written but may not be committed yet.

    Attributes:
        first_offsets: Offset of its first message by partition: where to go on from if it is aborted.
        stamps_s: Timestamp of each message, seconds since 1970.
        report: What to tell once it is committed.
        times: How long its steps took; the report reads them.
    """

    first_offsets: dict[int, int]
    stamps_s: NDArray[np.float64]
    report: BatchReport
    times: StepTimes

    @classmethod
    def of(cls, messages: Sequence[KafkaMessage], report: BatchReport, times: StepTimes) -> Flight:
        """Keep of a batch what is needed until it has landed, which does not include its messages."""
        stamps_ms = np.fromiter((m.timestamp()[1] for m in messages), dtype=np.float64, count=len(messages))
        return cls(first_offsets(messages), stamps_ms / 1000, report, times)


class CommitThread:
    """Completes transactions, one at a time.

    Args:
        writer: Writes and completes them.
    """

    def __init__(self, writer: TransactionalWriter) -> None:
        self._writer = writer
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")
        self._flight: Flight | None = None
        self._committed_at: Future[float] = Future()

    @property
    def flight(self) -> Flight | None:
        """The batch in flight."""
        return self._flight

    def begin(self, flight: Flight, outbox: Outbox, consumer: Consumer) -> None:
        """Write an outbox and leave it to the thread to complete its transaction; the one before must have landed.

        Raises:
            TransactionAbortedError: Nothing was written, and nothing is in flight.
            FatalStreamError: The producer cannot go on.
        """
        written = self._writer.write(outbox)
        self._flight = flight
        self._committed_at = self._pool.submit(self._complete, written, consumer.consumer_group_metadata())

    def land(self, flight: Flight) -> BatchReport:
        """Wait until the batch in flight is committed and return its report.

        Args:
            flight: The batch in flight.

        Raises:
            TransactionAbortedError: It was aborted; read it again.
            FatalStreamError: The producer cannot go on.
        """
        self._flight = None
        return replace(flight.report, latencies_s=self._committed_at.result() - flight.stamps_s)

    def close(self) -> None:
        """Wait for what the thread still does, and end it."""
        self._pool.shutdown()

    def _complete(self, written: Written, membership: object) -> float:
        self._writer.complete(written, membership)
        return time.time()


class SettledHistory:
    """A history that waits for the batch in flight before it is read.

    Args:
        history: What is remembered.
        settle: Waits until what the batch before leaves is remembered; must not raise, for an error in a step counts
            as the fault of a claim.
    """

    def __init__(self, history: HistoryView, settle: Callable[[], None]) -> None:
        self._history = history
        self._settle = settle

    def get_many(self, partitions: Sequence[int], keys: Sequence[bytes]) -> list[bytes | None]:
        """Return the value of each key in the partition beside it."""
        self._settle()
        return self._history.get_many(partitions, keys)

    def watermark_day(self, partition: int) -> int:
        """Return the latest service date seen on a partition."""
        self._settle()
        return self._history.watermark_day(partition)

    def generation(self, partition: int) -> int:
        """Return how many times the claims topic was made anew; no batch changes that."""
        return self._history.generation(partition)
