"""Watch the answers of one engine, and what it costs between two moments of the run."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field

from confluent_kafka import Consumer, TopicPartition

from loadtest.machine import cpu_seconds, peak_rss_mb
from loadtest.watch import event_id_of
from schemas.errors import DependencyError
from streams.broker import Broker
from streams.quiet import LIBRDKAFKA

STALL_SECONDS = 60.0
SAMPLE_BEGINS = b"0"
"""Answers whose event id begins so are kept: of every engine the same sixteenth of the claims."""

LINGER_SECONDS = 1.0
"""How long to look for repeats after the last answer."""


@dataclass(frozen=True)
class Moment:
    """How far an engine was."""

    at: float
    cpu_seconds: float
    claims: int


@dataclass
class Watched:
    """What came of an engine.

    Attributes:
        ids: Event ids of the answers.
        records: Answers, repeats included.
        sample: Some answers, as they are on the topic; of every engine those to the same claims.
        warm: When the warm-up was over.
        last: When the last claim was answered.
        rss_mb: Peak resident memory.
    """

    ids: set[bytes] = field(default_factory=set)
    records: int = 0
    sample: list[bytes] = field(default_factory=list)
    warm: Moment | None = None
    last: Moment | None = None
    rss_mb: float = 0.0


def watch(broker: Broker, topic: str, process: subprocess.Popen[bytes], claims: int, warm_up: int) -> Watched:
    """Read the answers of an engine until all are there.

    Args:
        broker: Where they are.
        topic: The engine's topic, empty when it starts.
        process: The engine.
        claims: Answers to wait for.
        warm_up: Answers that are not measured.

    Raises:
        DependencyError: The engine ended, or made no headway for a minute.
    """
    consumer = _consumer(broker, topic)
    watched, headway = Watched(), time.monotonic()
    try:
        while watched.last is None or time.monotonic() - watched.last.at < LINGER_SECONDS:
            found = [m.value() for m in consumer.consume(10_000, 0.02) if m.error() is None]
            now = time.monotonic()
            if found:
                headway = now
                _take(watched, found)
            if watched.warm is None and watched.records >= warm_up:
                watched.warm = Moment(now, cpu_seconds(process.pid), watched.records)
            if watched.last is None and len(watched.ids) >= claims:
                watched.last = Moment(now, cpu_seconds(process.pid), watched.records)
                watched.rss_mb = peak_rss_mb(process.pid)
            if process.poll() is not None or now - headway > STALL_SECONDS:
                msg = (
                    f"The engine that writes {topic} ended or stood still after {watched.records} of {claims} answers."
                )
                raise DependencyError(msg, "Look at its log in the workspace, or leave it out with --only.")
    finally:
        consumer.close()
    return watched


def _take(watched: Watched, found: list[bytes]) -> None:
    watched.records += len(found)
    ids = list(map(event_id_of, found))
    watched.ids.update(ids)
    watched.sample += [value for name, value in zip(ids, found, strict=True) if name.startswith(SAMPLE_BEGINS)]


def _consumer(broker: Broker, topic: str) -> Consumer:
    name = f"watch-{topic}-{time.time_ns()}"
    consumer = Consumer({**broker.consumer_config(name, name), "fetch.wait.max.ms": 20}, logger=LIBRDKAFKA)
    consumer.assign([TopicPartition(topic, p, 0) for p in range(broker.partition_count(topic))])
    return consumer
