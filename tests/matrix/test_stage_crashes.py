"""Rows 1 to 4: the claim stage is killed at a named place of its loop, and starts again."""

from __future__ import annotations

import signal

import pytest

from tests.e2e.system import System
from tests.matrix.history_system import assert_second_copies_are_the_duplicates, publish_copies
from tests.matrix.invariants import assert_commits_are_covered, assert_invariants, committed_offsets

pytestmark = pytest.mark.kafka

CLAIMS = range(600)


def die_at(system: System, failpoint: str, batch: int = 2) -> None:
    """Let a stage work on the first copies until it kills itself in a batch."""
    publish_copies(system, CLAIMS, copy=1)
    dying = system.start_stage(CLAIMSTREAM_FAILPOINT=f"{failpoint}:{batch}", BATCH_SIZE="200")
    assert dying.wait(120) == -signal.SIGKILL
    assert 0 < len(system.committed_ids()) < len(CLAIMS)
    assert_commits_are_covered(system)


def go_on(system: System) -> None:
    """Let a new stage finish, and judge second copies by what the dead one left behind."""
    publish_copies(system, CLAIMS, copy=2)
    system.start_stage()
    system.wait_for_results(2 * len(CLAIMS))
    assert system.terminate("claims-0") == 0, system.log("claims-0")[-1500:]
    assert_second_copies_are_the_duplicates(system, CLAIMS)
    assert_invariants(system)


def test_row_01_a_crash_after_the_poll_leaves_no_output_and_the_batch_is_read_again(system: System) -> None:
    die_at(system, "after_poll", batch=3)  # the second may still be in flight, the first cannot
    go_on(system)


@pytest.mark.parametrize("failpoint", ["after_produce", "mid_produce"])
def test_row_02_a_crash_before_the_offsets_are_sent_shows_readers_nothing(system: System, failpoint: str) -> None:
    die_at(system, failpoint)
    go_on(system)


def test_row_03_a_crash_before_the_commit_leaves_output_and_offsets_as_they_were(system: System) -> None:
    die_at(system, "before_commit")
    before = committed_offsets(system)
    assert sum(before.values()) == len(system.committed_ids()), "offsets moved without their output"
    go_on(system)


@pytest.mark.parametrize("failpoint", ["after_commit", "mid_state", "after_state"])
def test_row_04_a_store_that_missed_a_commit_catches_up_from_the_changelog(system: System, failpoint: str) -> None:
    die_at(system, failpoint)
    go_on(system)
