"""What the size of the state costs: the same claims over an empty history and over millions of keys."""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from claimstream.pipelines import PipelineBuilder
from claimstream.settings import Settings
from loadtest.stage import BareStage, StoredHistory, batches_of, measure, settle
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


def state_sizes(settings: Settings, sizes: Iterable[int], claims: int, seed: int) -> dict[str, Any]:
    """Measure the stage over histories of these numbers of keys; each begins with a store of its own.

    Keys are filled with facts that the stage itself packed, of other patients and earlier quarters.

    Args:
        settings: Where loaded reference data and models are.
        sizes: Numbers of keys.
        claims: Claims to run through each, the warm-up included.
        seed: Seed of the claims.
    """
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="claimstream-state-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        batches = batches_of(settings.model_copy(update={"claimstream_keyring": home / "keyring.json"}), claims, seed)
        pipeline = PipelineBuilder(settings)()
        facts = _packed_facts(pipeline, batches[0], home / "facts")
        settle()
        for size in sizes:
            history = StoredHistory(home / str(size))
            started = time.perf_counter()
            fill(history, size, facts)
            filled = time.perf_counter() - started
            _rest()
            cost = measure(f"{size} keys", BareStage(pipeline, history), len(pipeline.catalogue.rules), batches)
            history.close()
            disk = sum(file.stat().st_size for file in (home / str(size)).rglob("*") if file.is_file())
            rows.append(vars(cost) | {"keys": size, "fill_seconds": round(filled, 1), "disk_mib": disk >> 20,
                                      "resident_mib": _resident_mib()})  # fmt: skip
            shutil.rmtree(home / str(size))
    empty = rows[0]["claims_per_second"]
    for row in rows:
        row["share_of_empty"] = round(row["claims_per_second"] / empty, 3)
    return {"profile": "state", "claims": claims, "batch": settings.batch_size, "sizes": rows}


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


def _resident_mib() -> int:
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() >> 20
