"""StateKeeper: the stores of the partitions a stage owns, from assignment to revocation.

A store is written only after the Kafka transaction is committed, in one step with its position on the changelog.
It is therefore always a prefix of the committed changelog, wherever a process dies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from confluent_kafka import Consumer, KafkaException, TopicPartition

from processors.history.view import LONG_AGO, HistoryWrites
from schemas.errors import FatalStreamError
from streams.broker import Broker
from streams.failpoints import Failpoints
from streams.reports import StateObserver
from streams.state.changelog import TIMEOUT_SECONDS, Changelog
from streams.state.in_memory import InMemoryStore
from streams.state.partition import PartitionState
from streams.state.position import MARK_KEY
from streams.state.recovery import Recovery
from streams.state.rocks import RocksStore
from streams.state.store import PartitionStore
from streams.topics import HISTORY, SUBMITTED
from streams.transaction import Outbox


class StateKeeper:
    """Keeps the history of the assigned partitions; a processors.history.HistoryView of those that are ready.

    Args:
        broker: Where the changelog is.
        folder: Folder of the slot's stores; None keeps them in memory and rebuilds them at every start.
        client_id: Name of this client on the broker.
        observer: Is told how the stores fare.
        failpoints: Places a test may end the process at.
    """

    def __init__(
        self, broker: Broker, folder: Path | None, client_id: str, observer: StateObserver, failpoints: Failpoints
    ) -> None:
        self._broker = broker
        self._folder = folder
        self._observer = observer
        self._failpoints = failpoints
        self._recovery = Recovery(Changelog(broker, f"{client_id}-history"), observer, self._open_store)
        self._waiting: set[int] = set()
        self._ready: dict[int, PartitionState] = {}

    def check(self) -> None:
        """Look whether the changelog fits the claims topic.

        Raises:
            DependencyError: One of the topics is missing.
            FatalStreamError: They differ in their number of partitions.
        """
        claims, history = (self._broker.partition_count(topic.name) for topic in (SUBMITTED, HISTORY))
        if claims != history:
            msg = f"{SUBMITTED.name} has {claims} partitions, its changelog {HISTORY.name} has {history}."
            raise FatalStreamError(msg, f"Give {HISTORY.name} as many; a patient's history stays on one partition.")

    @property
    def recovering(self) -> bool:
        """Whether an assigned partition is not ready yet."""
        return bool(self._waiting or self._recovery.partitions)

    @property
    def ready(self) -> frozenset[int]:
        """Partitions whose claims may be processed."""
        return frozenset(self._ready)

    def assign(self, partitions: Sequence[int]) -> None:
        """Take note of new partitions; `recover` makes them ready."""
        self._waiting.update(partitions)

    def revoke(self, partitions: Sequence[int]) -> None:
        """Close the stores of partitions that are no longer ours, ready or not."""
        for partition in partitions:
            self._waiting.discard(partition)
            self._recovery.abandon(partition)
            state = self._ready.pop(partition, None)
            if state is not None:
                state.store.close()

    def recover(self, consumer: Consumer) -> list[int]:
        """Work on recovery for a slice of time and return the partitions that became ready.

        Args:
            consumer: The stage's consumer, which knows the committed offsets.
        """
        if self._waiting:
            committed = _committed(consumer, self._waiting)
            while self._waiting:
                partition = self._waiting.pop()
                self._recovery.begin(partition, committed.get(partition))
        self._failpoints.reach("mid_recovery")
        done = self._recovery.work()
        self._ready |= done
        return sorted(done)

    def get_many(self, partitions: Sequence[int], keys: Sequence[bytes]) -> list[bytes | None]:
        """Return the value of each key in the partition beside it."""
        owner = np.asarray(partitions)
        values: list[bytes | None] = [None] * len(keys)
        for partition in np.unique(owner).tolist():
            positions = np.flatnonzero(owner == partition).tolist()
            store = self._ready[partition].store
            for position, value in zip(positions, store.get_many([keys[p] for p in positions]), strict=True):
                values[position] = value
        return values

    def watermark_day(self, partition: int) -> int:
        """Return the latest service date seen on a partition."""
        return self._ready[partition].mark.watermark_day if partition in self._ready else LONG_AGO

    def generation(self, partition: int) -> int:
        """Return how many times the claims topic was made anew."""
        return self._ready[partition].mark.generation if partition in self._ready else 0

    def write(self, outbox: Outbox, writes: HistoryWrites) -> None:
        """Put what a batch leaves to be remembered into its transaction.

        Args:
            outbox: The transaction; its offsets say how far each partition was read.
            writes: What the batch leaves.
        """
        for (_, partition), next_offset in outbox.offsets.items():
            pending = self._ready[partition].prepare(writes.get(partition), next_offset)
            outbox.placed[HISTORY.name, partition] = [
                {"key": key, "value": value} for key, value in pending.writes.items()
            ]
            mark = {"key": MARK_KEY, "value": pending.mark.to_bytes(), "partition": partition}
            outbox.tracked.append((HISTORY.name, mark, pending.told))

    def apply(self) -> None:
        """Take over what the committed transaction wrote."""
        for state in self._ready.values():
            if state.pending is not None:
                state.apply()
                self._failpoints.reach("mid_state")
        self._failpoints.reach("after_state")

    def forget(self) -> None:
        """Drop what the aborted transaction would have written."""
        for state in self._ready.values():
            state.pending = None

    def sizes(self) -> Mapping[int, int]:
        """Return about how many keys each ready partition has."""
        return {partition: state.store.size() for partition, state in self._ready.items()}

    def close(self) -> None:
        """Close every store."""
        self.revoke(list(self._ready))
        self._recovery.close()

    def _open_store(self, partition: int) -> PartitionStore:
        return InMemoryStore() if self._folder is None else RocksStore(self._folder / str(partition))


def _committed(consumer: Consumer, partitions: set[int]) -> dict[int, int]:
    """Return the committed offsets; one that a transaction is about to move is waited for."""
    asked = [TopicPartition(SUBMITTED.name, partition) for partition in partitions]
    try:
        found = consumer.committed(asked, timeout=TIMEOUT_SECONDS)
    except KafkaException as error:
        msg = f"The committed offsets are not known: {error.args[0].str()}."
        raise FatalStreamError(msg, "Check the broker; the supervisor restarts the stage.") from error
    return {place.partition: place.offset for place in found if place.offset >= 0}
