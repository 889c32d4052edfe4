"""How long a batch waits: hardly at all, and under load until its interval is over."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.phi import Keyring, Sealer
from schemas.registry import CheckedInIds
from streams.batch_pace import BUSY_FROM, BatchPace
from streams.broker import Broker
from streams.claim_stage import ClaimStage, StageConfig, StageTools
from tests.matrix.stage_thread import Told

WAIT_S, INTERVAL_S = 0.002, 0.15


def pace() -> BatchPace:
    return BatchPace(wait_ms=2, interval_ms=150)


def test_the_first_batch_waits_the_little_that_is_set() -> None:
    assert pace().wait_s(1_000.0) == WAIT_S


def test_after_a_small_batch_there_is_no_load_to_wait_for() -> None:
    after = pace()
    after.took(BUSY_FROM - 1, 10.0)
    assert after.wait_s(10.01) == WAIT_S


def test_after_a_large_batch_the_next_waits_until_the_interval_is_over() -> None:
    after = pace()
    after.took(BUSY_FROM, 10.0)
    assert after.wait_s(10.05) == pytest.approx(0.10)


def test_a_batch_that_took_longer_than_the_interval_is_followed_at_once() -> None:
    after = pace()
    after.took(5_000, 10.0)
    assert after.wait_s(10.3) == WAIT_S


def test_load_is_over_with_the_first_small_batch() -> None:
    after = pace()
    after.took(5_000, 10.0)
    after.took(1, 10.15)
    assert after.wait_s(10.16) == WAIT_S


def test_without_an_interval_no_batch_waits_for_it() -> None:
    never = BatchPace(wait_ms=2, interval_ms=0)
    never.took(5_000, 10.0)
    assert never.wait_s(10.0) == WAIT_S


@given(st.lists(st.tuples(st.integers(1, 10_000), st.floats(0, 1)), max_size=20))
def test_no_batch_waits_longer_than_the_interval_or_less_than_is_set(batches: list[tuple[int, float]]) -> None:
    paced, now = pace(), 0.0
    for messages, seconds in batches:
        assert WAIT_S <= paced.wait_s(now) <= INTERVAL_S + 1e-9
        paced.took(messages, now)
        now += seconds


class Plenty:
    """A consumer with more messages than anybody asks for, that remembers how long it was asked to wait for them."""

    def __init__(self) -> None:
        self.waits_s: list[float] = []

    def consume(self, most: int, wait_s: float) -> list[Any]:
        self.waits_s.append(wait_s)
        return [Message()] * min(most, 2_000)


class Message:
    """A message of a hundred bytes."""

    def partition(self) -> int:
        return 0

    def __len__(self) -> int:
        return 100


def test_a_stage_waits_for_more_only_after_a_large_batch() -> None:
    pipeline: Any = SimpleNamespace(history=None)
    tools = StageTools(lambda: pipeline, CheckedInIds(), Sealer(Keyring.ephemeral()), Told(), lambda: datetime.now(UTC))
    stage: Any = ClaimStage(StageConfig(Broker("127.0.0.1:1"), batch_wait_ms=2, batch_interval_ms=1_000), tools)
    consumer = Plenty()
    stage._poll(consumer)
    stage._poll(consumer)
    assert consumer.waits_s[1] == WAIT_S
    assert WAIT_S < consumer.waits_s[3] <= 1.0
