"""The broker of a measurement: one that runs already, or an Apache Kafka started for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import DependencyError


@contextmanager
def apache_kafka(folder: Path, bootstrap: str = "") -> Iterator[str]:
    """Yield the address of an Apache Kafka.

    Args:
        folder: Where a broker that is started keeps its data.
        bootstrap: Address of one that runs already; empty starts one.

    Raises:
        DependencyError: None can be started from an installed package: the code that does is in the repository.
    """
    if bootstrap:
        yield bootstrap
        return
    try:
        from tests.kafka_server import KafkaServer  # noqa: PLC0415 - there in a checkout only
    except ImportError as error:
        msg = "An Apache Kafka can be started from a checkout of the repository only."
        raise DependencyError(
            msg, "Run it from there (python -m loadtest), or name a broker with --bootstrap."
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    server = KafkaServer(folder)
    try:
        server.start()
        yield server.bootstrap
    finally:
        server.stop()
