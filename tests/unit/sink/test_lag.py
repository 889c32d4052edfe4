"""The sink's lag grows while it waits: the ends of the partitions are the broker's, not what was fetched last."""

from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka import TopicPartition as KafkaPartition

from sink.assignment import Ownership
from sink.lag import LagReporter
from sink.observer import SilentObserver
from sink.ranges import TopicPartition


class Told(SilentObserver):
    def __init__(self) -> None:
        self.lags: dict[TopicPartition, int] = {}

    def lag(self, source: TopicPartition, records: int) -> None:
        self.lags[source] = records


def test_a_paused_sink_tells_what_has_come_since() -> None:
    producer = Producer({"test.mock.num.brokers": 1})
    broker = next(iter(producer.list_topics(timeout=10).brokers.values()))
    consumer = Consumer({"bootstrap.servers": f"{broker.host}:{broker.port}", "group.id": "lag"})
    source, told = TopicPartition("t", 0), Told()
    reporter = LagReporter(consumer, lambda: [Ownership(source, next_offset=2)], told)
    try:
        for records in (5, 7):
            for _ in range(records):
                producer.produce("t", b"x", partition=0)
            assert producer.flush(10) == 0
            consumer.assign([KafkaPartition("t", 0, 2)])
            consumer.pause([KafkaPartition("t", 0)])
            reporter.report()
            assert told.lags == {source: {5: 3, 7: 10}[records]}
    finally:
        consumer.close()


def test_a_broker_that_is_away_changes_no_figure() -> None:
    class Away:
        def offsets_for_times(self, *_: Any, **__: Any) -> None:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    told = Told()
    reporter = LagReporter(Away(), lambda: [Ownership(TopicPartition("t", 0))], told)
    reporter.report()
    assert told.lags == {}
    reporter.stop()
