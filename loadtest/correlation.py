"""Measure correlation: what an event costs by step, and what a million open claims take in memory.

    python -m loadtest.correlation --claims 5000
    python -m loadtest.correlation --open-claims 1000000

CPU is process time in one process, without broker and Faust: `docs/correlation.md` has the figures of whole workers.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ormsgpack
import polars as pl
import rocksdict
from faust.stores.rocksdb import RocksDBOptions

from claimstream.correlation import load_detection, load_ledger
from claimstream.pipelines import PipelineBuilder
from claimstream.settings import Settings
from loadtest.machine import resident_mib
from models.synthetic import generate
from processors.batch import ClaimBatch
from processors.correlation import facts as facts_of
from processors.correlation.facts import Fact
from schemas.codec import ColumnarEncoder
from schemas.contracts import ACKS_RECEIVED, CLAIMS_SCORED, REMITS_RECEIVED, Contract
from schemas.registry import CheckedInIds
from streams.claim_output import scored_frame
from streams.correlation.bundles import FACTS_AT_ONCE
from streams.correlation.folding import Folder, Results
from streams.correlation.observing import Observatory
from streams.correlation.publishing import Publisher
from streams.correlation.reading import FactReader
from streams.correlation.store import TABLE_OPTIONS
from streams.correlation.table import MemoryTable

START = datetime(2026, 1, 5, tzinfo=UTC)
IDS = CheckedInIds()
MAKERS = {CLAIMS_SCORED: facts_of.of_claim, REMITS_RECEIVED: facts_of.of_remit, ACKS_RECEIVED: facts_of.of_ack}


class Message:
    """A message as the readers take it."""

    def __init__(self, value: bytes) -> None:
        self.value = value
        self.topic, self.partition, self.offset = "", 0, 0


def encoded(claims: int, seed: int) -> dict[Contract, list[bytes]]:
    """Return the events of `frames`, encoded."""
    return {one: ColumnarEncoder(one, IDS).encode(frame) for one, frame in frames(claims, seed).items()}


def frames(claims: int, seed: int) -> dict[Contract, pl.DataFrame]:
    """Return the events of synthetic claims that went through the claim stage, with all that came back."""
    made = generate(claims, seed, start=START, span=timedelta(days=60), with_outcomes=True).after
    assert made is not None  # noqa: S101 - asked for
    submissions = made.submissions.with_columns(
        source_partition=pl.lit(0, pl.Int32), source_offset=pl.int_range(made.submissions.height, dtype=pl.Int64)
    )
    batch = PipelineBuilder(Settings())().run(ClaimBatch.from_events(submissions, START + timedelta(days=60)))
    return {CLAIMS_SCORED: scored_frame(batch), ACKS_RECEIVED: made.acks, REMITS_RECEIVED: made.remits}


@contextmanager
def timed(costs: dict[str, float], step: str) -> Iterator[None]:
    """Add the process time of a step."""
    started = time.process_time()
    yield
    costs[step] = costs.get(step, 0.0) + time.process_time() - started


def measure(claims: int, seed: int) -> dict[str, Any]:
    """Fold the events of synthetic claims and return what an event costs, in microseconds of CPU."""
    messages = encoded(claims, seed)
    events = sum(map(len, messages.values()))
    costs: dict[str, float] = {}
    facts: list[Fact] = []
    for contract, values in messages.items():
        reader = FactReader(contract, IDS, MAKERS[contract], facts_of.COLUMNS)
        for start in range(0, len(values), 2_000):
            with timed(costs, "read"):
                facts += reader.read([Message(value) for value in values[start : start + 2_000]])[0]
    facts.sort(key=lambda fact: (fact["at"], fact["id"]))
    table = MemoryTable()
    observatory = Observatory(*load_detection(Settings()))
    folder = Folder(load_ledger(Settings()), table, lambda _: 0, observatory)
    publisher, stated, observations = Publisher(IDS), 0, 0
    for offset, start in enumerate(range(0, len(facts), FACTS_AT_ONCE)):
        results, seen = Results(), facts[start : start + FACTS_AT_ONCE]
        with timed(costs, "fold"):
            folder.fold(0, seen, results, 3 * offset)
        seen = seen + [fact for fact in results.facts if fact["type"] != "observation"]  # verdicts of sets
        observed = [fact for fact in results.facts if fact["type"] == "observation"]
        with timed(costs, "fold"):
            folder.fold(0, seen[FACTS_AT_ONCE:], results, 3 * offset + 1)
        with timed(costs, "observe"):
            folder.fold(0, observed, results, 3 * offset + 2)
        with timed(costs, "publish"):
            publisher.records(results.statements)
        stated, observations = stated + len(results.statements), observations + len(observed)
        with timed(costs, "state"):
            for key in {fact["key"] for fact in seen}:
                value = table.read(0, key)
                if value is not None:
                    ormsgpack.unpackb(ormsgpack.packb(value))
    micros = {step: round(seconds / events * 1e6, 1) for step, seconds in costs.items()}
    total = sum(costs.values())
    return {"events": events, "facts": len(facts), "statements": stated, "observations": observations,
            "cpu_us_per_event": micros, "events_per_cpu_second": round(events / total)}  # fmt: skip


def open_accounts(seed: int) -> list[bytes]:
    """Return accounts of claims that were submitted and nothing else, as the table keeps them."""
    values = encoded(500, seed)[CLAIMS_SCORED]
    reader = FactReader(CLAIMS_SCORED, IDS, facts_of.of_claim, facts_of.COLUMNS)
    facts = [fact for fact in reader.read([Message(value) for value in values])[0] if fact["type"] == "claim"]
    ledger = load_ledger(Settings())
    return [ormsgpack.packb(ledger.apply(None, [fact], 0).account) for fact in facts]


def fill(stores: Sequence[Any], accounts: Sequence[bytes], count: int) -> None:
    """Put so many accounts into the stores of the partitions."""
    for first in range(0, count, 1_000):
        for partition, store in enumerate(stores):
            batch = rocksdict.WriteBatch(raw_mode=True)
            for number in range(first + partition, min(first + 1_000, count), len(stores)):
                batch.put(f"a|open|{number * 2654435761 % 2**32:032x}".encode(), accounts[number % len(accounts)])
            store.write(batch)


def open_claims(count: int, seed: int) -> dict[str, Any]:
    """Put open accounts into stores as a worker opens them and return memory and size on disk."""
    accounts = open_accounts(seed)
    before = resident_mib()
    with tempfile.TemporaryDirectory() as folder:
        stores = [RocksDBOptions(use_rocksdict=True, **TABLE_OPTIONS).open(Path(folder) / f"{n}.db") for n in range(4)]
        fill(stores, accounts, count)
        for number in range(0, count, max(1, count // 20_000)):
            stores[number % 4].get(f"a|open|{number * 2654435761 % 2**32:032x}".encode())
        resident = resident_mib()
        disk = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        stores.clear()
    size = sum(map(len, accounts)) / len(accounts)
    return {"open_claims": count, "account_bytes": round(size), "resident_mib": resident,
            "resident_before_mib": before, "disk_mib": disk >> 20,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}  # fmt: skip


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description="Measure correlation.")
    parser.add_argument("--claims", type=int, default=5_000, help="synthetic claims to fold")
    parser.add_argument("--open-claims", type=int, default=0, help="measure memory for so many open claims instead")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    gc.collect()
    gc.freeze()  # as a worker does
    gc.set_threshold(100_000, 20, 20)
    result = open_claims(given.open_claims, given.seed) if given.open_claims else measure(given.claims, given.seed)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
