"""Partitions that were held back go on at once."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams.quiet import LIBRDKAFKA

ANSWER_SECONDS = 0.5
"""Longest wait for a leader's answer; without one the partition goes on a little later."""


def resume_at_once(consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
    """Resume partitions and ask their leaders something.

    The thread of the client that fetches from a leader sleeps for up to a second while it has nothing to fetch, and
    resuming does not wake it (librdkafka 2.16: seen in its log); any question to the leader does.

    Args:
        consumer: Who holds them back.
        partitions: To go on.
    """
    consumer.resume(list(partitions))
    for partition in partitions:
        try:
            consumer.get_watermark_offsets(partition, timeout=ANSWER_SECONDS)
        except KafkaException as error:  # whoever is away is asked again by the client itself
            LIBRDKAFKA.debug("no answer after resuming: %s", error.args[0].str())
            return
