"""Where the events of files go: Kafka, JSON lines or Avro files."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

import fastavro

from schemas.contracts import Contract
from schemas.errors import BadInputError
from schemas.registry import SchemaIds
from streams.broker import Broker
from streams.failpoints import Failpoints
from streams.file_ledger import FileLedger, FileProgress
from streams.intake import FileItem, FilePublisher, single_events


class FileOutput(Protocol):
    """Takes the events of one file in order."""

    def start(self) -> FileProgress:
        """Return how much of the file is there already; that much is left out."""

    def publish(self, items: Sequence[FileItem]) -> None:
        """Take the next events, all or none."""

    def finish(self, problems: int) -> None:
        """Record that the file is whole."""


class Output(Protocol):
    """Makes the output of each file; used as a context manager."""

    def of_file(self, file_hash: str) -> FileOutput:
        """Return the output of the file with this SHA-256 (hex)."""

    def __enter__(self) -> Self:
        """Open the output."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the output, or leave nothing half written behind when the work failed."""


class KafkaOutput:
    """Publishes to Kafka, exactly once for each file.

    Args:
        broker: Where to publish.
        ids: Schema ids.
        tenant_id: Tenant of the files.
        clock: Returns now, UTC.
    """

    def __init__(self, broker: Broker, ids: SchemaIds, tenant_id: str, clock: Callable[[], datetime]) -> None:
        self._broker = broker
        self._ids = ids
        self._clock = clock
        self._ledger = FileLedger(broker, ids, tenant_id)

    def of_file(self, file_hash: str) -> FilePublisher:
        """Return the publisher of the file."""
        return FilePublisher(
            self._broker, self._ids, self._ledger, file_hash, self._clock, Failpoints.from_environment()
        )

    def __enter__(self) -> Self:
        """Return itself: the ledger connects when it is first asked."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the broker; every chunk is committed or was never there."""
        self._ledger.close()


class _Whole:
    """Files written beside their place and moved there at the end: a failed run leaves nothing half written."""

    def __init__(self) -> None:
        self._parts: dict[Path, IO[bytes]] = {}

    def opened(self, path: Path) -> IO[bytes]:
        if path not in self._parts:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._parts[path] = self._part(path).open("w+b")
            except OSError as error:
                msg = f"The file {path} cannot be written: {error.strerror}."
                raise BadInputError(msg, "Give --to a place that can be written.") from error
        return self._parts[path]

    def close(self, *, keep: bool) -> None:
        for path, part in self._parts.items():
            part.flush()
            os.fsync(part.fileno())
            part.close()
            if keep:
                self._part(path).replace(path)
            else:
                self._part(path).unlink()

    @staticmethod
    def _part(path: Path) -> Path:
        return path.with_name(path.name + ".part")


class JsonlOutput:
    """Writes one JSON object a line: the topic and the fields; sealed bytes in base64.

    Args:
        path: File to write; null for stdout.
        stdout: What stands for stdout.
    """

    def __init__(self, path: Path | None, stdout: IO[str]) -> None:
        self._path = path
        self._stdout = stdout
        self._files = _Whole()

    def of_file(self, file_hash: str) -> FileOutput:
        """Return the output, the same for every file."""
        del file_hash
        return self

    def start(self) -> FileProgress:
        """Return that nothing is there yet."""
        return FileProgress()

    def publish(self, items: Sequence[FileItem]) -> None:
        """Write the events."""
        text = "".join(
            json.dumps({"topic": event.contract.name, **event.fields}, default=_json, separators=(",", ":")) + "\n"
            for event in single_events(items)
        )
        if self._path is None:
            self._stdout.write(text)
        else:
            self._files.opened(self._path).write(text.encode())

    def finish(self, problems: int) -> None:
        """Do nothing: lines need no end."""

    def __enter__(self) -> Self:
        """Create the file, so that it is there even without events."""
        if self._path is not None:
            self._files.opened(self._path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Move the file to its place, unless the work failed."""
        self._files.close(keep=kind is None)


class AvroOutput:
    """Writes one Avro object container a contract: FOLDER/claims.submitted.avro and so on.

    Args:
        folder: Folder to write to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = _Whole()
        self._writers: dict[str, Any] = {}

    def of_file(self, file_hash: str) -> FileOutput:
        """Return the output, the same for every file."""
        del file_hash
        return self

    def start(self) -> FileProgress:
        """Return that nothing is there yet."""
        return FileProgress()

    def publish(self, items: Sequence[FileItem]) -> None:
        """Write the events."""
        for event in single_events(items):
            self._writer(event.contract).write(event.fields)

    def finish(self, problems: int) -> None:
        """Do nothing: the containers are completed together."""

    def __enter__(self) -> Self:
        """Return itself: a container is created with its first event."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the containers and move them to their places, unless the work failed."""
        if kind is None:
            for writer in self._writers.values():
                writer.flush()
        self._files.close(keep=kind is None)

    def _writer(self, contract: Contract) -> Any:
        if contract.name not in self._writers:
            stream = self._files.opened(self._folder / f"{contract.name}.avro")
            self._writers[contract.name] = fastavro.write.Writer(
                stream, fastavro.parse_schema(contract.schema), codec="deflate"
            )
        return self._writers[contract.name]


def _json(value: object) -> str:
    """Return what JSON has no type for: bytes in base64, dates and instants in ISO 8601."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date):
        return value.isoformat()
    msg = f"an event holds a {type(value).__name__}"
    raise TypeError(msg)
