"""After an abort the stage reads again from where the batch in flight began, but never a partition that has gone."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import TopicPartition

from schemas.errors import FatalStreamError
from schemas.phi import Keyring, Sealer
from schemas.registry import CheckedInIds
from streams.broker import Broker
from streams.claim_stage import MAX_ABORTS_IN_A_ROW, ClaimStage, StageConfig, StageTools
from streams.transaction import TransactionAbortedError
from tests.matrix.stage_thread import Told

TOPIC = "claims.submitted"


class Reader:
    """A consumer that remembers where it was told to read on."""

    def __init__(self) -> None:
        self.sought: dict[int, int] = {}

    def seek(self, place: TopicPartition) -> None:
        self.sought[place.partition] = place.offset

    def incremental_assign(self, _partitions: list[TopicPartition]) -> None:
        pass

    def incremental_unassign(self, _partitions: list[TopicPartition]) -> None:
        pass


class Failing:
    """Commits whose one batch in flight ends with an error."""

    def __init__(self, error: Exception, first_offsets: dict[int, int]) -> None:
        times = SimpleNamespace(measure=lambda _step: self)
        self.flight: Any = SimpleNamespace(first_offsets=first_offsets, times=times)
        self._error = error

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def land(self, _flight: object) -> None:
        self.flight = None
        raise self._error


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def stage(told: Told) -> Any:
    pipeline: Any = SimpleNamespace(history=None)
    sealer = Sealer(Keyring.ephemeral())
    tools = StageTools(lambda: pipeline, CheckedInIds(), sealer, told, lambda: datetime.now(UTC))
    made: Any = ClaimStage(StageConfig(Broker("127.0.0.1:1")), tools)
    made._on_assign(Reader(), [TopicPartition(TOPIC, p) for p in (0, 1, 2)])
    return made


def test_the_batch_in_flight_and_the_one_behind_it_are_read_again_from_their_first_messages(
    stage: Any, told: Told
) -> None:
    reader = Reader()
    stage._commits = Failing(TransactionAbortedError("no"), {0: 5, 1: 9})
    stage._settle()
    assert stage._went_back(reader, {1: 14, 2: 3})
    assert reader.sought == {0: 5, 1: 9, 2: 3}
    assert told.aborted == ["no"]
    assert not stage._went_back(reader, {}), "it went back for one abort twice"


def test_a_partition_that_went_meanwhile_is_read_from_its_committed_offset_even_when_it_came_back(stage: Any) -> None:
    reader = Reader()
    stage._commits = Failing(TransactionAbortedError("no"), {0: 5, 1: 9})
    stage._on_revoke(reader, [TopicPartition(TOPIC, 1)])
    stage._on_assign(reader, [TopicPartition(TOPIC, 1)])
    assert stage._commits.flight is None, "a partition went with its commit in flight"
    assert stage._went_back(reader, {})
    assert reader.sought == {0: 5}


@pytest.mark.parametrize("error", [FatalStreamError("Gone.", "Start again."), OSError("disk")], ids=["broker", "disk"])
def test_what_is_no_abort_is_kept_until_the_step_has_ended_and_raised_then(stage: Any, error: Exception) -> None:
    stage._commits = Failing(error, {0: 5})
    stage._settle()
    with pytest.raises(type(error)):
        stage._went_back(Reader(), {})


def test_aborts_in_a_row_end_the_stage(stage: Any) -> None:
    for _ in range(MAX_ABORTS_IN_A_ROW - 1):
        stage._commits = Failing(TransactionAbortedError("no"), {0: 5})
        stage._settle()
        assert stage._went_back(Reader(), {})
    stage._commits = Failing(TransactionAbortedError("no"), {0: 5})
    stage._settle()
    with pytest.raises(FatalStreamError, match="in a row were aborted"):
        stage._went_back(Reader(), {})
