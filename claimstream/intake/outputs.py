"""Where the events of files go: Kafka, stdout, or files (file_outputs.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import IO, Protocol, Self

from claimstream.intake.file_outputs import json_lines
from schemas.registry import SchemaIds
from streams.broker import Broker
from streams.failpoints import Failpoints
from streams.file_ledger import FileLedger, FileProgress
from streams.intake import FileItem, FilePublisher


class FileOutput(Protocol):
    """Takes the events of one file in order."""

    def start(self, *, salvages: bool) -> FileProgress:
        """Return how much of the file is there already; that much is left out.

        Args:
            salvages: Whether refused sets are to be published; a file that was begun keeps what it began with.
        """

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
        """Close the output; every chunk that it has taken is there."""


class KafkaOutput:
    """Publishes to Kafka, exactly once for each file.

    Args:
        broker: Where to publish.
        ids: Schema ids.
        tenant_id: Tenant of the files.
        clock: Returns now, UTC.
        encodes_singly: Whether events are encoded one by one, without compiled code.
    """

    def __init__(
        self,
        broker: Broker,
        ids: SchemaIds,
        tenant_id: str,
        clock: Callable[[], datetime],
        *,
        encodes_singly: bool = False,
    ) -> None:
        self._encodes_singly = encodes_singly
        self._broker = broker
        self._ids = ids
        self._clock = clock
        self._failpoints = Failpoints.from_environment()
        self._ledger = FileLedger(broker, ids, tenant_id)

    def of_file(self, file_hash: str) -> FilePublisher:
        """Return the publisher of the file."""
        return FilePublisher(self._broker, self._ids, self._ledger, file_hash, self._clock, self._failpoints,
            encodes_singly=self._encodes_singly)  # fmt: skip

    def __enter__(self) -> Self:
        """Return itself: the ledger connects when it is first asked."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the broker; every chunk is committed or was never there."""
        self._ledger.close()


class StdoutOutput:
    """Writes JSON lines to stdout; nothing is known of earlier runs there.

    Args:
        stdout: What stands for stdout.
    """

    def __init__(self, stdout: IO[str]) -> None:
        self._stdout = stdout

    def of_file(self, file_hash: str) -> FileOutput:
        """Return the output, the same for every file."""
        del file_hash
        return self

    def start(self, *, salvages: bool) -> FileProgress:
        """Return that nothing is there yet."""
        return FileProgress(salvages=salvages)

    def publish(self, items: Sequence[FileItem]) -> None:
        """Write the events."""
        self._stdout.write(json_lines(items))

    def finish(self, problems: int) -> None:
        """Hand over what is written, before the file is put away."""
        self._stdout.flush()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: lines need no end."""
