"""Identity of topics: what tells a topic from an earlier one of the same name."""

from collections.abc import Sequence

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from schemas.errors import DependencyError
from sink.config import SinkConfig

TIMEOUT_S = 10.0


def log_ids(config: SinkConfig) -> dict[str, str]:
    """Find the identity of each topic the sink reads.

    Offsets start again when a topic is made anew. Tokens and the ledger carry this identity, so that new
    records at old offsets are never taken for known ones.

    Returns:
        Topic name to identity: the configured log id, or the topic id of the broker.

    Raises:
        DependencyError: The broker is away, a topic is missing, or the broker has no topic ids.
    """
    if config.log_id:
        return dict.fromkeys(config.topics, config.log_id)
    admin = AdminClient({"bootstrap.servers": config.bootstrap_servers, **config.kafka})
    return _topic_ids(admin, config.topics)


def _topic_ids(admin: AdminClient, topics: Sequence[str]) -> dict[str, str]:
    found = admin.describe_topics(TopicCollection(list(topics)), request_timeout=TIMEOUT_S)
    ids: dict[str, str] = {}
    for topic, future in found.items():
        try:
            topic_id = str(future.result().topic_id or "")
        except KafkaException as error:
            message = f"The topic {topic} cannot be described: {error.args[0].name()}."
            raise DependencyError(message, "Start the broker and create the topics first.") from error
        if not topic_id:
            message = f"The broker tells no id of the topic {topic}."
            raise DependencyError(message, "Set a log id by hand and change it whenever the topic is made anew.")
        ids[topic] = topic_id
    return ids
