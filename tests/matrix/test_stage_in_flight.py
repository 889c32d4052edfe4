"""One batch is in flight while the next is validated: what is written, remembered and read again stays the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from processors import pipeline
from processors.batch import ClaimBatch
from streams.broker import Broker
from streams.state.keeper import StateKeeper
from tests.e2e.system import System
from tests.kafka_proxy import ADD_OFFSETS, END_TXN, KafkaProxy
from tests.matrix.history_system import assert_second_copies_are_the_duplicates, publish_copies
from tests.matrix.invariants import assert_invariants
from tests.matrix.stage_thread import StageThread

pytestmark = pytest.mark.kafka

CLAIMS = range(400)
BATCH = 100
GROUP_NOT_AUTHORIZED = 30


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many batches came through validation, and how many had their past looked up."""
    seen: Counter[str] = Counter()

    def counted(name: str, step: Callable[..., ClaimBatch]) -> Callable[..., ClaimBatch]:
        def run(*arguments: object) -> ClaimBatch:
            done = step(*arguments)
            seen[name] += 1
            return done

        return run

    for name in ("validate", "check_history"):
        monkeypatch.setattr(pipeline, name, counted(name, getattr(pipeline, name)))
    return seen


def stage_behind(proxy: KafkaProxy, system: System) -> StageThread:
    """Return a stage that reaches the broker through a proxy."""
    return StageThread(system, batch_size=BATCH, broker=Broker(proxy.address))


def test_the_next_batch_is_validated_while_a_commit_hangs_and_its_past_is_looked_up_after(
    system: System, proxy: KafkaProxy, steps: Counter[str]
) -> None:
    publish_copies(system, CLAIMS, copy=1)
    proxy.orders.stall_at = END_TXN
    with stage_behind(proxy, system) as stage:
        system.wait_until(lambda: proxy.orders.stalled and steps["validate"] == 2, "a second batch beside a commit")
        system.hold(1)
        assert steps == {"validate": 2, "check_history": 1}
        assert system.committed_ids() == []
        proxy.allow()
        stage.wait_for(len(CLAIMS))
        publish_copies(system, CLAIMS, copy=2)
        stage.wait_for(2 * len(CLAIMS))
    assert_second_copies_are_the_duplicates(system, CLAIMS)
    assert_invariants(system)


@pytest.mark.parametrize("aborted", [1, 2, 3])
def test_a_batch_that_is_aborted_in_flight_is_read_again_together_with_the_one_behind_it(
    system: System, proxy: KafkaProxy, monkeypatch: pytest.MonkeyPatch, aborted: int
) -> None:
    forgotten: list[None] = []
    forget = StateKeeper.forget
    monkeypatch.setattr(StateKeeper, "forget", lambda keeper: forgotten.append(forget(keeper)))
    publish_copies(system, CLAIMS, copy=1)
    with stage_behind(proxy, system) as stage:
        stage.wait_for(aborted * BATCH)
        proxy.orders.errors = {ADD_OFFSETS: [GROUP_NOT_AUTHORIZED]}
        publish_copies(system, CLAIMS, copy=2)
        stage.wait_for(2 * len(CLAIMS))
        assert len(stage.told.aborted) == len(forgotten) >= 1  # the client may ask for an abort more after the first
    assert_second_copies_are_the_duplicates(system, CLAIMS)
    assert_invariants(system)
