"""Partitions that were held back go on at once."""

from typing import Any, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from streams.resuming import resume_at_once


class Asked:
    """A consumer that notes what it is asked for."""

    def __init__(self, *, answers: bool = True) -> None:
        self.calls: list[tuple[str, Any]] = []
        self._answers = answers

    def resume(self, partitions: list[TopicPartition]) -> None:
        self.calls.append(("resume", [one.partition for one in partitions]))

    def get_watermark_offsets(self, partition: TopicPartition, timeout: float) -> tuple[int, int]:
        assert timeout > 0, "a leader that is away must not hold the stage up"
        self.calls.append(("ask", partition.partition))
        if not self._answers:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        return 0, 0


def partitions() -> list[TopicPartition]:
    return [TopicPartition("claims.submitted", number) for number in (2, 5)]


def test_each_leader_is_asked_once_its_partition_may_go_on() -> None:
    consumer = Asked()
    resume_at_once(cast(Consumer, consumer), partitions())
    assert consumer.calls == [("resume", [2, 5]), ("ask", 2), ("ask", 5)]


def test_a_broker_that_is_away_is_waited_for_once_and_the_partitions_go_on() -> None:
    consumer = Asked(answers=False)
    resume_at_once(cast(Consumer, consumer), partitions())
    assert consumer.calls == [("resume", [2, 5]), ("ask", 2)]
