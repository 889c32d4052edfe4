"""The stage's history under crashes and losses, on Apache Kafka: duplicates are found whatever happened between."""

from __future__ import annotations

import shutil
import signal

import pytest
from confluent_kafka import Producer

from streams.state.position import Position
from streams.state.rocks import RocksStore
from streams.topics import HISTORY
from tests.e2e.system import System
from tests.integration.history_system import (
    assert_second_copies_are_the_duplicates,
    assert_stores_equal_their_changelog,
    publish_copies,
    state_folder,
)

pytestmark = pytest.mark.kafka

CLAIMS = range(1_000)


def run_and_stop(system: System, results: int) -> None:
    """Let a stage work until so many results are there, then ask it to end."""
    system.start_stage()
    system.wait_for_results(results)
    assert system.terminate("claims-0") == 0, system.log("claims-0")[-1500:]


def judge_second_copies(system: System) -> None:
    """Publish every claim again, let a new stage judge them and look at what it found and remembers."""
    publish_copies(system, CLAIMS, copy=2)
    run_and_stop(system, 2 * len(CLAIMS))
    assert_second_copies_are_the_duplicates(system, CLAIMS)
    assert_stores_equal_their_changelog(system)


@pytest.mark.parametrize("failpoint", ["after_produce", "before_commit", "after_commit", "mid_state", "after_state"])
def test_row_04_a_store_that_missed_a_commit_catches_up_from_the_changelog(system: System, failpoint: str) -> None:
    publish_copies(system, CLAIMS, copy=1)
    dying = system.start_stage(CLAIMSTREAM_FAILPOINT=f"{failpoint}:2", BATCH_SIZE="300")
    assert dying.wait(60) == -signal.SIGKILL
    judge_second_copies(system)


def test_row_06_a_lost_folder_is_rebuilt_and_gives_the_same_decisions(system: System) -> None:
    publish_copies(system, CLAIMS, copy=1)
    run_and_stop(system, len(CLAIMS))
    shutil.rmtree(state_folder(system))
    judge_second_copies(system)
    assert "state_wiped" not in system.log("claims-0")
    assert "state_behind" not in system.log("claims-0")


@pytest.mark.parametrize(
    ("forged", "reason"),
    [
        (lambda topic_id: Position(topic_id, 10**9), "it is ahead of the changelog"),
        (lambda _: Position("another", 1), "the changelog was made anew"),
        (lambda topic_id: Position(topic_id, 1, layout=0), "its layout is of another version"),
    ],
    ids=["ahead", "recreated", "layout"],
)
def test_row_07_a_store_that_is_not_of_this_changelog_is_wiped_loudly_and_rebuilt(
    system: System, forged: object, reason: str
) -> None:
    publish_copies(system, CLAIMS, copy=1)
    run_and_stop(system, len(CLAIMS))
    for folder in state_folder(system).iterdir():
        store = RocksStore(folder)
        assert store.position is not None
        keys = [key for key, _ in store.items()]
        store.apply(dict.fromkeys(keys, b"rubbish"), forged(store.position.topic_id))  # type: ignore[operator]
        store.close()
    judge_second_copies(system)
    assert system.log("claims-0").count('"event": "state_wiped"') == 4
    assert reason in system.log("claims-0")


def test_row_08_a_changelog_that_ends_in_markers_and_aborted_records_is_read_to_its_end(system: System) -> None:
    publish_copies(system, CLAIMS, copy=1)
    run_and_stop(system, len(CLAIMS))
    producer = Producer({"bootstrap.servers": system.broker.bootstrap, "transactional.id": "aborts"})
    producer.init_transactions(30)
    for partition in range(4):
        producer.begin_transaction()
        producer.produce(HISTORY.name, key=b"Q20262x", value=b"never", partition=partition)
        producer.flush()
        producer.abort_transaction(30)
    shutil.rmtree(state_folder(system))
    judge_second_copies(system)


def test_row_11_a_rebalance_during_recovery_closes_and_opens_stores_without_loss(system: System) -> None:
    publish_copies(system, CLAIMS, copy=1)
    run_and_stop(system, len(CLAIMS))
    shutil.rmtree(state_folder(system))
    publish_copies(system, CLAIMS, copy=2)
    system.start_stage(0)
    system.start_stage(1)
    system.wait_until(lambda: '"partitions": [' in system.log("claims-1"), "assignment")
    system.kill("claims-1")
    system.wait_for_results(2 * len(CLAIMS))
    assert_second_copies_are_the_duplicates(system, CLAIMS)
