"""The claim stage alone, in this process and without a broker: bytes in, bytes out, state written.

What it leaves out is the client's work on the wire (consume, produce, commit); the profiles with a broker have it.
CPU is process time; the figure of a step is the median over batches, so that a pause of the machine does not count.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from claimstream.pipelines import PipelineBuilder
from claimstream.settings import Settings
from loadtest.claims import Shape, encoded_claims
from loadtest.peers.pipeline import PeerPipeline
from loadtest.peers.workspace import Workspace
from processors.batch import ClaimBatch
from processors.history.view import HistoryWrites
from processors.pipeline import ClaimPipeline
from processors.step import StepTimes
from schemas.codec import ColumnarDecoder
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.registry import schema_ids
from schemas.undivided import undivided
from streams.claim_output import ClaimOutput
from streams.state.partition import PartitionState
from streams.state.position import Mark
from streams.state.rocks import RocksStore

WARM_UP_BATCHES = 2


class StoredHistory:
    """The history of one partition in RocksDB, as the stage keeps it; a processors.history.HistoryView.

    Args:
        folder: Where the store is.
    """

    def __init__(self, folder: Path) -> None:
        self.state = PartitionState(RocksStore(folder), "changelog", Mark("claims"))

    def get_many(self, partitions: Sequence[int], keys: Sequence[bytes]) -> list[bytes | None]:
        """Return the value of each key."""
        del partitions  # there is one
        return self.state.store.get_many(list(keys))

    def watermark_day(self, partition: int) -> int:
        """Return the latest service date seen."""
        del partition
        return self.state.mark.watermark_day

    def generation(self, partition: int) -> int:
        """Return 0: the stream never begins anew."""
        del partition
        return 0

    def remember(self, writes: HistoryWrites, next_offset: int) -> None:
        """Do what the stage does before and after the commit."""
        self.state.prepare(writes.get(0), next_offset)
        self.state.apply()

    def close(self) -> None:
        """Close the store."""
        self.state.store.close()


@dataclass
class StageCost:
    """What the stage costs in one setting; the names are those of the JSON.

    Attributes:
        setting: Name of the setting.
        rules: Number of rules.
        claims: Claims measured, the warm-up left out.
        cpu_us_per_claim: Processor time.
        claims_per_second: Claims that one core does in a second of its time.
        steps_us: Processor time by step.
    """

    setting: str
    rules: int
    claims: int
    cpu_us_per_claim: float = 0.0
    claims_per_second: float = 0.0
    steps_us: dict[str, float] = field(default_factory=dict)


class BareStage:
    """The work of the claim stage on one batch after another.

    Args:
        pipeline: The steps.
        history: What is remembered; None where the pipeline has no history.
    """

    def __init__(self, pipeline: ClaimPipeline, history: StoredHistory | None) -> None:
        ids = schema_ids()
        self._pipeline, self._history = pipeline, history
        self._decoder, self._output = ColumnarDecoder(CLAIMS_SUBMITTED, ids), ClaimOutput(ids)
        self._offset = 0

    def work(self, values: list[bytes], times: StepTimes) -> ClaimBatch:
        """Take a batch from its bytes to the bytes of its answers, as the stage does."""
        return undivided(lambda: self._work(values, times))

    def _work(self, values: list[bytes], times: StepTimes) -> ClaimBatch:
        now = datetime.now(UTC)
        with times.measure("decode"):
            frame = self._decoder.decode(values).frame
            offsets = np.arange(self._offset, self._offset + frame.height)
            places = pl.DataFrame({"source_partition": np.zeros(frame.height, np.int32), "source_offset": offsets})
            batch = ClaimBatch.from_events(frame.hstack(places.get_columns()), now)
        self._offset += len(values)
        batch = self._pipeline.run(batch, times, self._history)
        with times.measure("encode"):
            self._output.messages(batch)
        if self._history is not None:
            with times.measure("remember"):
                self._history.remember(batch.history, self._offset)
        return batch


def in_turns(stages: Sequence[BareStage], batches: Sequence[list[bytes]]) -> list[list[dict[str, float]]]:
    """Run each batch through every stage and return, by stage and batch, microseconds a claim by step.

    A slow minute of the machine is one of all stages. Who is first changes from batch to batch: the others find code
    and tables in the caches. The batches of the warm-up are left out.
    """
    spent: list[list[dict[str, float]]] = [[] for _ in stages]
    for number, values in enumerate(batches):
        for place in range(len(stages)):
            chosen = (number + place) % len(stages)
            times = StepTimes()
            stages[chosen].work(values, times)
            spent[chosen].append({step: seconds / len(values) * 1e6 for step, seconds in times.cpu_seconds.items()})
    return [costs[WARM_UP_BATCHES:] for costs in spent]


def stage_cost(setting: str, rules: int, claims: int, spent: Sequence[Mapping[str, float]]) -> StageCost:
    """Sum up what batches took, as in_turns returns it, the medians of batches.

    Args:
        setting: Name of the setting.
        rules: Number of rules.
        claims: Claims of all these batches.
        spent: By batch, microseconds a claim by step.
    """
    steps = {step: round(statistics.median(cost[step] for cost in spent), 2) for step in spent[0]}
    total = statistics.median(sum(cost.values()) for cost in spent)
    return StageCost(setting, rules, claims, round(total, 2), round(1e6 / total), steps)


def measure(setting: str, stage: BareStage, rules: int, batches: Sequence[list[bytes]]) -> StageCost:
    """Run batches through a stage and return what a claim costs."""
    return stage_cost(setting, rules, measured_claims(batches), in_turns([stage], batches)[0])


def measured_claims(batches: Sequence[list[bytes]]) -> int:
    """Return how many claims there are, the warm-up left out."""
    return sum(map(len, batches[WARM_UP_BATCHES:]))


def stage_alone(settings: Settings, claims: int, seed: int) -> dict[str, Any]:
    """Measure the stage with the rules and model of the peers, and with all it has.

    Args:
        settings: Where loaded reference data and models are.
        claims: How many, the warm-up included.
        seed: Seed of the claims.
    """
    with tempfile.TemporaryDirectory(prefix="claimstream-stage-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        batches = batches_of(settings.model_copy(update={"claimstream_keyring": home / "keyring.json"}), claims, seed)
        workspace = Workspace(settings.claimstream_home.resolve() / "peers")
        workspace.prepare()
        peer = PeerPipeline.of(workspace.pack, workspace.model)
        full = PipelineBuilder(settings)()
        history = StoredHistory(home / "store")
        settle()
        forty = measure("40 rules, one model, no history, no prices", BareStage(peer, None), 40, batches)
        all_of_it = measure(
            "whole catalogue, history, prices, both models",
            BareStage(full, history),
            len(full.catalogue.rules),
            batches,
        )
        history.close()
    return {
        "profile": "stage",
        "claims": claims,
        "batch": settings.batch_size,
        "settings": [vars(forty), vars(all_of_it)],
    }


def batches_of(settings: Settings, claims: int, seed: int, shape: Shape = Shape.PLAIN) -> list[list[bytes]]:
    """Return the messages of claims in batches of the stage's size."""
    values = [value for part, _ in encoded_claims(settings, claims, seed, shape) for value in part]
    size = settings.batch_size
    return [values[first : first + size] for first in range(0, len(values) // size * size, size)]


def settle(collect: Callable[[], object] = gc.collect) -> None:
    """Calm the garbage collector as a stage process does."""
    collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
