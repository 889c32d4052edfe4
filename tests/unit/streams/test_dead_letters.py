"""A flood of bad messages stops the stage; single ones do not."""

from __future__ import annotations

import pytest

from schemas.errors import FatalStreamError
from streams.dead_letters import FloodGuard


def test_a_few_bad_messages_pass() -> None:
    guard = FloodGuard()
    for _ in range(1_000):
        guard.check(bad=5, total=400)


def test_a_batch_that_is_mostly_bad_is_a_flood() -> None:
    with pytest.raises(FatalStreamError, match="201 of 400"):
        FloodGuard().check(bad=201, total=400)


def test_a_small_bad_batch_is_no_flood_until_it_lasts() -> None:
    guard = FloodGuard(max_consecutive=30)
    guard.check(bad=10, total=10)
    guard.check(bad=10, total=10)
    with pytest.raises(FatalStreamError):
        guard.check(bad=10, total=10)


def test_one_good_message_breaks_the_row() -> None:
    guard = FloodGuard(max_consecutive=30)
    for _ in range(100):
        guard.check(bad=20, total=20)
        guard.check(bad=9, total=10)
