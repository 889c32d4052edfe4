"""Ranges of offsets, and the one decision of the sink: where to go on after a start.

The ledger knows, for each partition, the claims (who took it over), the intents (ranges about to be
inserted) and the ranges that are done. Everything here is pure.
"""

from dataclasses import dataclass

from schemas.errors import FatalStreamError


@dataclass(frozen=True, order=True)
class TopicPartition:
    """A partition of a topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"


@dataclass(frozen=True)
class OffsetRange:
    """Contiguous records of one partition.

    Attributes:
        first: Offset of the first record.
        last: Offset of the last record; offsets between may belong to transaction markers.
        records: How many records there are.
    """

    first: int
    last: int
    records: int

    def __post_init__(self) -> None:
        if not (0 <= self.first <= self.last and 1 <= self.records <= self.last - self.first + 1):
            message = f"The range {self.first}-{self.last} cannot hold {self.records} records."
            raise ValueError(message)

    @property
    def next_offset(self) -> int:
        """Where to read on after this range."""
        return self.last + 1

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True)
class Claim:
    """An ownership of a partition: the greatest one holds it.

    Attributes:
        epoch: Rises with every ownership.
        owner: Random id of the process run; decides between two claims of one epoch.
    """

    epoch: int
    owner: str

    @property
    def order(self) -> tuple[int, str]:
        """Sort key: a later claim is greater."""
        return (self.epoch, self.owner)


@dataclass(frozen=True)
class PartitionLedger:
    """What the ledger says about one partition.

    Attributes:
        claim: The current ownership, or None.
        done_until: Last offset of the last range that is in every table, or None.
        intent: The intent with the greatest epoch and, within it, the greatest last offset, or None.
        intent_rows_version: Version of the rows that intent was written for.
    """

    claim: Claim | None = None
    done_until: int | None = None
    intent: OffsetRange | None = None
    intent_rows_version: int = 0

    @property
    def open_intent(self) -> OffsetRange | None:
        """The intent whose insert may or may not have happened.

        An intent that begins at or before `done_until` was done, or was written by an owner that had already
        lost the partition and therefore never inserted.
        """
        if self.intent is None or (self.done_until is not None and self.intent.first <= self.done_until):
            return None
        return self.intent


@dataclass(frozen=True)
class Resume:
    """Read on at `offset`; None means at the beginning of the partition."""

    offset: int | None


@dataclass(frozen=True)
class Replay:
    """Read exactly this range again and insert it with its old token."""

    range: OffsetRange


@dataclass(frozen=True)
class Watermarks:
    """The oldest offset the broker still has, and the one after the newest."""

    low: int
    high: int


def decide(
    ledger: PartitionLedger, committed: int | None, marks: Watermarks, rows_version: int, name: str
) -> Resume | Replay:
    """Decide how to start reading a partition.

    The ledger is the truth: a committed offset counts only while the ledger knows nothing of the partition,
    and as the operator's word that a gap left by the broker's retention is accepted.

    Args:
        ledger: What the ledger says.
        committed: Offset committed by the group, or None.
        marks: What the broker has.
        rows_version: Version of the rows this program makes.
        name: Name of the partition, for messages.

    Raises:
        FatalStreamError: Records that are needed are gone; guessing would lose or double them.
    """
    intent = ledger.open_intent
    if intent is not None:
        if not marks.low <= intent.first <= intent.last < marks.high:
            message = f"The range {intent} of {name} was begun; the broker has only {marks.low}-{marks.high - 1}."
            remedy = "Compare the tables with the topic by kafka_offset, then close the range in sink_ranges."
            raise FatalStreamError(message, remedy)
        if ledger.intent_rows_version != rows_version:
            message = f"The range {intent} of {name} was begun by another version of claimstream."
            raise FatalStreamError(message, "Run that version once more until it is done, then upgrade.")
        return Replay(intent)
    if ledger.done_until is None:
        return Resume(committed)
    start = ledger.done_until + 1
    if start > marks.high:
        message = f"{name} is stored up to offset {ledger.done_until}; the broker ends at {marks.high - 1}."
        raise FatalStreamError(message, "The topic was cut or made anew: give it a new log id.")
    if start >= marks.low:
        return Resume(start)
    if committed is not None and committed >= marks.low:
        return Resume(committed)
    message = f"The broker deleted offsets {start}-{marks.low - 1} of {name} before they were stored."
    remedy = f"Publish them again, or accept the gap by setting the group's offset to {marks.low}."
    raise FatalStreamError(message, remedy)


def insert_token(log_id: str, source: TopicPartition, span: OffsetRange, table: str, version: int) -> str:
    """The token under which ClickHouse remembers the insert of a range into a table."""
    return f"{log_id}/{source.topic}/{source.partition}/{span.first}-{span.last}/{table}/v{version}"
