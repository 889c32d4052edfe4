"""Stages on a real Apache Kafka, for the tests of their state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.broker import Broker
from tests.e2e.system import System


@pytest.fixture
def system(kafka: Broker, tmp_path: Path) -> Iterator[System]:
    """Nothing runs yet but the broker."""
    made = System(kafka, tmp_path)
    yield made
    made.close()
