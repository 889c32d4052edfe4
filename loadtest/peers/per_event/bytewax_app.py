"""Bytewax: a dataflow from Kafka to Kafka; its batches let the model run once for each, at least once."""

from __future__ import annotations

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.testing import cluster_main

from loadtest.peers.per_event.work import BOOTSTRAP, IN_TOPIC, OUT_TOPIC, Worker


def create_flow() -> Dataflow:
    """Return the dataflow."""
    worker = Worker()

    def score(messages: list[KafkaSourceMessage]) -> list[KafkaSinkMessage]:
        answers = worker.process_many([message.value for message in messages])
        return [KafkaSinkMessage(m.key, answer) for m, answer in zip(messages, answers, strict=True)]

    flow = Dataflow("peer")
    source = kop.input("in", flow, brokers=[BOOTSTRAP], topics=[IN_TOPIC], batch_size=1_000)
    scored = op.flat_map_batch("score", source.oks, score)
    kop.output(
        "out",
        scored,
        brokers=[BOOTSTRAP],
        topic=OUT_TOPIC,
        add_config={"compression.type": "lz4", "linger.ms": "20"},
    )
    return flow


if __name__ == "__main__":
    cluster_main(create_flow(), [], 0)
