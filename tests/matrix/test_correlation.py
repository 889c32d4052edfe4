"""Row 28: a correlation worker is killed, joins, or reads poison; what it says is the fold of what was committed."""

from __future__ import annotations

import random
import shutil
import signal
import time

import ormsgpack
import pytest
from confluent_kafka import Producer

from loadtest.watch import event_id_of
from schemas.codec.records import decode_record
from schemas.contracts import DEAD_LETTER
from streams.correlation.bundles import partition_of
from streams.topics import CORRELATION, DEAD_LETTERS, LINEAGE
from tests.e2e.system import System
from tests.integration.correlation_system import (
    IDS,
    assert_state_is_the_fold,
    assert_table_is_its_changelog,
    assigned,
    publish,
    shuffled,
    start_worker,
    wait_for_lineages,
)

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize(
    "place", ["after_facts:2", "before_send:2", "after_send:2", "after_changelog:2", "after_fold:2"]
)
def test_row_28_killed_anywhere_it_goes_on_and_says_the_fold(system: System, place: str) -> None:
    messages = shuffled(range(40), seed=3)
    start_worker(system, CLAIMSTREAM_FAILPOINT=place)
    publish(system, messages[:120], batch=30)
    publish(system, messages[120:], batch=30)
    system.wait_until(lambda: system.processes["correlation-0"].poll() == -signal.SIGKILL, "the failpoint")
    start_worker(system)
    wait_for_lineages(system, messages)
    assert_state_is_the_fold(system, messages)


def test_row_28_killed_at_random_and_without_its_folder_it_recovers_from_the_changelog(system: System) -> None:
    messages = shuffled(range(50), seed=4)
    start_worker(system)
    for start in range(0, len(messages), 100):
        publish(system, messages[start : start + 100], batch=40)
        ready = start // 100 + 1
        system.wait_until(lambda: system.log("correlation-0").count("partitions_changed") >= ready, "the worker")  # noqa: B023 - called at once
        time.sleep(random.Random(start).uniform(0, 2.0))  # noqa: S311 - a pause, not a secret
        system.kill("correlation-0")
        if start == 100:
            shutil.rmtree(system.folder / "correlation" / "0")
        start_worker(system)
    wait_for_lineages(system, messages)
    assert_state_is_the_fold(system, messages)
    # Everything may have been said before the last start: a worker that is not up yet does not know how to end.
    system.wait_until(lambda: system.log("correlation-0").count("partitions_changed") > ready, "the last worker")
    assert system.terminate("correlation-0") == 0
    assert_table_is_its_changelog(system)


def test_row_28_a_worker_that_joins_takes_over_partitions_without_loss_or_repeats(system: System) -> None:
    messages = shuffled(range(80), seed=5)
    start_worker(system, 0)
    publish(system, messages[:160], batch=20)
    start_worker(system, 1)
    publish(system, messages[160:320], batch=20)
    system.wait_until(lambda: len(assigned(system, 0)) == len(assigned(system, 1)) == 2, "a split of the partitions")
    assert set(assigned(system, 0)) | set(assigned(system, 1)) == {0, 1, 2, 3}
    publish(system, messages[320:400], batch=20)
    assert system.terminate("correlation-0") == 0
    publish(system, messages[400:], batch=20)
    wait_for_lineages(system, messages)
    assert_state_is_the_fold(system, messages)
    ids = [event_id_of(m.value()) for m in system.committed(LINEAGE.name)]
    assert len(ids) == len(set(ids)), "a statement was made twice"


def test_row_28_poison_goes_to_dead_letters_and_the_others_go_on(system: System) -> None:
    messages = shuffled(range(20), seed=6)
    start_worker(system)
    publish(system, messages[:60], batch=20)
    producer = Producer({"bootstrap.servers": system.broker.bootstrap})
    producer.produce("remits.received", b"not framed at all", "t1|x")
    producer.produce("acks.received", b"\0\0\0\0\x08damaged", "t1|x")
    producer.produce(CORRELATION.name, b"\xc1 no bundle", "x")
    bad = {"type": "claim", "id": "bad", "key": "a|t1|bad", "tenant_id": "t1", "at": 0}
    producer.produce(CORRELATION.name, ormsgpack.packb([bad]), "x", partition=partition_of("a|t1|bad", 4))
    producer.flush(10)
    publish(system, messages[60:], batch=20)
    wait_for_lineages(system, messages)
    assert_state_is_the_fold(system, messages)
    letters = [decode_record(DEAD_LETTER, IDS, m.value()) for m in system.committed(DEAD_LETTERS.name)]
    assert sorted((one["source_topic"], one["stage"]) for one in letters) == [
        ("acks.received", "decode"),
        ("correlation.facts", "correlate"),
        ("correlation.facts", "decode"),
        ("remits.received", "decode"),
    ]
