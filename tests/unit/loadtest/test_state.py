"""Sizes of the state are compared batch by batch, so that the machine's pace is no size's."""

from __future__ import annotations

from typing import cast

import pytest

from loadtest.stage import WARM_UP_BATCHES, BareStage, in_turns, stage_cost
from loadtest.state import share
from processors.step import StepTimes

BATCHES = [[bytes([number])] * 10 for number in range(WARM_UP_BATCHES + 6)]


class Machine:
    """Grows slower with every batch that runs on it."""

    def __init__(self) -> None:
        self.pace = 1.0
        self.ran: list[tuple[str, int]] = []


class Stage:
    """A stage whose work takes so many seconds on a quick machine."""

    def __init__(self, name: str, seconds: float, machine: Machine) -> None:
        self.name, self.seconds, self.machine = name, seconds, machine

    def work(self, values: list[bytes], times: StepTimes) -> None:
        """Take the time of a batch."""
        self.machine.ran.append((self.name, values[0][0]))
        times.add("read", self.seconds * self.machine.pace, 0.0)
        times.add("write", self.seconds * self.machine.pace, 0.0)
        self.machine.pace *= 1.2


def run(machine: Machine, *seconds: float) -> list[list[dict[str, float]]]:
    stages = [Stage(str(number), one, machine) for number, one in enumerate(seconds)]
    return in_turns(cast(list[BareStage], stages), BATCHES)


def test_every_batch_runs_on_every_stage_and_each_is_first_as_often() -> None:
    machine = Machine()
    spent = run(machine, 1.0, 1.0)
    assert [len(costs) for costs in spent] == [len(BATCHES) - WARM_UP_BATCHES] * 2
    assert machine.ran[:6] == [("0", 0), ("1", 0), ("1", 1), ("0", 1), ("0", 2), ("1", 2)]
    assert sorted(machine.ran) == sorted((name, number) for name in "01" for number in range(len(BATCHES)))


def test_a_machine_that_slows_down_does_not_change_the_share() -> None:
    machine = Machine()
    first, other = run(machine, 1.0, 1.25)
    assert machine.pace > 10
    assert share(first, other) == pytest.approx(0.8, rel=0.03)


def test_what_a_claim_costs_is_told_by_step_in_microseconds() -> None:
    cost = stage_cost("two steps", 3, 60, run(Machine(), 1.0)[0][:1])
    assert cost.steps_us["read"] == cost.steps_us["write"] == pytest.approx(1.44e5)
    assert cost.cpu_us_per_claim == pytest.approx(2.88e5)
    assert (cost.claims, cost.claims_per_second) == (60, 3)
