"""Rows 9 to 12 and 21: stages join, leave, fall asleep, meet themselves, and are asked to end."""

from __future__ import annotations

import random
import shutil
import signal
import time
from itertools import cycle

import pytest

from tests.e2e.system import System
from tests.matrix.history_system import assert_second_copies_are_the_duplicates, publish_copies, state_folder
from tests.matrix.invariants import assert_commits_are_covered, assert_invariants

pytestmark = pytest.mark.kafka

CLAIMS = range(600)


def assigned(system: System, name: str) -> bool:
    """Say whether a stage holds partitions, as its log tells."""
    _, told, last = system.log(name).rpartition('"partitions": [')
    return bool(told) and not last.startswith("]")


def test_row_09_stages_that_join_and_leave_all_the_time_answer_each_claim_once(system: System) -> None:
    claims = range(1_000)
    chosen = random.Random(9)  # noqa: S311 - an order, not a secret
    slots = cycle((1, 2))
    system.start_stage(0, BATCH_SIZE="50")
    for copy in (1, 2):
        for number in range(4):
            if number % 2 == 0:
                slot = next(slots)
                system.start_stage(slot, BATCH_SIZE="50")
            publish_copies(system, claims[number * 250 : (number + 1) * 250], copy)
            system.wait_until(lambda: assigned(system, f"claims-{slot}"), "a join")  # noqa: B023 - called at once
            if number % 2:
                time.sleep(chosen.uniform(0, 0.3))
                assert system.terminate(f"claims-{slot}") == 0
                assert_commits_are_covered(system)
    system.wait_for_results(2 * len(claims))
    assert system.terminate("claims-0") == 0
    assert_second_copies_are_the_duplicates(system, claims)
    assert_invariants(system)


@pytest.mark.parametrize(
    ("asleep", "exit_codes"),
    [("after_poll:1", {None}), ("before_commit:2", {1}), ("after_poll:2", {None, 1})],
    ids=["before its transaction", "in its transaction", "with a batch in flight"],
)
def test_row_10_a_stage_that_slept_too_long_commits_nothing_when_it_wakes(
    system: System, asleep: str, exit_codes: set[int | None]
) -> None:
    quick = {"KAFKA_SESSION_TIMEOUT_MS": "1000", "KAFKA_TRANSACTION_TIMEOUT_MS": "2000", "BATCH_SIZE": "200"}
    publish_copies(system, CLAIMS, copy=1)
    woken_at = 0
    zombie = system.start_stage(0, CLAIMSTREAM_FAILPOINT=f"{asleep}:stop", **quick)
    system.wait_until(lambda: _is_stopped(zombie.pid), "the stop")
    system.start_stage(1, **quick)
    system.wait_for_results(len(CLAIMS))
    del system.processes["claims-0"]  # it may end, with a reason
    zombie.send_signal(signal.SIGCONT)
    system.wait_until(
        lambda: zombie.poll() is not None or "transaction_aborted" in system.log("claims-0"), "an end or an abort"
    )
    system.processes["claims-0"] = zombie
    assert zombie.poll() in exit_codes, system.log("claims-0")[-1500:]
    if zombie.poll() is not None:
        assert "Traceback" not in system.log("claims-0")
        woken_at = len(system.log("claims-0"))
        system.start_stage(0, **quick)
    assert_commits_are_covered(system)
    # One that starts again has said so before, and does not know how to end until it says so again.
    system.wait_until(
        lambda: '"partitions": [' in system.log("claims-0")[woken_at:].rpartition("aborted")[2], "a clean return"
    )
    publish_copies(system, CLAIMS, copy=2)
    system.wait_for_results(2 * len(CLAIMS))
    assert system.terminate("claims-0") == 0
    assert system.terminate("claims-1") == 0
    assert_second_copies_are_the_duplicates(system, CLAIMS)
    assert_invariants(system)


def _is_stopped(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - not a file of ours
        return stat.read().rpartition(")")[2].split()[0] == "T"


def test_row_11_a_rebalance_during_recovery_closes_and_opens_stores_without_loss(system: System) -> None:
    publish_copies(system, CLAIMS, copy=1)
    system.start_stage()
    system.wait_for_results(len(CLAIMS))
    assert system.terminate("claims-0") == 0
    shutil.rmtree(state_folder(system))
    publish_copies(system, CLAIMS, copy=2)
    system.start_stage(0, CLAIMSTREAM_FAILPOINT="mid_recovery:1:stop")
    system.wait_until(lambda: _is_stopped(system.processes["claims-0"].pid), "a recovery that stands still")
    system.start_stage(1, CLAIMSTREAM_FAILPOINT="mid_recovery:1")
    system.processes["claims-0"].send_signal(signal.SIGCONT)
    assert system.processes["claims-1"].wait(120) == -signal.SIGKILL, "it was given nothing to recover"
    system.wait_for_results(2 * len(CLAIMS))
    assert system.terminate("claims-0") == 0
    assert_second_copies_are_the_duplicates(system, CLAIMS)
    assert_invariants(system)


def test_row_12_a_slot_that_is_started_twice_goes_on_once_and_the_first_one_ends(system: System) -> None:
    publish_copies(system, CLAIMS, copy=1)
    first = system.start_stage(0)
    system.wait_for_results(len(CLAIMS))
    elsewhere = {"CLAIMSTREAM_HOME": str(system.folder / "elsewhere"), "CLAIMSTREAM_KEYRING": str(system.keyring)}
    system.start("twin", "run", "claims", "--slot", "0", **elsewhere)
    system.wait_until(lambda: assigned(system, "twin"), "a second owner of the slot")
    publish_copies(system, CLAIMS, copy=2)
    assert first.wait(120) == 1, system.log("claims-0")[-1500:]
    assert "check that no second one owns its slot" in system.log("claims-0")
    assert "Traceback" not in system.log("claims-0")
    del system.processes["claims-0"]
    system.wait_for_results(2 * len(CLAIMS))
    assert system.terminate("twin") == 0
    assert_second_copies_are_the_duplicates(system, CLAIMS)
    assert_invariants(system)


def test_row_21_a_stage_that_is_asked_to_end_finishes_its_batch_and_hands_over_at_once(system: System) -> None:
    publish_copies(system, CLAIMS, copy=1)
    system.start_stage(0, BATCH_SIZE="50", KAFKA_SESSION_TIMEOUT_MS="60000")
    system.wait_for_results(100)
    asked = time.monotonic()
    assert system.terminate("claims-0") == 0, system.log("claims-0")[-1500:]
    assert time.monotonic() - asked < 10
    assert_commits_are_covered(system)
    publish_copies(system, CLAIMS, copy=2)
    system.start_stage(1, KAFKA_SESSION_TIMEOUT_MS="60000")
    joined = time.monotonic()
    system.wait_until(lambda: assigned(system, "claims-1"), "the partitions of the one that left")
    assert time.monotonic() - joined < 50, "the partitions were given away by the timeout only"
    system.wait_for_results(2 * len(CLAIMS))
    assert system.terminate("claims-1") == 0
    assert_second_copies_are_the_duplicates(system, CLAIMS)
    assert_invariants(system)
