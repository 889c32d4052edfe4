"""Publish the events of one file exactly once: every chunk commits together with how far the file is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from schemas.codec.records import encode_record
from schemas.contracts import Contract
from schemas.errors import DependencyError, FatalStreamError
from schemas.registry import SchemaIds
from streams.broker import Broker
from streams.failpoints import Failpoints
from streams.file_ledger import FileLedger, FileProgress
from streams.topics import INTAKE
from streams.transaction import Outbox, TransactionAbortedError, TransactionalWriter, keyed

if TYPE_CHECKING:  # compiled code and polars are loaded where events come in batches
    import polars as pl

    from processors.x12.compiled.batch import ClaimBatch
    from processors.x12.compiled.remits.batch import RemitBatch
    from schemas.codec import ColumnarEncoder

DEADLINE_SECONDS = 30.0


@dataclass(frozen=True)
class FileEvent:
    """One event of a file.

    Attributes:
        contract: Contract it keeps; its topic has the same name.
        key: Key of the message.
        fields: Fields of the contract.
    """

    contract: Contract
    key: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class BatchEvents:
    """Claims or claim payments of a file that were read together.

    Attributes:
        batch: The claims or claim payments.
    """

    batch: ClaimBatch | RemitBatch

    def __len__(self) -> int:
        return len(self.batch)

    @property
    def contract(self) -> Contract:
        """Contract they keep."""
        return self.batch.contract

    def part(self, begin: int, end: int) -> BatchEvents:
        """Return those from one position to another."""
        return BatchEvents(self.batch.part(begin, end))

    def events(self) -> Iterator[FileEvent]:
        """Yield them one by one."""
        from processors.x12.compiled.singles import single_results  # noqa: PLC0415 - see above

        for one in single_results(self.batch):
            yield FileEvent(self.contract, one.key, one.event)

    def frame(self) -> pl.DataFrame:
        """Return them as a frame of their contract."""
        from processors.x12.compiled.singles import batch_frame  # noqa: PLC0415 - see above

        return batch_frame(self.batch)


FileItem = FileEvent | BatchEvents
"""One event, or several that stand next to each other in the file."""


def single_events(items: Iterable[FileItem]) -> Iterator[FileEvent]:
    """Yield every event of these items one by one."""
    for item in items:
        if isinstance(item, BatchEvents):
            yield from item.events()
        else:
            yield item


def size_of(items: Iterable[FileItem]) -> int:
    """Return the number of events of these items."""
    return sum(len(item) if isinstance(item, BatchEvents) else 1 for item in items)


class FilePublisher:
    """Publishes one file; a second publisher of the same file fences the first.

    Args:
        broker: Where to publish.
        ids: Schema ids.
        ledger: What is known of every file.
        file_hash: SHA-256 (hex) of the file.
        clock: Returns now, UTC.
        failpoints: Places a test may end the process at.
        encodes_singly: Whether events are encoded one by one: slower, without compiled code and its memory.
    """

    def __init__(
        self,
        broker: Broker,
        ids: SchemaIds,
        ledger: FileLedger,
        file_hash: str,
        clock: Callable[[], datetime],
        failpoints: Failpoints | None = None,
        encodes_singly: bool = False,
    ) -> None:
        self._encodes_singly = encodes_singly
        self._ids = ids
        self._ledger = ledger
        self._file_hash = file_hash
        self._clock = clock
        self._encoders: dict[str, ColumnarEncoder] = {}
        config = broker.transactional_config(f"claimstream-intake-{file_hash}")
        self._writer = TransactionalWriter(config, DEADLINE_SECONDS, failpoints or Failpoints())
        self.progress = FileProgress()

    def start(self, *, salvages: bool) -> FileProgress:
        """Fence earlier publishers of the file, then return how far it was published.

        Args:
            salvages: Whether refused sets are to be published; a file that was begun keeps what it began with.

        Raises:
            FatalStreamError: The broker does not let this producer in.
            DependencyError: The ledger cannot be read.
        """
        self._writer.start()
        self.progress = self._ledger.progress(self._file_hash).begun(salvages=salvages)
        return self.progress

    def publish(self, items: Sequence[FileItem]) -> None:
        """Publish the next events of the file, all or none.

        Raises:
            DependencyError: The broker refused; ingest the file again and it goes on where it stopped.
            ContractError: An event does not keep its contract.
        """
        self._commit(self._messages(items), replace(self.progress, events=self.progress.events + size_of(items)))

    def finish(self, problems: int) -> None:
        """Record that the file is published whole.

        Args:
            problems: How many problems were found in it.
        """
        self._commit({}, replace(self.progress, complete=True, problems=problems))

    def _commit(self, batches: dict[str, list[dict[str, Any]]], progress: FileProgress) -> None:
        record = dict(self._ledger.record(self._file_hash, progress, self._clock()))
        try:
            self._writer.commit(Outbox(batches={**batches, INTAKE.name: [record]}), consumer=None)
        except (TransactionAbortedError, FatalStreamError) as error:
            msg = f"The broker did not take the events of the file: {error}"
            raise DependencyError(msg, "Ingest the file again: it goes on where it stopped.") from error
        self.progress = progress

    def _messages(self, items: Sequence[FileItem]) -> dict[str, list[dict[str, Any]]]:
        """Return the messages by topic, in the order of the file."""
        found: dict[str, list[dict[str, Any]]] = {}
        singles: dict[str, list[FileEvent]] = {}
        for item in items:
            name = item.contract.name
            if isinstance(item, BatchEvents):
                self._encode_singles(found, singles.pop(name, []))
                messages = keyed(self._encoder(item.contract).encode(item.frame()), item.batch.keys)
                found.setdefault(name, []).extend(messages)
            else:
                singles.setdefault(name, []).append(item)
        for waiting in singles.values():
            self._encode_singles(found, waiting)
        return found

    def _encode_singles(self, found: dict[str, list[dict[str, Any]]], events: Sequence[FileEvent]) -> None:
        if not events:
            return
        contract, rows = events[0].contract, [event.fields for event in events]
        if self._encodes_singly:
            values = [encode_record(contract, self._ids, row) for row in rows]
        else:
            from schemas.codec.rows import frame_of_records  # noqa: PLC0415 - see above

            values = self._encoder(contract).encode(frame_of_records(rows, contract))
        found.setdefault(contract.name, []).extend(keyed(values, [event.key for event in events]))

    def _encoder(self, contract: Contract) -> ColumnarEncoder:
        from schemas.codec import ColumnarEncoder  # noqa: PLC0415 - see above

        if contract.name not in self._encoders:
            self._encoders[contract.name] = ColumnarEncoder(contract, self._ids)
        return self._encoders[contract.name]
