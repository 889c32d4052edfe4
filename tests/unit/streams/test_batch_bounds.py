"""How many messages the claim stage takes at once."""

from __future__ import annotations

import pytest

from streams.batch_bounds import BATCH_BYTES, BATCH_LINES, BatchBounds


def _most(mean_bytes: float, mean_lines: float) -> int:
    bounds = BatchBounds(8_000)
    bounds.learn_bytes(10, int(10 * mean_bytes))
    bounds.learn_lines(100, int(100 * mean_lines))
    return bounds.most


@pytest.mark.parametrize(
    ("mean_bytes", "mean_lines", "messages"),
    [(100.0, 0.0, 8_000), (630.0, 2.1, 8_000), (12_288.0, 2.0, 512), (3_500.0, 50.0, 400), (1e9, 1e9, 2)],
)
def test_a_batch_is_bounded_by_messages_bytes_and_lines(mean_bytes: float, mean_lines: float, messages: int) -> None:
    assert _most(mean_bytes, mean_lines) == messages


def test_a_batch_of_large_claims_holds_no_more_than_its_bytes_and_lines() -> None:
    for mean_bytes, mean_lines in ((1_000.0, 12.0), (5_000.0, 3.0), (50_000.0, 900.0)):
        assert _most(mean_bytes, mean_lines) * mean_bytes <= BATCH_BYTES
        assert _most(mean_bytes, mean_lines) * mean_lines <= BATCH_LINES


def test_the_first_batch_is_small_enough_for_claims_of_fifty_lines() -> None:
    assert BatchBounds(8_000).most * 50 <= BATCH_LINES


def test_a_batch_without_a_claim_says_nothing_about_lines() -> None:
    bounds = BatchBounds(8_000)
    bounds.learn_bytes(1, 100)
    bounds.learn_lines(10, 500)
    bounds.learn_lines(0, 0)
    assert bounds.most == BATCH_LINES // 50
