"""Publish events: encoded by column, keyed as their topic says, without repeats within one producer."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.codec import ColumnarEncoder
from schemas.contracts import ACKS_RECEIVED, CLAIMS_SUBMITTED, REMITS_RECEIVED, Contract
from schemas.errors import DependencyError
from schemas.registry import SchemaIds
from streams.broker import Broker
from streams.quiet import LIBRDKAFKA
from streams.topics import ACKS, REMITS, SUBMITTED, Topic
from streams.transaction import keyed


class EventPublisher:
    """Publishes events of one topic.

    Args:
        broker: Where to publish.
        ids: Schema ids.
        topic: The topic.
        contract: Contract of its values.
        key: The key of each event.
        client_id: Name of this producer on the broker.
    """

    def __init__(
        self, broker: Broker, ids: SchemaIds, topic: Topic, contract: Contract, key: pl.Expr, client_id: str
    ) -> None:
        self._topic, self._key = topic.name, key
        self._bootstrap = broker.bootstrap
        self._producer = Producer(broker.idempotent_config(client_id), logger=LIBRDKAFKA)
        self._encoder = ColumnarEncoder(contract, ids)
        self._failed: str | None = None
        self.delivered = 0

    def connect(self) -> None:
        """Reach the broker now instead of with the first event.

        Raises:
            DependencyError: It does not answer.
        """
        try:
            self._producer.list_topics(self._topic, timeout=10)
        except KafkaException as error:
            self._failed = error.args[0].str()
            self._raise_if_failed()

    def encode(self, events: pl.DataFrame) -> tuple[list[bytes], list[str]]:
        """Return the values and keys of events.

        Raises:
            ContractError: The events do not keep the contract.
        """
        keys = events.select(self._key).to_series()
        return self._encoder.encode(events), keys.to_list()

    def publish(self, events: pl.DataFrame) -> int:
        """Queue events for delivery and return how many.

        Args:
            events: Columns of the topic's contract.
        """
        values, keys = self.encode(events)
        self.publish_encoded(values, keys)
        return len(values)

    def publish_encoded(self, values: Sequence[bytes], keys: Sequence[str]) -> None:
        """Queue encoded events for delivery; a full queue is waited for."""
        messages = keyed(values, keys)
        while messages:
            self._raise_if_failed()
            try:
                queued = self._producer.produce_batch(self._topic, messages, on_delivery=self._delivered)
            except BufferError:
                queued = 0
            self._producer.poll(0 if queued == len(messages) else 0.05)
            if queued == len(messages):
                return
            messages = [m for m in messages if "_error" in m] if queued else messages
            for message in messages:
                message.pop("_error", None)

    def flush(self, timeout_seconds: float = 60.0) -> int:
        """Wait until everything is delivered and return how many events were, in all.

        Raises:
            DependencyError: Not everything was delivered.
        """
        left = self._producer.flush(timeout_seconds)
        self._raise_if_failed()
        if left:
            self._failed = f"{left} events were not delivered within {timeout_seconds:.0f} s"
            self._raise_if_failed()
        return self.delivered

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed = error.str()
        else:
            self.delivered += 1

    def _raise_if_failed(self) -> None:
        if self._failed is not None:
            msg = f"Publishing to {self._topic} on {self._bootstrap} failed: {self._failed}."
            raise DependencyError(msg, "Check the broker, then publish again: repeated events carry the same ids.")


class ClaimPublisher(EventPublisher):
    """Publishes claims.submitted events, keyed by patient.

    Args:
        broker: Where to publish.
        ids: Schema ids.
        client_id: Name of this producer on the broker.
    """

    def __init__(self, broker: Broker, ids: SchemaIds, client_id: str = "claimstream-intake") -> None:
        super().__init__(broker, ids, SUBMITTED, CLAIMS_SUBMITTED, _joined("patient_token"), client_id)


class RemitPublisher(EventPublisher):
    """Publishes remits.received events, keyed by claim, or by payment where they are about none."""

    def __init__(self, broker: Broker, ids: SchemaIds, client_id: str = "claimstream-remits") -> None:
        subject = pl.coalesce("patient_control_token", "payment_id")
        super().__init__(broker, ids, REMITS, REMITS_RECEIVED, _joined(subject), client_id)


class AckPublisher(EventPublisher):
    """Publishes acks.received events, keyed by what they acknowledge."""

    def __init__(self, broker: Broker, ids: SchemaIds, client_id: str = "claimstream-acks") -> None:
        super().__init__(broker, ids, ACKS, ACKS_RECEIVED, _joined("subject_token"), client_id)


def _joined(subject: str | pl.Expr) -> pl.Expr:
    return pl.concat_str("tenant_id", pl.lit("|"), subject)
