"""The events of one X12 file, sealed, in the order of the file; claims that cannot be read as dead letters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from processors.x12 import Intake, ParsedAck, ParsedClaim, ParsedRemit, RejectedClaim, X12Problem
from processors.x12.problems import shown_control_number
from processors.x12.reader import read_batches, read_file
from processors.x12.refused import RefusedSets
from processors.x12.results import EventBatch, TransactionSeen
from processors.x12.source import Source
from schemas.contracts import ACKS_RECEIVED, CLAIMS_SUBMITTED, DEAD_LETTER, REMITS_RECEIVED, Contract
from schemas.errors import BadInputError
from schemas.phi import Keyring, Sealer, Tokenizer
from streams.intake import BatchEvents, FileEvent, FileItem

if TYPE_CHECKING:
    from processors.x12.compiled.batch import ClaimBatch
    from processors.x12.compiled.remits.batch import RemitBatch

STAGE = "intake"
NO_PARTITION = -1

_PUBLISHED = (EventBatch, ParsedClaim, ParsedRemit, ParsedAck, RejectedClaim)
_CONTRACTS: dict[type, Contract] = {
    ParsedClaim: CLAIMS_SUBMITTED,
    ParsedRemit: REMITS_RECEIVED,
    ParsedAck: ACKS_RECEIVED,
}


@dataclass(frozen=True)
class FileReader:
    """Reads files of one tenant.

    Attributes:
        tenant_id: Tenant the files belong to.
        keyring: Keys that seal and make tokens.
        on_bytes: Is told after every event how many more bytes are behind it.
        salvages: Whether what can be read of a refused transaction set is published all the same.
        compiles: Whether compiled code reads large files: several times as fast, with some 200 MiB for itself.
    """

    tenant_id: str
    keyring: Keyring
    on_bytes: Callable[[int], None] = lambda _: None
    salvages: bool = False
    compiles: bool = True

    def events(self, file: Path, file_hash: str) -> Iterator[FileItem | X12Problem]:
        """Yield the events and problems of a file in its order; the same bytes give the same event ids.

        Raises:
            BadInputError: The file cannot be read.
        """
        intake = Intake(self.tenant_id, Sealer(self.keyring), Tokenizer(self.keyring), datetime.now(UTC), file_hash)
        behind = 0
        try:
            refused = RefusedSets(() if self.salvages else Source(file).chunks())
            for item in (read_batches if self.compiles else read_file)(file, intake):
                if isinstance(item, X12Problem):
                    yield item
                elif isinstance(item, TransactionSeen) and refused.holds(item.byte_start):
                    yield _refusal(item)
                elif not isinstance(item, _PUBLISHED) or refused.holds(item.byte_start):
                    continue
                else:
                    yield self._event(item, file, intake)
                    self.on_bytes(max(item.byte_end - behind, 0))
                    behind = max(behind, item.byte_end)
        except OSError as error:
            raise unreadable(file, error) from error

    def _event(
        self,
        item: ClaimBatch | RemitBatch | ParsedClaim | ParsedRemit | ParsedAck | RejectedClaim,
        file: Path,
        intake: Intake,
    ) -> FileItem:
        if isinstance(item, EventBatch):
            return BatchEvents(item)
        if isinstance(item, RejectedClaim):
            return self._dead_letter(item, file, intake)
        return FileEvent(_CONTRACTS[type(item)], item.key, item.event)

    def _dead_letter(self, rejected: RejectedClaim, file: Path, intake: Intake) -> FileEvent:
        """Return a claim that could not be read: its segments sealed, with the reason."""
        with file.open("rb") as stream:
            stream.seek(rejected.byte_start)
            raw = stream.read(rejected.byte_end - rejected.byte_start)
        file_hash = intake.file_hash
        event_id = f"{file_hash}/{rejected.byte_start}"
        fields = {
            "event_id": event_id,
            "tenant_id": self.tenant_id,
            "source": STAGE,
            "_hash": hashlib.sha256(raw).hexdigest(),
            "source_topic": f"file:{file_hash}",
            "source_partition": NO_PARTITION,
            "source_offset": rejected.byte_start,
            "schema_id": None,
            "stage": STAGE,
            "error_class": rejected.problem.code,
            "reason": rejected.problem.message,
            "remedy": rejected.problem.remedy,
            "failed_at": intake.received_at,
            "sealed_payload": intake.sealer.seal(raw, self.tenant_id, DEAD_LETTER.name, event_id),
        }
        return FileEvent(DEAD_LETTER, event_id, fields)


def _refusal(seen: TransactionSeen) -> X12Problem:
    """Return the problem that tells what is not published because its set is refused."""
    elements = [*seen.elements, "", ""]
    return X12Problem(
        severity="error",
        level="transaction",
        code="set_refused",
        message="The transaction set is refused as a whole, as its 999 says; nothing of it was published",
        remedy="Ask the sender for the set again, with a right trailer.",
        byte_offset=seen.byte_start,
        segment_position=1,
        segment_id="ST",
        element=None,
        interchange_control="",
        group_control="",
        transaction_control=shown_control_number(elements[2].strip()),
        claim_ordinal=None,
        claims_affected=seen.claims,
    )


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
