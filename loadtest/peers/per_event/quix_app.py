"""Quix Streams: a streaming dataframe over raw bytes, at least once, its default."""

from __future__ import annotations

from quixstreams import Application

from loadtest.peers.per_event.work import BOOTSTRAP, IN_TOPIC, OUT_TOPIC, Worker


def main() -> None:
    """Run until stopped."""
    app = Application(
        broker_address=BOOTSTRAP,
        consumer_group="peer-quix",
        auto_offset_reset="earliest",
        auto_create_topics=False,
        producer_extra_config={"compression.type": "lz4", "linger.ms": 20},
        loglevel="WARNING",
    )
    source = app.topic(IN_TOPIC, key_deserializer="bytes", value_deserializer="bytes")
    answers = app.topic(OUT_TOPIC, key_serializer="bytes", value_serializer="bytes")
    app.dataframe(source).apply(Worker().process).to_topic(answers)
    app.run()


if __name__ == "__main__":
    main()
