"""Errors of the transactional producer are split three ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from schemas.errors import FatalStreamError
from streams.failpoints import Failpoints
from streams.transaction import Outbox, TransactionAbortedError, TransactionalWriter, keyed

RETRIABLE = KafkaError(KafkaError._TIMED_OUT, "slow", retriable=True)
ABORTABLE = KafkaError(KafkaError.INVALID_TXN_STATE, "abort me", txn_requires_abort=True)
FATAL = KafkaError(KafkaError._FENCED, "fenced", fatal=True)
MISUSE = KafkaError(KafkaError._STATE, "wrong state")


@dataclass
class Delivered:
    """What a delivery report is told of a record."""

    at: int

    def offset(self) -> int:
        return self.at


class FakeProducer:
    """Raises what the script says, call by call, and remembers the calls."""

    def __init__(self, script: dict[str, list[KafkaError]]) -> None:
        self.script = script
        self.calls: list[str] = []
        self.produced: list[Any] = []
        self.partitions: list[int] = []
        self.reports: list[Callable[[object, object], None]] = []
        self.room: list[int] = []

    def _step(self, name: str) -> None:
        self.calls.append(name)
        if self.script.get(name):
            raise KafkaException(self.script[name].pop(0))

    def init_transactions(self, _timeout: float) -> None:
        self._step("init")

    def begin_transaction(self) -> None:
        self._step("begin")

    def send_offsets_to_transaction(self, *_: object) -> None:
        self._step("offsets")

    def commit_transaction(self, _timeout: float) -> None:
        self._step("commit")

    def abort_transaction(self, _timeout: float) -> None:
        self._step("abort")

    def poll(self, _timeout: float) -> None:
        self.calls.append("poll")
        for number, report in enumerate(self.reports):
            report(None, Delivered(70 + number))

    def produce_batch(self, topic: str, messages: list[dict[str, Any]], partition: int = -1) -> int:
        taken = messages[: self.room.pop(0)] if self.room else messages
        for message in messages[len(taken) :]:
            message["_error"] = "full"
        self.produced += [(topic, m["value"]) for m in taken]
        self.partitions += [partition] * len(taken)
        return len(taken)

    def produce(self, topic: str, headers: Any = None, on_delivery: Any = None, **message: Any) -> None:
        self.produced.append((topic, message["value"], headers))
        if on_delivery is not None:
            self.reports.append(on_delivery)


class FakeConsumer:
    def consumer_group_metadata(self) -> object:
        return object()


def writer_with(script: dict[str, list[KafkaError]]) -> tuple[TransactionalWriter, FakeProducer]:
    writer = TransactionalWriter({"bootstrap.servers": "127.0.0.1:1"}, 0.3, Failpoints())
    fake = FakeProducer(script)
    writer._producer = fake
    return writer, fake


def commit(writer: TransactionalWriter, outbox: Outbox | None = None) -> None:
    writer.commit(outbox or Outbox(offsets={("claims.submitted", 0): 5}), FakeConsumer())


def test_a_retriable_error_repeats_the_same_call() -> None:
    writer, fake = writer_with({"commit": [RETRIABLE, RETRIABLE], "offsets": [RETRIABLE]})
    commit(writer)
    assert fake.calls == ["begin", "offsets", "offsets", "commit", "commit", "commit"]


def test_an_abortable_error_aborts_and_asks_for_the_batch_again() -> None:
    writer, fake = writer_with({"offsets": [ABORTABLE]})
    with pytest.raises(TransactionAbortedError, match="abort me"):
        commit(writer)
    assert fake.calls == ["begin", "offsets", "abort"]


@pytest.mark.parametrize("error", [FATAL, MISUSE], ids=["fatal", "misuse"])
@pytest.mark.parametrize("call", ["begin", "offsets", "commit"])
def test_a_fatal_error_and_state_misuse_end_the_process_without_an_abort(call: str, error: KafkaError) -> None:
    writer, fake = writer_with({call: [error]})
    with pytest.raises(FatalStreamError):
        commit(writer)
    assert "abort" not in fake.calls


def test_a_retriable_error_that_lasts_ends_the_process_at_the_deadline() -> None:
    writer, _ = writer_with({"init": [RETRIABLE] * 1000})
    with pytest.raises(FatalStreamError, match=r"within 0 s|slow"):
        writer.start()


def test_an_abort_that_fails_ends_the_process() -> None:
    writer, _ = writer_with({"commit": [ABORTABLE], "abort": [FATAL]})
    with pytest.raises(FatalStreamError, match="could not be aborted"):
        commit(writer)


def test_a_full_queue_is_waited_for_and_nothing_is_dropped_or_repeated() -> None:
    writer, fake = writer_with({})
    fake.room = [2, 0, 1]
    values = [bytes([n]) for n in range(5)]
    commit(writer, Outbox(batches={"claims.scored": keyed(values, "abcde")}))
    assert sorted(v for _, v in fake.produced) == values


def test_dead_letters_travel_with_their_headers_in_the_same_transaction() -> None:
    writer, fake = writer_with({})
    outbox = Outbox(with_headers=[("claims.dead-letter", {"value": b"x", "key": "k"}, [("stage", b"decode")])])
    commit(writer, outbox)
    assert fake.produced == [("claims.dead-letter", b"x", [("stage", b"decode")])]
    assert outbox.record_count == 1


def test_placed_messages_go_to_their_partition_even_the_first_one() -> None:
    writer, fake = writer_with({})
    values = keyed([b"a", b"b"], ["k", "l"])
    commit(writer, Outbox(placed={("claims.history", 0): values, ("claims.history", 3): keyed([b"c"], ["m"])}))
    assert fake.partitions == [0, 0, 3]


def test_a_tracked_message_tells_its_offset_after_the_commit() -> None:
    writer, fake = writer_with({})
    told: list[int] = []
    mark = {"key": b"M", "value": b"mark", "partition": 2}
    outbox = Outbox(tracked=[("claims.history", mark, told.append), ("claims.history", mark, told.append)])
    commit(writer, outbox)
    assert told == [70, 71]
    assert fake.calls.index("commit") < fake.calls.index("poll")
    assert outbox.record_count == 2


def test_a_failpoint_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="known: mid_recovery"):
        Failpoints("nowhere:1")
