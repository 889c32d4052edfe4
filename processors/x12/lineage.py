"""Where an event came from, and who it belongs to: the fields that remits and acknowledgements share."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from processors.x12.envelope import Envelope
from processors.x12.values import identifier
from schemas.phi import Sealer, Tokenizer

LONGEST_CONTROL = 50
"""Characters of a control number that events hold."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What the intake of a file knows before it reads.

    Attributes:
        tenant_id: Tenant the file belongs to.
        sealer: Seals identifying data.
        tokenizer: Makes tokens.
        received_at: Instant of receipt, UTC.
        file_hash: SHA-256 (hex) of the whole file where it is known.
    """

    tenant_id: str
    sealer: Sealer
    tokenizer: Tokenizer
    received_at: datetime
    file_hash: str | None = None

    def set_token(self, group: str, transaction: str) -> str:
        """Return the token of a transaction set, by which its claims and the 999 about it are joined.

        Args:
            group: GS06 of the set, or AK102 of its 999.
            transaction: ST02 of the set, or AK202 of its 999.
        """
        return self.tokenizer.token(
            self.tenant_id, "acknowledged", group.strip(), identifier(transaction, LONGEST_CONTROL) or ""
        )

    def lineage(self, raw: bytes, start: int, end: int, envelope: Envelope, place: str) -> dict[str, Any]:
        """Return the first fields of an event of remits.received or acks.received.

        Args:
            raw: The bytes the event is made of.
            start: Where they begin in the file.
            end: First byte after them.
            envelope: Control numbers.
            place: What tells the event from others with the same bytes in the same transaction.
        """
        digest = hashlib.sha256(raw).hexdigest()
        interchange, group, transaction = envelope.interchange, envelope.group, envelope.transaction
        event_id = self.tokenizer.token(self.tenant_id, "event", digest, interchange, group, transaction, place)
        own = {"event_id": event_id, "_hash": digest, "source_byte_start": start, "source_byte_end": end}
        return own | self.source(envelope)

    def source(self, envelope: Envelope) -> dict[str, Any]:
        """Return those of these fields that all events of a transaction have in common.

        Args:
            envelope: Control numbers.
        """
        interchange, group, transaction = envelope.interchange, envelope.group, envelope.transaction
        return {
            "tenant_id": self.tenant_id, "source": "x12", "source_file_hash": self.file_hash,
            "received_at": self.received_at, "interchange_control": identifier(interchange, LONGEST_CONTROL) or "",
            "group_control": identifier(group, LONGEST_CONTROL) or "",
            "transaction_control": identifier(transaction, LONGEST_CONTROL) or "",
            "guide": identifier(envelope.guide.version, 30) or "",
        }  # fmt: skip
