"""How many messages the claim stage takes at once."""

from __future__ import annotations

import pytest

from streams.claim_stage import BATCH_BYTES, messages_of


@pytest.mark.parametrize(("mean_bytes", "messages"), [(100.0, 8_000), (630.0, 8_000), (12_288.0, 512), (1e9, 2)])
def test_a_batch_is_bounded_by_messages_and_by_bytes(mean_bytes: float, messages: int) -> None:
    assert messages_of(8_000, mean_bytes) == messages


def test_a_batch_of_large_claims_holds_no_more_than_its_bytes() -> None:
    for mean_bytes in (1_000.0, 5_000.0, 50_000.0):
        assert messages_of(8_000, mean_bytes) * mean_bytes <= BATCH_BYTES
