"""Measure history on this machine: `POLARS_MAX_THREADS=1 python -m tests.unit.measure_history`.

Processor time of comparing, of preparing the changelog and of writing RocksDB; claims of three lines. With few
patients many claims meet earlier ones; with many hardly any does.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.history import HistoryBook, HistoryWrites, check_history
from processors.validation import RuleCatalogue, validate
from processors.validation.examples import example_batch
from streams.state.partition import PartitionState, Pending
from streams.state.position import Mark
from streams.state.rocks import RocksStore

T = TypeVar("T")

SIZES = {1: 30, 500: 30, 4_000: 30}
"""Batches measured by size."""

PATIENTS = {"few": 40_000, "many": 10_000_000}
DAYS = 90
GOOD = {
    "total_charge_cents": 45_000,
    "diagnosis_codes": ["I10", "E119"],
    "diagnosis_qualifiers": ["ABK", "ABF"],
    "lines": [{}, {"procedure_code": "71046"}, {"procedure_code": "20610", "modifiers": ["RT"]}],
}


class StoreView:
    """A HistoryView over the store of one partition."""

    def __init__(self, folder: Path) -> None:
        self.state = PartitionState(RocksStore(folder), "log", Mark("claims"))

    def get_many(self, partitions: Sequence[int], keys: Sequence[bytes]) -> list[bytes | None]:
        assert len(partitions) == len(keys)
        return self.state.store.get_many(list(keys))

    def watermark_day(self, partition: int) -> int:
        assert partition == 0
        return self.state.mark.watermark_day

    def generation(self, partition: int) -> int:
        assert partition == 0
        return 0

    def prepare(self, writes: HistoryWrites) -> Pending:
        return self.state.prepare(writes.get(0), 0)


def batch_of(one: ClaimBatch, size: int, number: int, patients: int) -> ClaimBatch:
    """Return a batch of claims on random days of random patients."""
    random = np.random.default_rng(number)
    batch = one.take([0] * size)
    ids = [f"{number}-{row}" for row in range(size)]
    claims = batch.claims.with_columns(
        pl.Series("patient_token", [f"{token:032x}" for token in random.integers(0, patients, size)]),
        *(pl.Series(name, ids) for name in ("event_id", "claim_id", "patient_control_token")),
        pl.lit(0, pl.Int32).alias("source_partition"),
        pl.Series("source_offset", np.arange(size) + number * size),
    )
    back = pl.Series("back", random.integers(0, DAYS, size))[batch.lines["row"]] * timedelta(days=1)
    return replace(batch, claims=claims, lines=batch.lines.with_columns(pl.col("service_from") - back))


def main() -> None:
    """Print the least processor time a claim by batch size, number of patients and part."""
    catalogue = RuleCatalogue.load()
    book, one = HistoryBook.of(catalogue.library), example_batch([GOOD])
    for size, batches in SIZES.items():
        for name, patients in PATIENTS.items():
            with tempfile.TemporaryDirectory() as folder:
                view, spent = StoreView(Path(folder) / "0"), []
                for number in range(batches):
                    batch = validate(batch_of(one, size, number, patients), catalogue)
                    checked, check = timed(partial(check_history, batch, book, catalogue, view))
                    _, prepare = timed(partial(view.prepare, checked.history))
                    _, apply = timed(view.state.apply)
                    spent.append((check, prepare + apply))
                half = spent[batches // 2 :]  # the store is filled in the first half
                check, write = (min(times) / size * 1e6 for times in zip(*half, strict=True))
                sys.stdout.write(f"{size:6d} claims, {name:4s} patients: compare {check:7.2f}, write {write:6.2f}\n")
                view.state.store.close()


def timed(step: Callable[[], T]) -> tuple[T, float]:
    """Return what a step returns and the processor seconds it took."""
    started = time.process_time()
    return step(), time.process_time() - started


if __name__ == "__main__":
    main()
