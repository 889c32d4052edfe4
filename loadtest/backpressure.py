"""A store that stands still while claims keep coming: lag grows on the broker, memory of the workers does not.

`python -m loadtest.backpressure` prints samples and the verdict as JSON; `--out docs/performance/backpressure.json`
keeps them for the page and its chart.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from claimstream.local.keyring import ensure_keyring
from claimstream.local.processes import Supervisor
from claimstream.local.stack import embedded_stack, local_settings, pick_ports
from claimstream.settings import Settings
from claimstream.synthetic import synthetic_batches
from loadtest.machine import described
from loadtest.open_loop import offer
from loadtest.scrape import samples
from schemas.registry import schema_ids
from sink.config import SinkConfig
from streams.publish import ClaimPublisher
from streams.topics import SCORED

SINK_GROUP = SinkConfig("").group_id
SAMPLE_SECONDS = 0.5
DRAIN_SECONDS = 300
WATCHED = ("claims-0", "sink", "clickhouse")
BOUND_MIB = 300
"""Most that a worker may grow by while the store is away: the queues of its client, once."""


@dataclass(frozen=True)
class Plan:
    """What to do.

    Attributes:
        claims: How many claims.
        rate: Claims a second.
        away_after: Seconds of load before the store stops.
        away: Seconds the store stands still.
        seed: Seed of the claims.
    """

    claims: int
    rate: float
    away_after: float
    away: float
    seed: int = 11


@dataclass(frozen=True)
class Sample:
    """One look.

    Attributes:
        at: Seconds since the load began.
        rss_mib: Resident memory by process.
        sink_lag: Records that the sink has not read.
        stage_lag: Claims that the stage has not read.
    """

    at: float
    rss_mib: dict[str, float]
    sink_lag: int
    stage_lag: int


@dataclass
class Curve:
    """What was seen.

    Attributes:
        plan: What was done.
        samples: In order of time.
        grown_mib: How much each worker grew by while the store was away.
        most_lag: Largest lag of the sink.
        drained: Whether all was stored in the end.
        bounded: Whether no worker grew by more than BOUND_MIB.
    """

    plan: Plan
    samples: list[Sample] = field(default_factory=list)
    grown_mib: dict[str, float] = field(default_factory=dict)
    most_lag: int = 0
    drained: bool = False
    bounded: bool = False


def measure(base: Settings, plan: Plan) -> Curve:
    """Run the embedded stack under load, stop its store for a while, and watch.

    Raises:
        DependencyError: A server does not start.
    """
    ports = pick_ports(1)
    with tempfile.TemporaryDirectory(prefix="claimstream-backpressure-", ignore_cleanup_errors=True) as folder:
        settings = local_settings(base, ports, Path(folder))
        ensure_keyring(settings.keyring_path)
        with embedded_stack(settings, ports) as supervisor:
            return _Run(settings, plan, supervisor, ports.stages[0]).curve()


class _Run:
    """One run on a stack that is up."""

    def __init__(self, settings: Settings, plan: Plan, supervisor: Supervisor, stage_port: int) -> None:
        self._plan = plan
        self._pids = supervisor.pids()
        self._stage = stage_port
        self._count = settings.broker.partition_count(SCORED.name)
        self._sink = Consumer({"bootstrap.servers": settings.kafka_bootstrap_servers, "group.id": SINK_GROUP})
        self._publisher = ClaimPublisher(settings.broker, schema_ids(settings.schema_registry_url))
        self._values: list[bytes] = []
        self._keys: list[str] = []
        for events in synthetic_batches(settings, plan.claims, plan.seed, "seed"):
            values, keys = self._publisher.encode(events)
            self._values += values
            self._keys += keys

    def curve(self) -> Curve:
        """Offer the load, stop the store, wake it, wait until all is stored."""
        curve, plan = Curve(self._plan), self._plan
        load = threading.Thread(target=offer, args=(self._publisher, self._values, self._keys, plan.rate), daemon=True)
        started = time.monotonic()

        def watch(until: Callable[[], bool]) -> None:
            while not until():
                curve.samples.append(self._sample(time.monotonic() - started))
                time.sleep(SAMPLE_SECONDS)

        load.start()
        watch(lambda: time.monotonic() - started >= plan.away_after)
        os.kill(self._pids["clickhouse"], signal.SIGSTOP)
        try:
            watch(lambda: time.monotonic() - started >= plan.away_after + plan.away)
        finally:
            os.kill(self._pids["clickhouse"], signal.SIGCONT)
        deadline = time.monotonic() + DRAIN_SECONDS
        watch(lambda: time.monotonic() > deadline or (not load.is_alive() and self._drained()))
        curve.drained = self._drained()
        return _judged(curve)

    def _drained(self) -> bool:
        """Tell whether all was read; the mark that ends a transaction is no record, and never read."""
        return self._sample(0.0).stage_lag == 0 and all(lag <= 1 for lag in self._sink_lags())

    def _sample(self, at: float) -> Sample:
        rss = {name: _rss_mib(pid) for name, pid in self._pids.items() if name in WATCHED}
        stage = int(sum(value for _, value in samples(self._stage, "claimstream_stage_lag")))
        return Sample(round(at, 1), rss, sum(self._sink_lags()), stage)

    def _sink_lags(self) -> list[int]:
        """Return the scored claims of each partition that the sink has not committed.

        What it says itself stands still with it.
        """
        places = [TopicPartition(SCORED.name, partition) for partition in range(self._count)]
        done = {place.partition: max(place.offset, 0) for place in self._sink.committed(places, timeout=10)}
        return [
            max(self._sink.get_watermark_offsets(place, timeout=10)[1] - done[place.partition], 0) for place in places
        ]


def _judged(curve: Curve) -> Curve:
    """Fill in what the samples say."""
    plan = curve.plan
    before = [s for s in curve.samples if s.at <= plan.away_after]
    while_away = [s for s in curve.samples if plan.away_after < s.at <= plan.away_after + plan.away]
    for name in WATCHED[:2]:
        grown = max(s.rss_mib[name] for s in while_away) - before[-1].rss_mib[name]
        curve.grown_mib[name] = round(grown, 1)
    curve.most_lag = max(s.sink_lag for s in curve.samples)
    curve.bounded = max(curve.grown_mib.values()) <= BOUND_MIB
    return curve


def _rss_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024, 1)


def main() -> int:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(prog="python -m loadtest.backpressure", description=__doc__)
    parser.add_argument("--claims", type=int, default=200_000)
    parser.add_argument("--rate", type=float, default=4_000, help="claims a second")
    parser.add_argument("--away-after", type=float, default=10, help="seconds of load before the store stops")
    parser.add_argument("--away", type=float, default=30, help="seconds the store stands still")
    parser.add_argument("--out", type=Path, default=None, help="file to keep the result in")
    asked = parser.parse_args()
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    curve = measure(Settings(), Plan(asked.claims, asked.rate, asked.away_after, asked.away))
    result = described({"profile": "backpressure", **asdict(curve)})
    if asked.out is not None:
        asked.out.write_text(json.dumps(result) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 0 if curve.bounded and curve.drained else 3


if __name__ == "__main__":
    sys.exit(main())
