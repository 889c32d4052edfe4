"""The ledger of a file output: how far each X12 file was written, and how long the files written to are."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from schemas.errors import BadInputError
from streams.file_ledger import FileProgress


class OutputLedger:
    """JSON lines beside the output, each flushed to the disk after what it tells of; one run at a time has it.

    A line that tells of a chunk stands behind the chunk: what lies beyond the last line was being written when a run
    ended, and is cut off by the next one.

    Args:
        path: File of the ledger.

    Attributes:
        lengths: Bytes of each file written to, by name, that the ledger vouches for.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: IO[bytes] | None = None
        self._files: dict[str, FileProgress] = {}
        self.lengths: dict[str, int] = {}

    def open(self) -> None:
        """Read the ledger and keep other runs out.

        Raises:
            BadInputError: It is no ledger, cannot be written, or another run has it.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            stream = self._path.open("a+b")
        except OSError as error:
            raise unwritable(self._path, error) from error
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            stream.close()
            msg = f"Another run writes to the output of {self._path}."
            raise BadInputError(msg, "Wait until it has ended, or give --to another place.") from error
        self._stream = stream
        stream.seek(0)
        sound = 0
        for line in stream:
            if not line.endswith(b"\n"):
                break  # the run ended while it wrote this line
            try:
                self._read(json.loads(line))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                self.close()
                msg = f"The file {self._path} is not a ledger of ingest."
                raise BadInputError(msg, "Move it and the output away, or give --to another place.") from error
            sound += len(line)
        stream.truncate(sound)

    def forget(self) -> None:
        """Begin again: what was written is gone."""
        self._files.clear()
        self.lengths.clear()
        self._open().truncate(0)

    def progress(self, file_hash: str) -> FileProgress:
        """Return how far a file was written."""
        return self._files.get(file_hash, FileProgress())

    def record(self, file_hash: str, progress: FileProgress, lengths: dict[str, int]) -> None:
        """Tell how far a file was written, once all of it is on the disk.

        Args:
            file_hash: SHA-256 (hex) of the file.
            progress: How far.
            lengths: Bytes of every file written to, by name.
        """
        self._write({"file_hash": file_hash, **asdict(progress), "lengths": lengths})

    def begin(self, name: str) -> None:
        """Tell that a file is written to from now on, of which nothing counts yet."""
        self._write({"lengths": {**self.lengths, name: 0}})

    def close(self) -> None:
        """Let other runs in."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _write(self, line: dict[str, Any]) -> None:
        stream = self._open()
        stream.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
        self._read(line)

    def _read(self, line: dict[str, Any]) -> None:
        values = dict(line)
        self.lengths = values.pop("lengths")
        if "file_hash" in values:
            file_hash = values.pop("file_hash")
            self._files[file_hash] = FileProgress(**values)

    def _open(self) -> IO[bytes]:
        assert self._stream is not None  # noqa: S101 - outputs open it first
        return self._stream


def unwritable(path: Path, error: OSError) -> BadInputError:
    """Return the error of a place that cannot be written."""
    msg = f"The file {path} cannot be written: {error.strerror}."
    return BadInputError(msg, "Give --to a place that can be written.")
