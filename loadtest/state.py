"""What the size of the state costs: the same claims over an empty history and over millions of keys."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from claimstream.pipelines import PipelineBuilder
from claimstream.settings import Settings
from loadtest.machine import resident_mib
from loadtest.stage import BareStage, StoredHistory, batches_of, in_turns, measured_claims, settle, stage_cost
from processors.history.calendar import quarter_name
from processors.history.entry import ENTRY
from processors.pipeline import ClaimPipeline
from processors.step import StepTimes
from schemas.errors import FatalStreamError
from streams.state.position import Position

KEYS_AT_ONCE = 100_000
QUARTERS = 12
QUARTER_DAYS = 91
FIRST_QUARTER = 4 * (2023 - 1970)
_PREFIXES = tuple(f"Q{quarter_name(FIRST_QUARTER + back)}demo|" for back in range(QUARTERS))
_REST_SECONDS, _LOOK_SECONDS = 300.0, 1.0
_TOKEN_CHARACTERS = 64
_SPREAD = 0x9E3779B97F4A7C15
"""Multiplied by it, numbers in order become numbers all over the range: keys come as patients do, in no order."""


def state_sizes(settings: Settings, sizes: Sequence[int], claims: int, seed: int) -> dict[str, Any]:
    """Measure the stage over histories of these numbers of keys, batch by batch in turns, each over a store of its own.

    Keys are filled with facts that the stage itself packed, of other patients and earlier quarters.

    Args:
        settings: Where loaded reference data and models are.
        sizes: Numbers of keys; the others are compared with the first.
        claims: Claims to run through each, the warm-up included.
        seed: Seed of the claims.
    """
    with tempfile.TemporaryDirectory(prefix="claimstream-state-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        batches = batches_of(settings.model_copy(update={"claimstream_keyring": home / "keyring.json"}), claims, seed)
        pipeline = PipelineBuilder(settings)()
        facts = _packed_facts(pipeline, batches[0], home / "facts")
        settle()
        rows, histories = [], []
        for size in sizes:
            row, history = _filled(home / str(size), size, facts)
            rows.append(row)
            histories.append(history)
        spent = in_turns([BareStage(pipeline, history) for history in histories], batches)
        for history in histories:
            history.close()
    rules = len(pipeline.catalogue.rules)
    for row, costs in zip(rows, spent, strict=True):
        cost = stage_cost(f"{row['keys']} keys", rules, measured_claims(batches), costs)
        row.update(vars(cost) | {"share_of_empty": round(share(spent[0], costs), 3)})
    return {"profile": "state", "claims": claims, "batch": settings.batch_size, "sizes": rows}


def _filled(folder: Path, size: int, facts: list[bytes]) -> tuple[dict[str, Any], StoredHistory]:
    """Fill a store, open it again, and return what that took and the store."""
    history = StoredHistory(folder)
    started = time.perf_counter()
    fill(history, size, facts)
    filled = time.perf_counter() - started
    _rest()
    history.close()
    disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    before = resident_mib()
    history = StoredHistory(folder)
    row = {"keys": size, "fill_seconds": round(filled, 1), "disk_mib": disk >> 20,
           "opened_mib": resident_mib() - before}  # fmt: skip
    return row, history


def share(first: Sequence[Mapping[str, float]], other: Sequence[Mapping[str, float]]) -> float:
    """Return the throughput of a stage as a share of another's: the median over batches that both ran in turns."""
    return statistics.median(
        sum(one.values()) / sum(another.values()) for one, another in zip(first, other, strict=True)
    )


def fill(history: StoredHistory, keys: int, facts: list[bytes]) -> None:
    """Write so many keys to a store, in the form and the order that a stage would leave."""
    store = history.state.store
    for number, writes in enumerate(_writes(keys, facts)):
        store.apply(writes, Position("changelog", number))


def _writes(keys: int, facts: list[bytes]) -> Iterator[dict[bytes, bytes | None]]:
    for first in range(0, keys, KEYS_AT_ONCE):
        numbers = np.arange(first, min(first + KEYS_AT_ONCE, keys), dtype=np.uint64)
        tokens = (numbers * np.uint64(_SPREAD)).tolist()
        yield {
            f"{_PREFIXES[number % QUARTERS]}{token:0{_TOKEN_CHARACTERS}x}".encode(): facts[number % len(facts)]
            for number, token in zip(numbers.tolist(), tokens, strict=True)
        }


def _packed_facts(pipeline: ClaimPipeline, values: list[bytes], folder: Path) -> list[bytes]:
    """Return what a batch leaves to be remembered, a quarter earlier."""
    history = StoredHistory(folder)
    batch = BareStage(pipeline, history).work(values, StepTimes())
    history.close()
    return [_earlier(value) for writes in batch.history.values() for value in writes.values]


def _earlier(value: bytes) -> bytes:
    entries = np.frombuffer(value, dtype=ENTRY).copy()
    entries["day"] -= QUARTER_DAYS
    return entries.tobytes()


def _rest() -> None:
    """Wait until RocksDB has merged what was filled: its threads count as processor time of the process, too."""
    deadline = time.monotonic() + _REST_SECONDS
    while time.monotonic() < deadline:
        before = time.process_time()
        time.sleep(_LOOK_SECONDS)
        if time.process_time() - before < _LOOK_SECONDS / 50:
            return
    msg = f"RocksDB still merges {_REST_SECONDS:.0f} s after it was filled."
    raise FatalStreamError(msg, "Measure on a machine that does less beside it.")
