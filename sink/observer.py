"""What the sink reports while it runs, for metrics and logs."""

from dataclasses import dataclass
from typing import Protocol

from sink.ranges import OffsetRange, TopicPartition


@dataclass(frozen=True)
class RangeReport:
    """One range that is in every table.

    Attributes:
        source: Partition.
        span: The range.
        rows: Rows inserted into each table.
        bytes_read: Sum of the message values.
        seconds: Time from the closing of the batch to the end of the last insert.
        retries: Tries that failed before.
        replayed: Whether the range was begun by an earlier run.
        damaged: Records that became dead letters, since they are no event at all.
        newest_age_s: Time from the Kafka timestamp of the last record to the end of the insert.
    """

    source: TopicPartition
    span: OffsetRange
    rows: dict[str, int]
    bytes_read: int
    seconds: float
    retries: int
    replayed: bool
    newest_age_s: float
    damaged: int = 0


class SinkObserver(Protocol):
    """Receives the reports; must return at once and must not raise."""

    def range_written(self, report: RangeReport) -> None:
        """A range is in every table and marked done in the ledger."""

    def insert_failed(self, error_class: str, wait_s: float) -> None:
        """ClickHouse refused or did not answer; the same call is made again after `wait_s` seconds."""

    def lag(self, source: TopicPartition, records: int) -> None:
        """Records between the position of the sink and the end of the partition; told from a thread of its own."""

    def oldest_age(self, seconds: float) -> None:
        """Time the oldest record in the process has been waiting for its insert; 0 when there is none."""

    def partitions(self, count: int) -> None:
        """Partitions the process owns now, when their number has changed and when new ones are open."""


class SilentObserver:
    """Takes every report and does nothing."""

    def range_written(self, report: RangeReport) -> None:
        """Do nothing."""

    def insert_failed(self, error_class: str, wait_s: float) -> None:
        """Do nothing."""

    def lag(self, source: TopicPartition, records: int) -> None:
        """Do nothing."""

    def oldest_age(self, seconds: float) -> None:
        """Do nothing."""

    def partitions(self, count: int) -> None:
        """Do nothing."""
