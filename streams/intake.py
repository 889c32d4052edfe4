"""Publish the events of one file exactly once: every chunk commits together with how far the file is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from schemas.codec import ColumnarEncoder
from schemas.codec.dtypes import frame_schema
from schemas.contracts import Contract
from schemas.errors import DependencyError, FatalStreamError
from schemas.registry import SchemaIds
from streams.broker import Broker
from streams.failpoints import Failpoints
from streams.file_ledger import FileLedger, FileProgress
from streams.topics import INTAKE
from streams.transaction import Outbox, TransactionAbortedError, TransactionalWriter, keyed

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


class FilePublisher:
    """Publishes one file; a second publisher of the same file fences the first.

    Args:
        broker: Where to publish.
        ids: Schema ids.
        ledger: What is known of every file.
        file_hash: SHA-256 (hex) of the file.
        clock: Returns now, UTC.
        failpoints: Places a test may end the process at.
    """

    def __init__(
        self,
        broker: Broker,
        ids: SchemaIds,
        ledger: FileLedger,
        file_hash: str,
        clock: Callable[[], datetime],
        failpoints: Failpoints | None = None,
    ) -> None:
        self._ids = ids
        self._ledger = ledger
        self._file_hash = file_hash
        self._clock = clock
        self._encoders: dict[str, ColumnarEncoder] = {}
        config = broker.transactional_config(f"claimstream-intake-{file_hash}")
        self._writer = TransactionalWriter(config, DEADLINE_SECONDS, failpoints or Failpoints())
        self.progress = FileProgress()

    def start(self) -> FileProgress:
        """Fence earlier publishers of the file, then return how far it was published.

        Raises:
            FatalStreamError: The broker does not let this producer in.
            DependencyError: The ledger cannot be read.
        """
        self._writer.start()
        self.progress = self._ledger.progress(self._file_hash)
        return self.progress

    def publish(self, events: Sequence[FileEvent]) -> None:
        """Publish the next events of the file, all or none.

        Raises:
            DependencyError: The broker refused; ingest the file again and it goes on where it stopped.
            ContractError: An event does not keep its contract.
        """
        self._commit(self._messages(events), replace(self.progress, events=self.progress.events + len(events)))

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

    def _messages(self, events: Sequence[FileEvent]) -> dict[str, list[dict[str, Any]]]:
        by_topic: dict[str, list[FileEvent]] = {}
        for event in events:
            by_topic.setdefault(event.contract.name, []).append(event)
        return {name: self._encoded(of_topic[0].contract, of_topic) for name, of_topic in by_topic.items()}

    def _encoded(self, contract: Contract, events: Sequence[FileEvent]) -> list[dict[str, Any]]:
        frame = pl.DataFrame([event.fields for event in events], schema=frame_schema(contract.schema))
        return keyed(self._encoder(contract).encode(frame), [event.key for event in events])

    def _encoder(self, contract: Contract) -> ColumnarEncoder:
        if contract.name not in self._encoders:
            self._encoders[contract.name] = ColumnarEncoder(contract, self._ids)
        return self._encoders[contract.name]
