"""Dead letters: messages that cannot be processed, kept sealed with their reason; a flood stops the stage."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from confluent_kafka import Message as KafkaMessage

from schemas.codec import ColumnarEncoder
from schemas.codec.dtypes import frame_schema
from schemas.contracts import DEAD_LETTER
from schemas.errors import FatalStreamError
from schemas.phi import Sealer
from schemas.registry import SchemaIds
from streams.topics import DEAD_LETTERS
from streams.transaction import Headers, Message


@dataclass(frozen=True)
class Failure:
    """Why one message was given up.

    Attributes:
        message: The Kafka message.
        stage: Step that failed.
        error_class: Class of the error.
        reason: What went wrong; holds nothing of the payload.
        remedy: What the operator can do.
        schema_id: Id in its framing, when there was one.
        tenant_id: Customer, when it could be read.
    """

    message: KafkaMessage
    stage: str
    error_class: str
    reason: str
    remedy: str
    schema_id: int | None = None
    tenant_id: str = ""


class DeadLetterOffice:
    """Turns failures into records of the dead-letter topic.

    Args:
        ids: Who knows the schema id.
        sealer: Seals the raw message: it may hold anything.
        source: Name of the process.
    """

    def __init__(self, ids: SchemaIds, sealer: Sealer, source: str) -> None:
        self._encoder = ColumnarEncoder(DEAD_LETTER, ids)
        self._sealer = sealer
        self._source = source

    def letters(self, failures: list[Failure], now: datetime) -> list[tuple[str, Message, Headers]]:
        """Return topic, message and headers of each failure."""
        if not failures:
            return []
        rows = [self._row(failure, now) for failure in failures]
        values = self._encoder.encode(pl.DataFrame(rows, schema=frame_schema(DEAD_LETTER.schema)))
        return [
            (
                DEAD_LETTERS.name,
                {"value": value, "key": row["event_id"]},
                _headers(failure),
            )
            for failure, row, value in zip(failures, rows, values, strict=True)
        ]

    def _row(self, failure: Failure, now: datetime) -> dict[str, object]:
        message = failure.message
        raw = message.value() or b""
        event_id = f"{message.topic()}/{message.partition()}/{message.offset()}"
        return {
            "event_id": event_id,
            "tenant_id": failure.tenant_id,
            "source": self._source,
            "_hash": hashlib.sha256(raw).hexdigest(),
            "source_topic": message.topic(),
            "source_partition": message.partition(),
            "source_offset": message.offset(),
            "schema_id": failure.schema_id,
            "stage": failure.stage,
            "error_class": failure.error_class,
            "reason": failure.reason,
            "remedy": failure.remedy,
            "failed_at": now,
            "sealed_payload": self._sealer.seal(raw, failure.tenant_id, DEAD_LETTER.name, event_id),
        }


def _headers(failure: Failure) -> Headers:
    message = failure.message
    facts = {
        "source.topic": message.topic(),
        "source.partition": message.partition(),
        "source.offset": message.offset(),
        "schema.id": failure.schema_id if failure.schema_id is not None else "",
        "stage": failure.stage,
        "error.class": failure.error_class,
        "reason": failure.reason,
    }
    return [(name, str(value).encode()) for name, value in facts.items()]


@dataclass
class FloodGuard:
    """Stops the stage when most of what arrives is bad: then the producer or the stage is broken.

    Attributes:
        max_consecutive: Bad messages in a row (over whole batches) before the stage stops.
        max_ratio: Share of bad messages in a batch that counts as a bad batch.
        min_messages: Batches smaller than this do not stop the stage by their ratio.
    """

    max_consecutive: int = 1_000
    max_ratio: float = 0.5
    min_messages: int = 200
    consecutive: int = 0

    def check(self, bad: int, total: int) -> None:
        """Count a batch.

        Raises:
            FatalStreamError: It is a flood; nothing of the batch was committed.
        """
        self.consecutive = self.consecutive + bad if bad == total else 0
        flooded = total >= self.min_messages and bad > total * self.max_ratio
        if flooded or self.consecutive >= self.max_consecutive:
            share = f"{bad} of {total} messages of a batch cannot be processed"
            msg = f"{share}; the stage stops before it fills the dead-letter topic."
            raise FatalStreamError(
                msg, "Check what the producer writes, and whether the schema registry is the right one."
            )
