"""Topics that are made are ready to be written, or the operator is told."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

import streams.broker
from schemas.errors import DependencyError
from streams.broker import Broker
from streams.topics import INTAKE, SCORED


class Admin:
    """A broker that opens one partition each time it is asked for all of them."""

    def __init__(self, opens: int) -> None:
        self.opens = opens
        self.asked: list[int] = []
        self.open: set[TopicPartition] = set()

    def list_topics(self, **_: Any) -> Any:
        return SimpleNamespace(topics={INTAKE.name: None})

    def create_topics(self, requests: Iterable[Any], **_: Any) -> dict[str, Future[None]]:
        return {one.topic: done() for one in requests}

    def list_offsets(self, asked: dict[TopicPartition, Any], **_: Any) -> dict[TopicPartition, Future[None]]:
        self.asked.append(len(asked))
        if self.opens:
            self.opens -= 1
            self.open.add(min(set(asked) - self.open, key=lambda one: one.partition))
        return {one: done(one in self.open) for one in asked}


def done(well: bool = True) -> Future[None]:
    future: Future[None] = Future()
    if well:
        future.set_result(None)
    else:
        future.set_exception(KafkaException(KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION)))
    return future


def test_new_topics_are_waited_for_until_every_partition_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = Admin(opens=SCORED.partitions)
    monkeypatch.setattr(Broker, "_admin", lambda _self: admin)
    assert Broker("unused").create_topics([SCORED, INTAKE]) == [SCORED.name]
    assert admin.asked == [4, 3, 2, 1], "only those that have not answered are asked again"


def test_a_partition_that_never_opens_is_named_with_what_the_broker_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Broker, "_admin", lambda _self: Admin(opens=0))
    monkeypatch.setattr(streams.broker, "OPEN_SECONDS", 0.1)
    with pytest.raises(DependencyError, match=r"claims.scored, partition 0, is made .*NOT_LEADER"):
        Broker("unused").create_topics([SCORED])


def test_one_request_at_a_time_is_under_way_whoever_produces() -> None:
    """The test on a real broker (row 29 of the failure matrix) finds more of them in one run of three only."""
    configs = [Broker("unused").transactional_config("t"), Broker("unused").idempotent_config("c")]
    assert [one["max.in.flight"] for one in configs] == [1, 1]
