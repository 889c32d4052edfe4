"""Events of files as JSON lines or Avro containers, each file once, whatever interrupts the run."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import fastavro
from fastavro.schema import to_parsing_canonical_form

from claimstream.intake.output_ledger import OutputLedger, unwritable
from schemas.contracts import Contract
from schemas.errors import BadInputError
from streams.failpoints import Failpoints
from streams.file_ledger import FileProgress
from streams.intake import FileItem, single_events, size_of


class DurableOutput:
    """Files that chunks of events are appended to, and the ledger that tells how far each X12 file is in them.

    A chunk counts once it and its line in the ledger are on the disk. What a run that ended in between has left
    behind is cut off when the next one opens the output.

    Args:
        folder: Where the files are.
        ledger: File of the ledger.
        failpoints: Places a test may end the process at.
    """

    def __init__(self, folder: Path, ledger: Path, failpoints: Failpoints | None = None) -> None:
        self._folder = folder
        self._ledger = OutputLedger(ledger)
        self._streams: dict[str, IO[bytes]] = {}
        self._failpoints = failpoints or Failpoints()

    def of_file(self, file_hash: str) -> OneFile:
        """Return the output of the file with this SHA-256 (hex)."""
        return OneFile(self._ledger, file_hash, self._append)

    def __enter__(self) -> Self:
        """Open the ledger and cut off what it does not tell of.

        Raises:
            BadInputError: The output was changed by somebody else, or cannot be written.
        """
        self._ledger.open()
        if not any((self._folder / name).exists() for name in self._ledger.lengths):
            self._ledger.forget()
        for name in list(self._ledger.lengths):
            self._opened(name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files: every chunk is whole, or will be cut off."""
        for stream in self._streams.values():
            stream.close()
        self._streams.clear()
        self._ledger.close()

    def _opened(self, name: str) -> IO[bytes]:
        """Return a file opened to append.

        Raises:
            BadInputError: It is not as the ledger tells, or cannot be written.
        """
        if name not in self._streams:
            path, length = self._folder / name, self._ledger.lengths.get(name, 0)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                stream = self._streams[name] = path.open("a+b")
            except OSError as error:
                raise unwritable(path, error) from error
            size = os.fstat(stream.fileno()).st_size
            is_known = name in self._ledger.lengths
            if size < length or (size and not is_known):
                msg = f"The file {path} is not as ingest has left it."
                raise BadInputError(msg, "Move it and the .progress file beside it away, or give --to another place.")
            if not is_known:
                self._ledger.begin(name)
            stream.truncate(length)
        return self._streams[name]

    def _append(self, items: Sequence[FileItem]) -> dict[str, int]:
        """Write events to the disk; return the bytes of every file."""
        self._write(items)
        self._failpoints.reach("after_produce")
        for stream in self._streams.values():
            stream.flush()
            os.fsync(stream.fileno())
        self._failpoints.reach("before_commit")
        return {name: os.fstat(stream.fileno()).st_size for name, stream in self._streams.items()}

    def _write(self, items: Sequence[FileItem]) -> None:
        """Hand events to the files."""
        raise NotImplementedError


class OneFile:
    """Takes the events of one X12 file in order.

    Args:
        ledger: Tells how far the file is.
        file_hash: SHA-256 (hex) of the file.
        append: Writes events to the disk; returns the bytes of every file written to, by name.
    """

    def __init__(
        self, ledger: OutputLedger, file_hash: str, append: Callable[[Sequence[FileItem]], dict[str, int]]
    ) -> None:
        self._ledger = ledger
        self._file_hash = file_hash
        self._append = append
        self._progress = FileProgress()

    def start(self, *, salvages: bool) -> FileProgress:
        """Return how much of the file is there already; that much is left out."""
        self._progress = self._ledger.progress(self._file_hash).begun(salvages=salvages)
        return self._progress

    def publish(self, items: Sequence[FileItem]) -> None:
        """Write the next events, all or none."""
        lengths = self._append(items)
        self._record(replace(self._progress, events=self._progress.events + size_of(items)), lengths)

    def finish(self, problems: int) -> None:
        """Record that the file is whole."""
        self._record(replace(self._progress, complete=True, problems=problems), self._ledger.lengths)

    def _record(self, progress: FileProgress, lengths: dict[str, int]) -> None:
        self._ledger.record(self._file_hash, progress, lengths)
        self._progress = progress


class JsonlOutput(DurableOutput):
    """Writes one JSON object a line: the topic and the fields; sealed bytes in base64.

    Args:
        path: File to write; its ledger lies beside it.
        failpoints: Places a test may end the process at.
    """

    def __init__(self, path: Path, failpoints: Failpoints | None = None) -> None:
        super().__init__(path.parent, path.with_name(f".{path.name}.progress"), failpoints)
        self._name = path.name

    def __enter__(self) -> Self:
        """Open the output, so that it is there even without events."""
        super().__enter__()
        self._opened(self._name)
        return self

    def _write(self, items: Sequence[FileItem]) -> None:
        self._opened(self._name).write(json_lines(items).encode())


class AvroOutput(DurableOutput):
    """Writes one Avro object container a contract: FOLDER/claims.submitted.avro and so on.

    Args:
        folder: Folder to write to.
        failpoints: Places a test may end the process at.
    """

    def __init__(self, folder: Path, failpoints: Failpoints | None = None) -> None:
        super().__init__(folder, folder / ".claimstream.progress", failpoints)
        self._writers: dict[str, Any] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the containers."""
        self._writers.clear()
        super().__exit__(kind, error, trace)

    def _write(self, items: Sequence[FileItem]) -> None:
        touched = {}
        for event in single_events(items):
            writer = touched[event.contract.name] = self._writer(event.contract)
            writer.write(event.fields)
        for writer in touched.values():
            writer.flush()

    def _writer(self, contract: Contract) -> Any:
        """Return the writer of a contract's container.

        Raises:
            BadInputError: The container there holds another version of the contract.
        """
        if contract.name not in self._writers:
            stream = self._opened(f"{contract.name}.avro")
            stream.seek(0, os.SEEK_END)
            writer = fastavro.write.Writer(stream, fastavro.parse_schema(contract.schema), codec="deflate")
            if to_parsing_canonical_form(writer.schema) != to_parsing_canonical_form(contract.schema):
                msg = f"The container {contract.name}.avro holds another version of its contract."
                raise BadInputError(msg, "Give --to another folder.")
            self._writers[contract.name] = writer
        return self._writers[contract.name]


def json_lines(items: Sequence[FileItem]) -> str:
    """Return events as JSON lines."""
    return "".join(
        json.dumps({"topic": event.contract.name, **event.fields}, default=_json, separators=(",", ":")) + "\n"
        for event in single_events(items)
    )


def _json(value: object) -> str:
    """Return what JSON has no type for: bytes in base64, dates and instants in ISO 8601."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date):
        return value.isoformat()
    msg = f"an event holds a {type(value).__name__}"
    raise TypeError(msg)
