"""The events of one X12 file, sealed, in the order of the file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from processors.x12 import X12Problem, read_claims
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.errors import BadInputError
from schemas.phi import Keyring, Sealer, Tokenizer
from streams.intake import FileEvent

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class FileReader:
    """Reads files of one tenant.

    Attributes:
        tenant_id: Tenant the files belong to.
        keyring: Keys that seal and make tokens.
        on_bytes: Is told how many bytes were read, chunk by chunk.
    """

    tenant_id: str
    keyring: Keyring
    on_bytes: Callable[[int], None] = lambda _: None

    def events(self, file: Path, file_hash: str) -> Iterator[FileEvent | X12Problem]:
        """Yield the events and problems of a file in its order; the same bytes give the same event ids.

        Raises:
            BadInputError: The file cannot be read.
        """
        found = read_claims(
            self._chunks(file),
            tenant_id=self.tenant_id,
            sealer=Sealer(self.keyring),
            tokenizer=Tokenizer(self.keyring),
            received_at=datetime.now(UTC),
            file_hash=file_hash,
        )
        for item in found:
            yield item if isinstance(item, X12Problem) else FileEvent(CLAIMS_SUBMITTED, item.event)

    def _chunks(self, file: Path) -> Iterator[bytes]:
        try:
            with file.open("rb") as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    self.on_bytes(len(chunk))
                    yield chunk
        except OSError as error:
            raise unreadable(file, error) from error


def hash_of(file: Path) -> str:
    """Return the SHA-256 (hex) of a file.

    Raises:
        BadInputError: The file cannot be read.
    """
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(file, error) from error


def unreadable(file: Path, error: OSError) -> BadInputError:
    """Return the error of a file that cannot be read."""
    if isinstance(error, FileNotFoundError):
        msg = f"There is no file {file}."
        return BadInputError(msg, "Give the path of an X12 file, or of a folder of them.")
    msg = f"The file {file} cannot be read: {error.strerror}."
    return BadInputError(msg, "Check its permissions.")
