"""What was published of each file: a compacted topic, read once and then followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from schemas.codec.records import decode_record, encode_record
from schemas.contracts import INTAKE_FILES
from schemas.errors import DependencyError
from schemas.registry import SchemaIds
from streams.broker import Broker
from streams.quiet import LIBRDKAFKA
from streams.topics import INTAKE

READ_SECONDS = 30.0


@dataclass(frozen=True)
class FileProgress:
    """How far a file was published.

    Attributes:
        events: Events published so far, in the order of the file.
        complete: Whether the whole file is published.
        problems: Problems found in the file.
        salvages: Whether what can be read of refused transaction sets is published too, which a file keeps from its
            first chunk on; null when that is not known.
    """

    events: int = 0
    complete: bool = False
    problems: int = 0
    salvages: bool | None = None

    def begun(self, *, salvages: bool) -> FileProgress:
        """Return it with this choice, unless the file was begun with one."""
        return self if self.events and self.salvages is not None else replace(self, salvages=salvages)


class FileLedger:
    """The progress of every file of a tenant.

    Args:
        broker: Where the ledger is.
        ids: Schema ids.
        tenant_id: Tenant whose files are asked for.
    """

    def __init__(self, broker: Broker, ids: SchemaIds, tenant_id: str) -> None:
        self._ids = ids
        self._tenant_id = tenant_id
        self._files: dict[str, FileProgress] = {}
        config = broker.consumer_config("claimstream.intake", "claimstream-file-ledger")
        self._consumer = Consumer({**config, "enable.partition.eof": True}, logger=LIBRDKAFKA)
        self._next_offset = OFFSET_BEGINNING

    def progress(self, file_hash: str) -> FileProgress:
        """Return how far a file was published, as of now: committed transactions only.

        Raises:
            DependencyError: The broker does not answer, or the topic does not exist.
        """
        self._read_on()
        return self._files.get(file_hash, FileProgress())

    def record(self, file_hash: str, progress: FileProgress, now: datetime) -> Mapping[str, bytes | str]:
        """Return the message that says how far a file was published.

        Args:
            file_hash: SHA-256 (hex) of the file.
            progress: How far.
            now: Instant of the record, UTC.
        """
        value = encode_record(
            INTAKE_FILES,
            self._ids,
            {
                "tenant_id": self._tenant_id,
                "file_hash": file_hash,
                "events": progress.events,
                "complete": progress.complete,
                "problems": progress.problems,
                "salvages": progress.salvages,
                "updated_at": now,
            },
        )
        return {"value": value, "key": f"{self._tenant_id}|{file_hash}"}

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def _read_on(self) -> None:
        """Read to the end of the topic: the end-of-partition event comes after transaction markers too."""
        # The end is told once an assignment; a new one tells it again where nothing was added.
        self._consumer.assign([TopicPartition(INTAKE.name, 0, self._next_offset)])
        while True:
            message = self._consumer.poll(READ_SECONDS)
            if message is None:
                msg = f"The topic {INTAKE.name} was not read to its end within {READ_SECONDS:.0f} s."
                raise DependencyError(msg, "Check the broker, then ingest the files again: nothing is repeated.")
            if self._is_end(message):
                self._next_offset = message.offset()
                return
            self._remember(message)

    def _is_end(self, message: Message) -> bool:
        error = message.error()
        if error is None:
            return False
        if error.code() == KafkaError._PARTITION_EOF:
            return True
        msg = f"The topic {INTAKE.name} cannot be read: {error.str()}."
        raise DependencyError(msg, "Create it with: claimstream topics create.")

    def _remember(self, message: Message) -> None:
        value = message.value()
        if value is None:
            return
        found = decode_record(INTAKE_FILES, self._ids, value)
        if found["tenant_id"] == self._tenant_id:
            self._files[found["file_hash"]] = FileProgress(
                found["events"], found["complete"], found["problems"], found["salvages"]
            )
