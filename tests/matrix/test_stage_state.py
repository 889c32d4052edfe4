"""Rows 5 to 8: the stage's own store is cut off, lost, of another changelog, or behind aborted records."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from confluent_kafka import Producer

from streams.state.position import Position
from streams.state.rocks import RocksStore
from streams.topics import HISTORY
from tests.e2e.system import System
from tests.matrix.history_system import (
    assert_second_copies_are_the_duplicates,
    publish_copies,
    state_folder,
)
from tests.matrix.invariants import assert_invariants
from tests.matrix.store_writer import KEYS, value_of

pytestmark = pytest.mark.kafka

CLAIMS = range(600)
KILLS = 8


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
    assert_invariants(system)


def test_row_05_after_a_kill_all_values_are_those_of_the_stored_position(tmp_path: Path) -> None:
    positions = [0]
    for kill in range(KILLS):
        command = [sys.executable, "-m", "tests.matrix.store_writer", str(tmp_path / "0")]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
        assert writer.stdout is not None
        assert writer.stdout.read(1) == b"."
        time.sleep(0.03 * kill)
        writer.kill()
        writer.wait()
        store = RocksStore(tmp_path / "0")
        assert not store.was_damaged
        found = dict(store.items())
        positions.append(store.position.next_offset if store.position else 0)
        assert set(found.values()) == ({value_of(positions[-1])} if positions[-1] else set())
        assert len(found) in (KEYS, 0)
        store.close()
    assert positions == sorted(positions), "a store went back"
    assert positions[-1] > 0, "nothing was ever flushed"


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
