"""The broker: client configuration in typed parameters, topic creation, reachability."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from schemas.errors import DependencyError
from streams.quiet import LIBRDKAFKA
from streams.topics import Topic

RECONNECT_MS = 1_000
"""Longest wait between two attempts to reach a broker that is away; the client's own ten seconds are a long stall."""

FETCH_AGAIN_MS = 20
"""How soon a client looks whether its queue of messages has room again; its own second is a long stall in a burst."""

GATHER_MS = 20
"""How long a publisher gathers records into a request: each is a batch that every reader of the topic pays for."""

OPEN_SECONDS = 60.0
"""Longest wait until new partitions can be written; a busy broker opens some hundred a second."""

ClientConfig = dict[str, str | int | float | bool]


@dataclass(frozen=True)
class Broker:
    """Where the broker is and how long to wait for it.

    Attributes:
        bootstrap: Bootstrap servers, host:port separated by commas.
        session_timeout_ms: Group session timeout; the embedded broker needs half of it for a join.
        transaction_timeout_ms: A dead producer blocks read_committed readers at most this long.
        replication_factor: Of topics that claimstream creates.
        gather_ms: How long a publisher gathers records into a request.
    """

    bootstrap: str
    session_timeout_ms: int = 6_000
    transaction_timeout_ms: int = 10_000
    replication_factor: int = 1
    gather_ms: int = GATHER_MS

    def consumer_config(self, group_id: str, client_id: str) -> ClientConfig:
        """Return the configuration of a consumer whose offsets are committed by hand."""
        return {
            "bootstrap.servers": self.bootstrap,
            "client.id": client_id,
            "reconnect.backoff.max.ms": RECONNECT_MS,
            "group.id": group_id,
            "session.timeout.ms": self.session_timeout_ms,
            "heartbeat.interval.ms": self.session_timeout_ms // 4,
            "max.poll.interval.ms": 120_000,
            "partition.assignment.strategy": "cooperative-sticky",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 20,
            "fetch.message.max.bytes": 4 << 20,
            "queued.max.messages.kbytes": 16 << 10,
            "fetch.queue.backoff.ms": FETCH_AGAIN_MS,
            "allow.auto.create.topics": False,
        }

    def transactional_config(self, transactional_id: str) -> ClientConfig:
        """Return the configuration of a transactional producer."""
        return {
            **self._producer_config(transactional_id),
            "transactional.id": transactional_id,
            # After a new bootstrap the client waits for a coordinator that it has let go of (librdkafka issue 5511).
            "metadata.recovery.strategy": "none",
            "transaction.timeout.ms": self.transaction_timeout_ms,
            "linger.ms": 5,  # a commit sends what waits at once
        }

    def idempotent_config(self, client_id: str) -> ClientConfig:
        """Return the configuration of a plain producer that does not repeat records."""
        return {**self._producer_config(client_id), "enable.idempotence": True, "linger.ms": self.gather_ms}

    def _producer_config(self, client_id: str) -> ClientConfig:
        return {
            "bootstrap.servers": self.bootstrap,
            "client.id": client_id,
            "reconnect.backoff.max.ms": RECONNECT_MS,
            "batch.size": 1 << 20,
            "queue.buffering.max.messages": 200_000,
            "queue.buffering.max.kbytes": 256 << 10,
            "compression.type": "lz4",
            "partitioner": "murmur2_random",
            # With more, records that a broker refuses at first can be lost and reported as delivered (ADR 24).
            "max.in.flight": 1,
        }

    def check(self, timeout_seconds: float = 5.0) -> int:
        """Return the number of brokers that answer.

        Raises:
            DependencyError: None answers in time.
        """
        try:
            return len(self._admin().list_topics(timeout=timeout_seconds).brokers)
        except KafkaException as error:
            raise self._away() from error

    def create_topics(self, topics: Iterable[Topic]) -> list[str]:
        """Create the topics that are missing, wait until they can be written, and return their names.

        Raises:
            DependencyError: The broker does not answer or refuses.
        """
        admin = self._admin()
        try:
            existing = set(admin.list_topics(timeout=10).topics)
        except KafkaException as error:
            raise self._away() from error
        missing = [topic for topic in topics if topic.name not in existing]
        if not missing:
            return []
        requests = [NewTopic(t.name, t.partitions, self.replication_factor, config=t.settings) for t in missing]
        created = []
        for name, future in admin.create_topics(requests, request_timeout=30).items():
            try:
                future.result()
                created.append(name)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    msg = f"The broker refused to create the topic {name}: {error.args[0].str()}."
                    raise DependencyError(msg, "Create it by hand, or give this user the right to.") from error
        self._await_open([TopicPartition(t.name, p) for t in missing for p in range(t.partitions)])
        return created

    def _await_open(self, partitions: list[TopicPartition]) -> None:
        """Wait until the leaders of new partitions answer: a topic is announced before its partitions are open.

        Whoever writes in between, with several requests under way as most clients do, may lose the first (ADR 24).
        """
        deadline = time.monotonic() + OPEN_SECONDS
        while partitions:
            # A client that knew the topics before, or asked too early, goes on with what it knows: a new one each time.
            admin = self._admin()
            answers = admin.list_offsets({one: OffsetSpec.latest() for one in partitions}, request_timeout=10)
            refused = {one: error for one, answer in answers.items() if (error := answer.exception()) is not None}
            partitions = list(refused)
            if partitions and time.monotonic() > deadline:
                first = partitions[0]
                said = refused[first].args[0].name()
                msg = f"{first.topic}, partition {first.partition}, is made and cannot be written: {said}."
                raise DependencyError(msg, "Look at the log of the broker, and try again.")
            if partitions:
                time.sleep(0.05)

    def partition_count(self, topic: str) -> int:
        """Return how many partitions a topic has.

        Raises:
            DependencyError: The broker does not answer, or the topic does not exist.
        """
        try:
            metadata = self._admin().list_topics(topic, timeout=10).topics[topic]
        except KafkaException as error:
            raise self._away() from error
        if metadata.error is not None:
            msg = f"The topic {topic} does not exist."
            raise DependencyError(msg, "Create it with: claimstream topics create.")
        return len(metadata.partitions)

    def _admin(self) -> AdminClient:
        return AdminClient(
            {"bootstrap.servers": self.bootstrap, "socket.connection.setup.timeout.ms": 5_000},
            logger=LIBRDKAFKA,
        )

    def _away(self) -> DependencyError:
        msg = f"No broker answers at {self.bootstrap}."
        return DependencyError(
            msg, "Start it (claimstream up, or docker compose up kafka), or correct KAFKA_BOOTSTRAP_SERVERS."
        )
