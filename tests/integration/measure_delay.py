"""How long after its publication an event can be asked for: ready scored claims at a steady rate into a sink process.

POLARS_MAX_THREADS=1 python -m tests.integration.measure_delay [CLAIMS_A_SECOND] [SECONDS]

The broker is librdkafka's mock cluster in this process. A claim counts as queryable when its statement is in
`claim_event`, the last table of a range: header, lines, findings and scores are there by then, and so are the rollups.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from clickhouse_connect.driver.client import Client

from schemas.contracts import CLAIMS_SCORED
from sink.migrate import migrate
from tests.clickhouse import EmbeddedClickHouse, wait_until
from tests.integration.measure_sink import batch
from tests.sink_process import start
from tests.sink_world import PARTITIONS, MockBroker, stop

TOPIC = CLAIMS_SCORED.name
TURN_S = 0.02
SEEN = "SELECT kafka_partition, max(kafka_offset) FROM claim_event WHERE event_type = 'scored' GROUP BY kafka_partition"


class Traffic:
    """Publishes at a steady rate and notes when; nothing waits for the sink.

    Args:
        broker: Where to.
        values: Messages, round-robin over the partitions.
        rate: Messages a second.
    """

    def __init__(self, broker: MockBroker, values: list[bytes], rate: int) -> None:
        self._broker, self._values, self._rate = broker, values, rate
        self.at = np.zeros(len(values))
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        started, sent = time.monotonic(), 0
        while sent < len(self._values):
            due = min(len(self._values), int((time.monotonic() - started) * self._rate))
            for number in range(sent, due):
                self._broker.producer.produce(TOPIC, self._values[number], partition=number % PARTITIONS)
            self.at[sent:due] = time.monotonic()
            sent = due
            self._broker.producer.poll(0)
            time.sleep(TURN_S)
        self._broker.producer.flush(30)


def watch(client: Client, traffic: Traffic) -> np.ndarray:
    """Return seconds from publication to the first look that finds the claim, for each."""
    seen = np.zeros(len(traffic.at))
    rows = dict.fromkeys(range(PARTITIONS), -1)
    while not seen.all():
        now = time.monotonic()
        for partition, last in client.query(SEEN).result_rows:
            seen[partition::PARTITIONS][rows[partition] + 1 : last + 1] = now
            rows[partition] = last
        time.sleep(TURN_S)
    return seen - traffic.at


def main() -> None:
    """Print percentiles of the delay."""
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else 6_667
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedClickHouse(Path(folder)).start()
        broker = MockBroker()
        with server.client(autogenerate_session_id=False) as client:
            migrate(client)
            values = batch(0, rate * seconds)
            target = {"port": server.port, "database": str(client.database)}
            sink = start({
                "bootstrap_servers": broker.address, "group_id": "delay", "contracts": {TOPIC: TOPIC},
                "clickhouse": target, "limits": {}, "log_id": "one",
            })  # fmt: skip
            wait_until(lambda: client.query("SELECT count() FROM sink_ranges").result_rows[0][0] > 0, 60)
            traffic = Traffic(broker, values, rate)
            traffic.thread.start()
            delays = watch(client, traffic)
            traffic.thread.join()
        stop(sink)
        server.stop()
    p50, p95, p99 = np.percentile(delays, [50, 95, 99])
    sys.stdout.write(f"{len(values):,} claims at {rate:,}/s: p50 {p50:.2f} s, p95 {p95:.2f} s, p99 {p99:.2f} s, ")
    sys.stdout.write(f"longest {delays.max():.2f} s\n")


if __name__ == "__main__":
    main()
