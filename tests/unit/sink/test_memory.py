"""What a range leaves behind: nothing that waits for the garbage collector, which a sink runs rarely."""

import gc
from typing import Any

import pytest

from schemas.contracts import (
    ACKS_RECEIVED,
    ALERTS,
    CLAIMS_ADJUDICATED,
    CLAIMS_LINEAGE,
    CLAIMS_SCORED,
    DEAD_LETTER,
    REMITS_RECEIVED,
    WORKQUEUE_ACTIONS,
    Contract,
)
from schemas.registry import CheckedInIds
from sink.buckets import Bucket
from sink.config import SinkConfig
from sink.ranges import TopicPartition
from sink.rows.events import NothingKnown
from sink.writer import build_tables, routes
from tests.correlation_events import adjudicated, blank, lineage, messages
from tests.scored_events import scored_event

ROUTES = routes(SinkConfig(""), CheckedInIds())


def event(contract: Contract, number: int) -> dict[str, Any]:
    makers = {
        CLAIMS_SCORED.name: scored_event,
        CLAIMS_LINEAGE.name: lineage,
        CLAIMS_ADJUDICATED.name: adjudicated,
    }
    make = makers.get(contract.name, lambda n: blank(contract) | {"event_id": f"event-{n}"})
    return make(number)


@pytest.mark.parametrize(
    "contract",
    [
        *(CLAIMS_SCORED, CLAIMS_LINEAGE, CLAIMS_ADJUDICATED, DEAD_LETTER),
        *(REMITS_RECEIVED, ACKS_RECEIVED, ALERTS, WORKQUEUE_ACTIONS),
    ],
    ids=lambda contract: contract.name,
)
def test_the_rows_of_a_range_leave_nothing_to_the_collector(contract: Contract) -> None:
    values = messages(contract, [event(contract, n) for n in range(20)])
    source = TopicPartition(contract.name, 0)

    def work() -> int:
        bucket = Bucket(0.0, list(values), list(range(len(values))), [1] * len(values))
        return len(build_tables(ROUTES[contract.name], source, bucket, NothingKnown()).tables)

    assert work() >= 1  # what is made once is made
    gc.collect()
    gc.disable()
    try:
        work()
        assert gc.collect() == 0
    finally:
        gc.enable()
