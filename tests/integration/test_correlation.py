"""Correlation on Apache Kafka: what it says is the fold of what was committed, whatever happens to its workers."""

from __future__ import annotations

import pytest

from tests.e2e.system import System
from tests.integration.correlation_system import (
    assert_state_is_the_fold,
    publish,
    shuffled,
    start_worker,
    wait_for_lineages,
)

pytestmark = pytest.mark.kafka


def test_what_it_says_is_the_fold_of_committed_events_in_any_order_and_nothing_of_aborted_ones(system: System) -> None:
    messages = shuffled(range(60), seed=1)
    start_worker(system)
    publish(system, messages, batch=20, aborted=shuffled(range(1000, 1003), seed=2))
    wait_for_lineages(system, messages)
    assert_state_is_the_fold(system, messages)
