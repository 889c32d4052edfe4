"""A claim stage in a thread of the test, so that a test can hold its clock, its pipeline and its schema ids."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from claimstream.local.keyring import ensure_keyring
from processors.pipeline import ClaimPipeline
from schemas.errors import ClaimstreamError
from schemas.phi import Keyring, Sealer
from schemas.registry import CheckedInIds, SchemaIds
from streams.broker import Broker
from streams.claim_stage import ClaimStage, StageConfig, StageTools
from streams.reports import BatchReport
from streams.topics import DEAD_LETTERS, SCORED
from tests.e2e.system import System


@cache
def shipped() -> ClaimPipeline:
    """Return the shipped pipeline, loaded once for all tests."""
    return ClaimPipeline.shipped()


@dataclass
class Told:
    """A stage observer that remembers."""

    claims: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    aborted: list[str] = field(default_factory=list)
    wiped: list[str] = field(default_factory=list)
    lags: dict[int, int] = field(default_factory=dict)

    def batch_committed(self, report: BatchReport) -> None:
        self.claims += report.claims
        self.dead_letters.update(report.dead_letters)

    def transaction_aborted(self, reason: str) -> None:
        self.aborted.append(reason)

    def partitions_changed(self, partitions: list[int]) -> None:
        pass

    def lag(self, partition: int, records: int) -> None:
        self.lags[partition] = records

    def state_recovering(self, partition: int, records: int) -> None:
        pass

    def state_recovered(self, partition: int, records: int, seconds: float) -> None:
        pass

    def state_wiped(self, _partition: int, reason: str) -> None:
        self.wiped.append(reason)

    def state_behind(self, partition: int, claims: int) -> None:
        pass

    def state_size(self, partition: int, keys: int) -> None:
        pass


def _now() -> datetime:
    return datetime.now(UTC)


class StageThread:
    """A stage that runs while it is the context; what ended it before is in `error`.

    Args:
        system: Broker and folder; the store is that of slot 0.
        pipeline: Gives the pipeline of each batch.
        ids: Schema ids.
        clock: Returns now, UTC.
        batch_size: Most messages in a batch.
        broker: How the stage reaches the broker; null for the system's own way.
    """

    def __init__(
        self,
        system: System,
        pipeline: Callable[[], ClaimPipeline] = shipped,
        ids: SchemaIds | None = None,
        clock: Callable[[], datetime] = _now,
        batch_size: int = 200,
        broker: Broker | None = None,
    ) -> None:
        ensure_keyring(system.keyring)
        sealer = Sealer(Keyring.load(system.keyring))
        self._system = system
        self.told = Told()
        self.error: ClaimstreamError | None = None
        config = StageConfig(broker or system.broker, batch_size=batch_size, state_dir=system.folder / "state" / "0")
        tools = StageTools(pipeline, ids or CheckedInIds(), sealer, self.told, clock)
        self._stage = ClaimStage(config, tools)
        self._thread = threading.Thread(target=self._run, daemon=True, name="stage")

    def _run(self) -> None:
        try:
            self._stage.run()
        except ClaimstreamError as error:
            self.error = error

    def __enter__(self) -> StageThread:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stage.stop()
        self._thread.join(120)
        assert not self._thread.is_alive()

    def wait_for(self, results: int) -> None:
        """Wait until so many scored claims and dead letters are readable; the stage must not end before."""

        def enough() -> bool:
            assert self._thread.is_alive(), f"the stage has ended: {self.error}"
            return len(self._system.committed(SCORED.name)) + len(self._system.committed(DEAD_LETTERS.name)) >= results

        self._system.wait_until(enough, f"{results} results")

    def ended(self) -> ClaimstreamError:
        """Wait until it has ended by itself and return why."""
        self._thread.join(120)
        assert self.error is not None, "it has not ended"
        return self.error
