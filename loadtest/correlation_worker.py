"""Measure a whole correlation worker: synthetic events through Apache Kafka, CPU and memory of the process.

    claimstream up (or any broker at KAFKA_BOOTSTRAP_SERVERS, with empty topics), then
    python -m loadtest.correlation_worker --claims 4000

The worker starts before the events are there; what its start takes is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from faust.stores.rocksdb import RocksDBOptions

from claimstream.local.keyring import ensure_keyring
from claimstream.settings import Settings
from loadtest.correlation import fill, frames, open_accounts
from processors.routing import Policy
from schemas.codec import ColumnarEncoder
from schemas.contracts import CLAIMS_SCORED, Contract
from schemas.registry import CheckedInIds
from streams.broker import Broker
from streams.correlation.app import TABLE
from streams.correlation.store import TABLE_OPTIONS
from streams.topics import CORRELATION, all_topics

GROUP = "claimstream-correlation"
WAIT_SECONDS = 600.0
EVENTS_A_TRANSACTION = 1_000
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid: int) -> float:
    """Return what a process has used, in all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def cpu_by_thread(pid: int) -> dict[str, float]:
    """Return what the threads of a process that live have used, by name; those of one name together."""
    used: dict[str, float] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        head, _, rest = (task / "stat").read_text(encoding="ascii").rpartition(")")
        fields = rest.split()
        name = head.partition("(")[2].rstrip("0123456789")
        used[name] = used.get(name, 0.0) + (int(fields[11]) + int(fields[12])) / _TICKS
    return used


def memory_mib(pid: int) -> int:
    """Return the resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE >> 20


def in_order(made: dict[Contract, pl.DataFrame]) -> list[tuple[Contract, bytes]]:
    """Return encoded events of all contracts in order of their instants."""
    events: list[tuple[Any, int, Contract, bytes]] = []
    for place, (contract, frame) in enumerate(made.items()):
        instants = frame["submitted_at" if contract is CLAIMS_SCORED else "received_at"]
        values = ColumnarEncoder(contract, CheckedInIds()).encode(frame)
        events += [(at, place, contract, value) for at, value in zip(instants, values, strict=True)]
    return [(contract, value) for _, _, contract, value in sorted(events, key=lambda one: one[:2])]


def publish(broker: Broker, events: list[tuple[Contract, bytes]]) -> None:
    """Publish events in transactions, as stage and intake do."""
    producer = Producer(broker.transactional_config("loadtest-correlation"))
    producer.init_transactions(30)
    for start in range(0, len(events), EVENTS_A_TRANSACTION):
        producer.begin_transaction()
        for number, (contract, value) in enumerate(events[start : start + EVENTS_A_TRANSACTION]):
            producer.produce(contract.name, value, str(number))
        producer.commit_transaction(60)


def lag(broker: Broker, topics: list[str]) -> int:
    """Return how many records of these topics the workers have not committed yet."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    reader = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "loadtest-lag"})
    places = [TopicPartition(topic, partition) for topic in topics
              for partition in admin.list_topics(topic, 10).topics[topic].partitions]  # fmt: skip
    found = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(GROUP, places)])[GROUP].result()
    waiting = 0
    for place in found.topic_partitions:
        first, end = reader.get_watermark_offsets(place, 10)
        waiting += end - max(first, place.offset)
    reader.close()
    return waiting


def wait_until(done: Callable[[], bool], worker: subprocess.Popen[bytes], what: str) -> None:
    """Wait for a condition.

    Raises:
        SystemExit: The worker ended, or it takes too long.
    """
    until = time.monotonic() + WAIT_SECONDS
    while not done():
        if worker.poll() is not None or time.monotonic() > until:
            sys.exit(f"The worker did not get to {what}; its log is above.")
        time.sleep(0.5)


def fill_tables(home: Path, open_claims: int, seed: int) -> None:
    """Put open claims into the tables that the worker will find."""
    tables = home / "correlation" / "0" / "v1" / "tables"
    tables.mkdir(parents=True)
    options = RocksDBOptions(use_rocksdict=True, **TABLE_OPTIONS)
    stores = [options.open(tables / f"{TABLE}-{number}.db") for number in range(CORRELATION.partitions)]
    fill(stores, open_accounts(seed), open_claims)
    for store in stores:
        store.close()


def measure(claims: int, seed: int, open_claims: int) -> dict[str, Any]:
    """Run one worker over the events of synthetic claims, beside open ones, and return what it took."""
    broker = Settings().broker
    broker.create_topics(list(all_topics(Policy.load().queues)))
    events = in_order(frames(claims, seed))
    topics = [*{contract.name for contract, _ in events}, CORRELATION.name]
    with tempfile.TemporaryDirectory() as folder:
        keyring = Path(folder) / "keyring.json"
        ensure_keyring(keyring)
        if open_claims:
            fill_tables(Path(folder), open_claims, seed)
        log = Path(folder) / "worker.log"
        environment = {"CLAIMSTREAM_HOME": folder, "CORRELATION_EVENT_TIME": "true", "POLARS_MAX_THREADS": "1"}
        with log.open("wb") as out:
            worker = subprocess.Popen(
                [sys.executable, "-m", "claimstream", "run", "correlation", "--slot", "0"],
                stdout=out, stderr=out, env={**os.environ, **environment},
            )  # fmt: skip
        try:
            wait_until(lambda: b"partitions_changed" in log.read_bytes(), worker, "its partitions")
            time.sleep(3)
            before, at_start = cpu_seconds(worker.pid), memory_mib(worker.pid)
            threads_before = cpu_by_thread(worker.pid)
            began = time.monotonic()
            publish(broker, events)
            wait_until(lambda: lag(broker, topics) <= len(topics) * 8, worker, "the end of the topics")
            took, cpu = time.monotonic() - began, cpu_seconds(worker.pid) - before
            memory = memory_mib(worker.pid)
            threads = cpu_by_thread(worker.pid)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(60)
            sys.stderr.write(log.read_text(encoding="utf-8"))
    return {
        "events": len(events),
        "open_claims_before": open_claims,
        "seconds": round(took, 1),
        "cpu_seconds": round(cpu, 2),
        "events_per_cpu_second": round(len(events) / cpu),
        "cpu_seconds_by_thread": {
            name: round(used, 2)
            for name, seconds in sorted(threads.items(), key=lambda one: -one[1])
            if (used := seconds - threads_before.get(name, 0.0)) >= 0.05
        },
        "memory_at_start_mib": at_start,
        "memory_mib": memory,
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description="Measure a correlation worker on Apache Kafka.")
    parser.add_argument("--claims", type=int, default=4_000, help="synthetic claims whose events are published")
    parser.add_argument("--open-claims", type=int, default=0, help="open claims that its tables hold before")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(measure(given.claims, given.seed, given.open_claims), indent=2) + "\n")


if __name__ == "__main__":
    main()
