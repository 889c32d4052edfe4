"""The system as processes, for tests: stages and a sink against a given broker and ClickHouse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from claimstream.local.keyring import ensure_keyring
from loadtest.watch import event_id_of
from models.synthetic import generate
from schemas.phi import Keyring, Sealer, Tokenizer
from schemas.registry import CheckedInIds
from sink.migrate import migrate
from streams.broker import Broker
from streams.publish import ClaimPublisher
from streams.topics import DEAD_LETTERS, SCORED
from tests.clickhouse import EmbeddedClickHouse

WAIT_SECONDS = 240.0


@dataclass
class System:
    """Worker processes around one broker and one ClickHouse; everything it starts it also ends."""

    broker: Broker
    folder: Path
    clickhouse: EmbeddedClickHouse | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def keyring(self) -> Path:
        return self.folder / "keyring.json"

    def start_clickhouse(self) -> None:
        self.clickhouse = EmbeddedClickHouse(self.folder / "clickhouse").start()
        with self.clickhouse.client() as client:
            migrate(client)

    def start(self, name: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start claimstream with these arguments; its log is NAME.log."""
        ensure_keyring(self.keyring)
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "claimstream", *arguments],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, **self.environment(), **environment},
            )
        self.processes[name] = process
        return process

    def environment(self) -> dict[str, str]:
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.broker.bootstrap,
            "CLICKHOUSE_PORT": str(self.clickhouse.port if self.clickhouse else 1),
            "CLAIMSTREAM_HOME": str(self.folder),
            "POLARS_MAX_THREADS": "1",
            "BATCH_SIZE": "1000",
            "KAFKA_SESSION_TIMEOUT_MS": "2000",
        }

    def start_stage(self, slot: int = 0, **environment: str) -> subprocess.Popen[bytes]:
        return self.start(f"claims-{slot}", "run", "claims", "--slot", str(slot), **environment)

    def start_sink(self, **environment: str) -> subprocess.Popen[bytes]:
        return self.start("sink", "run", "sink", **environment)

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run claimstream to its end, which must have this exit code, and return what it printed."""
        ensure_keyring(self.keyring)
        done = subprocess.run(
            [sys.executable, "-m", "claimstream", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={**os.environ, **self.environment(), "CLAIMSTREAM_TENANT": "t1"},
        )
        assert done.returncode == code, done.stderr
        return done.stdout

    def kill(self, name: str) -> None:
        """End a process the hard way."""
        self.processes[name].kill()
        self.processes[name].wait()

    def terminate(self, name: str) -> int:
        """Ask a process to end and return its exit code."""
        self.processes[name].send_signal(signal.SIGTERM)
        return self.processes[name].wait(WAIT_SECONDS)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
        if self.clickhouse is not None and self.clickhouse.process is not None:
            self.clickhouse.process.kill()
            self.clickhouse.process.wait()

    def publish(self, claims: int, seed: int = 1) -> set[bytes]:
        """Publish synthetic claims and return their event ids."""
        ensure_keyring(self.keyring)
        keyring = Keyring.load(self.keyring)
        publisher = ClaimPublisher(self.broker, CheckedInIds())
        made = generate(
            claims,
            seed,
            start=datetime.now(UTC),
            tenant_id="demo",
            sealer=Sealer(keyring),
            tokenizer=Tokenizer(keyring),
        ).events
        publisher.publish(made)
        assert publisher.flush() == claims
        return {event_id.encode() for event_id in made["event_id"]}

    def encoded(self, claims: int, seed: int = 1) -> tuple[list[bytes], list[str], pl.DataFrame]:
        """Return synthetic claims as messages, without publishing them."""
        made = generate(claims, seed, start=datetime.now(UTC), tenant_id="demo").events
        values, keys = ClaimPublisher(self.broker, CheckedInIds()).encode(made)
        return values, keys, made

    def committed(self, topic: str) -> list[Message]:
        """Return every record of a topic that a read_committed reader sees now."""
        return read_committed(self.broker, topic)

    def committed_ids(self) -> list[bytes]:
        """Return the event ids on claims.scored, repeats included."""
        return [event_id_of(m.value()) for m in self.committed(SCORED.name)]

    def wait_for_results(self, count: int) -> None:
        """Wait until so many scored claims and dead letters are readable."""

        def enough() -> bool:
            return len(self.committed(SCORED.name)) + len(self.committed(DEAD_LETTERS.name)) >= count

        self.wait_until(enough, f"{count} results")

    def wait_for_rows(self, count: int) -> None:
        """Wait until so many claims and dead letters are in ClickHouse."""
        self.wait_until(lambda: sum(self.rows()) >= count, f"{count} rows")

    def rows(self) -> tuple[int, int]:
        """Return the rows of claims_header and dead_letters."""
        query = "SELECT (SELECT count() FROM claims_header), (SELECT count() FROM dead_letters)"
        headers, letters = self.query(query)[0]
        return int(headers), int(letters)

    def query(self, sql: str) -> Sequence[Sequence[Any]]:
        assert self.clickhouse is not None
        with self.clickhouse.client(database="claimstream") as client:
            rows: Sequence[Sequence[Any]] = client.query(sql).result_rows
        return rows

    def hold(self, seconds: float) -> None:
        """Let time pass; no process may end meanwhile."""
        until = time.monotonic() + seconds
        self.wait_until(lambda: time.monotonic() >= until, "the end of a pause")

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not condition():
            for name, process in self.processes.items():
                assert process.poll() in (None, 0, -signal.SIGKILL), f"{name}: {self.log(name)[-1500:]}"
            assert time.monotonic() < deadline, f"no {what} after {WAIT_SECONDS:.0f} s"
            time.sleep(0.2)


def _end(consumer: Consumer, place: TopicPartition) -> int:
    """Return the end of a partition; on a busy machine one that was just made may have no leader yet."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return int(consumer.get_watermark_offsets(place, timeout=10)[1])
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def read_committed(broker: Broker, *topics: str) -> list[Message]:
    """Read topics from start to their present end as a read_committed reader."""
    consumer = Consumer(broker.consumer_config(f"reader-{time.time_ns()}", "reader"))
    try:
        partitions = [TopicPartition(topic, p, 0) for topic in topics for p in range(broker.partition_count(topic))]
        ends = {(p.topic, p.partition): _end(consumer, p) for p in partitions}
        open_partitions = [p for p in partitions if ends[p.topic, p.partition]]
        consumer.assign(open_partitions)
        found: list[Message] = []
        deadline = time.monotonic() + WAIT_SECONDS
        while open_partitions:
            assert time.monotonic() < deadline, f"{topics} cannot be read to their end"
            found += [m for m in consumer.consume(10_000, 0.05) if m.error() is None]
            if all(p.offset >= ends[p.topic, p.partition] for p in consumer.position(open_partitions)):
                break
        return found
    finally:
        consumer.close()
