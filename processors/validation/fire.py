"""Where rules fire: what the machine finds, what polars has to confirm, then what tenants and payers make of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl

from processors.validation.compiled import CompiledRule
from processors.validation.levels import GivenLevel
from processors.validation.machine.machine import Machine
from processors.validation.overlays import DISABLED, LocalSeverities
from processors.validation.rule import SEVERITIES
from processors.validation.rule_set import RuleSet

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]

_RANKS = {severity: rank for rank, severity in enumerate(SEVERITIES)}


@dataclass(frozen=True, eq=False)  # frames and arrays have no equality
class Fired:
    """Where the rules of one level fired.

    Attributes:
        level: The level.
        rules: The rules that fired at all.
        number: Number among `rules` of every time one fired, rule by rule.
        position: Position in the level of the row it fired on.
        row: The claim it fired on.
        rank: How grave it is there, a place in SEVERITIES.
    """

    level: GivenLevel
    rules: tuple[CompiledRule, ...]
    number: Integers
    position: Integers
    row: Integers
    rank: Integers

    def positions(self) -> list[pl.Series]:
        """Return the positions rule by rule."""
        ends = np.bincount(self.number, minlength=len(self.rules)).cumsum()
        position = pl.Series(self.position, dtype=pl.UInt32)
        return [position[start:end] for start, end in pairwise([0, *ends.tolist()])]

    def localized(self, claims: pl.DataFrame, severities: LocalSeverities) -> Fired:
        """Return the firings as grave as they are for the tenant and payer of each claim, less the disabled ones.

        Args:
            claims: The claims, in the order of their rows, with tenant_id and payer_id.
            severities: How grave rules are by tenant and payer.
        """
        if not len(self.number):
            return self
        rank = severities.ranks(claims, self.row, self.rules, self.number)
        kept = rank != DISABLED
        return replace(
            self, number=self.number[kept], position=self.position[kept], row=self.row[kept], rank=rank[kept]
        )


def fire(level: GivenLevel, rules: RuleSet) -> Fired:
    """Return where the rules of a level fire."""
    if not rules.asked or not level.height:
        return _nowhere(level)
    machine, rows = rules.machine, level.rows
    number, position = machine.candidates(level.memory(machine.columns), rows, level.height)
    if machine.rest:
        number, position = _confirmed(level, machine, number, position)
    if not len(number):
        return _nowhere(level)
    numbers = np.flatnonzero(np.bincount(number))
    fired = tuple(rules.asked[one].rule for one in numbers.tolist())
    level.make({name for rule in fired for name in rule.placeholders})
    number = np.searchsorted(numbers, number)
    ranks = np.array([_RANKS[rule.rule.severity] for rule in fired], dtype=np.int64)
    return Fired(level, fired, number, position, row=rows[position].astype(np.int64), rank=ranks[number])


def _confirmed(level: GivenLevel, machine: Machine, number: Integers, position: Integers) -> tuple[Integers, Integers]:
    """Return the firings that stay when polars has answered what the machine left to it."""
    ends = np.bincount(number, minlength=max(machine.rest) + 1).cumsum()
    asked = [one for one in machine.rest if ends[one] > (ends[one - 1] if one else 0)]
    if not asked:
        return number, position
    kept = np.ones(len(number), dtype=bool)
    expressions = [machine.rest[one] for one in asked]
    frame = level.frame(name for expr in expressions for name in expr.meta.root_names())
    for one, answer in zip(asked, frame.select_seq(expressions).iter_columns(), strict=True):
        here = slice(ends[one - 1] if one else 0, ends[one])
        kept[here] = answer.to_numpy()[position[here]]
    return number[kept], position[kept]


def _nowhere(level: GivenLevel) -> Fired:
    nowhere = np.empty(0, dtype=np.int64)
    return Fired(level, (), nowhere, nowhere, nowhere, nowhere)
