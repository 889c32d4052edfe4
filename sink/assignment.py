"""The partitions a sink process owns, from the broker's word to the first record."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException
from confluent_kafka import TopicPartition as KafkaPartition

from schemas.errors import FatalStreamError
from sink.buckets import PartitionBuffer
from sink.config import BatchLimits
from sink.ledger import Ledger
from sink.ranges import Claim, PartitionLedger, Replay, TopicPartition, Watermarks, decide
from sink.rows import ROWS_VERSION

TIMEOUT_S = 10.0

Answer = TypeVar("Answer")
Retry = Callable[[Callable[[], Answer], str], Answer]


@dataclass
class Ownership:
    """One partition, for as long as it is assigned.

    Attributes:
        source: The partition.
        buffer: Cuts its records into buckets; None until the ledger has been read.
        claim: The claim in the ledger; None until then.
        next_offset: The first offset that has not been buffered; records below it are echoes of a seek.
        alive: False once the broker took the partition back.
    """

    source: TopicPartition
    buffer: PartitionBuffer | None = None
    claim: Claim | None = None
    next_offset: int = -1
    alive: bool = True


class Assignment:
    """Follows the rebalance callbacks; opens new partitions outside of them.

    A callback only notes what changed and keeps new partitions paused. Opening one needs ClickHouse, which
    may be away for long, and a callback must not block.

    Args:
        consumer: The Kafka consumer.
        ledger: The range ledger.
        limits: When buckets are full.
    """

    def __init__(self, consumer: Any, ledger: Ledger, limits: BatchLimits) -> None:
        self._consumer = consumer
        self._ledger = ledger
        self._limits = limits
        self._owner = uuid4().hex
        self.owned: dict[TopicPartition, Ownership] = {}

    def on_assign(self, _consumer: Any, partitions: Iterable[KafkaPartition]) -> None:
        """Take partitions in, paused."""
        added = [KafkaPartition(p.topic, p.partition, OFFSET_BEGINNING) for p in partitions]
        self._consumer.incremental_assign(added)
        if added:
            self._consumer.pause(added)
        for p in added:
            source = TopicPartition(p.topic, p.partition)
            self.owned[source] = Ownership(source)

    def on_revoke(self, _consumer: Any, partitions: Iterable[KafkaPartition]) -> None:
        """Let partitions go; their open buckets are read again by the next owner."""
        gone = list(partitions)
        for p in gone:
            ownership = self.owned.pop(TopicPartition(p.topic, p.partition), None)
            if ownership is not None:
                ownership.alive = False
        self._consumer.incremental_unassign(gone)

    def opened(self) -> list[Ownership]:
        """The partitions that are being read."""
        return [o for o in list(self.owned.values()) if o.buffer is not None]

    def open_new(self, retry: Retry[Any]) -> bool:
        """Open the partitions that came in: claim, read the ledger, seek, resume.

        Args:
            retry: Makes a call to ClickHouse until it succeeds.

        Returns:
            Whether there were any.

        Raises:
            FatalStreamError: The ledger and the broker do not fit together.
        """
        new = [o for o in self.owned.values() if o.buffer is None and o.alive]
        if not new:
            return False
        self._claim([o for o in new if o.claim is None], retry)
        # Read again: an intent the previous owner wrote before it could see the claim must be found.
        ledgers = retry(lambda: self._ledger.read_all([o.source for o in new]), "reading the ledger")
        for ownership in new:
            if ownership.alive:
                self._open(ownership, ledgers[ownership.source])
        return True

    def check_claims(self, involved: Iterable[Ownership]) -> None:
        """Make sure that no other process has claimed a partition.

        Raises:
            FatalStreamError: Another process owns one now.
            DatabaseError: ClickHouse is away.
        """
        current = self._ledger.claims()
        for ownership in involved:
            if ownership.alive and current.get(ownership.source) != ownership.claim:
                message = f"Another process has taken {ownership.source} over; this one was away for too long."
                raise FatalStreamError(message, "Let the supervisor restart it; nothing was lost or doubled.")

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Tell the broker where to read on, for its lag figures.

        The ledger is what counts, so a failure that passes changes nothing.

        Raises:
            KafkaException: The client can do no more.
        """
        partitions = [KafkaPartition(source.topic, source.partition, offset) for source, offset in offsets.items()]
        if partitions:
            try:
                self._consumer.commit(offsets=partitions, asynchronous=True)
            except KafkaException as error:
                if error.args[0].fatal():
                    raise

    def pause_all(self) -> None:
        """Stop the fetching while ClickHouse is away, so that polling keeps only the membership alive."""
        self._on_opened(self._consumer.pause)

    def resume_all(self) -> None:
        """Fetch again from every opened partition."""
        self._on_opened(self._consumer.resume)

    def _on_opened(self, call: Callable[[list[KafkaPartition]], None]) -> None:
        partitions = [KafkaPartition(o.source.topic, o.source.partition) for o in self.opened()]
        if partitions:
            call(partitions)

    def _claim(self, new: Sequence[Ownership], retry: Retry[Any]) -> None:
        """Claim partitions, each with a number above the last one."""
        if not new:
            return
        known = retry(lambda: self._ledger.read_all([o.source for o in new]), "reading the ledger")
        claims = {}
        for ownership in new:
            last = known[ownership.source].claim
            claims[ownership.source] = Claim(last.epoch + 1 if last else 1, self._owner)
        retry(lambda: self._ledger.claim_all(claims), "a claim")
        for ownership in new:
            ownership.claim = claims[ownership.source]

    def _open(self, ownership: Ownership, ledger: PartitionLedger) -> None:
        source = ownership.source
        step = decide(ledger, self._committed(source), self._watermarks(source), ROWS_VERSION, str(source))
        start = step.range.first if isinstance(step, Replay) else step.offset
        target = KafkaPartition(source.topic, source.partition, OFFSET_BEGINNING if start is None else start)
        try:
            self._consumer.seek(target)
        except KafkaException as error:
            if error.args[0].code() == KafkaError._STATE:  # the fetcher is not up yet: the next round tries again
                return
            raise
        replay = step.range if isinstance(step, Replay) else None
        ownership.next_offset = 0 if start is None else start
        ownership.buffer = PartitionBuffer(source, self._limits, replay)
        self._consumer.resume([target])

    def _committed(self, source: TopicPartition) -> int | None:
        partition = KafkaPartition(source.topic, source.partition)
        offset: int = self._consumer.committed([partition], timeout=TIMEOUT_S)[0].offset
        return offset if offset >= 0 else None

    def _watermarks(self, source: TopicPartition) -> Watermarks:
        partition = KafkaPartition(source.topic, source.partition)
        low, high = self._consumer.get_watermark_offsets(partition, timeout=TIMEOUT_S)
        return Watermarks(low, high)
