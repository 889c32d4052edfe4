"""Where rules fire: one select over the frame of their level, then what tenants and payers make of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl

from processors.validation.compiled import CompiledRule
from processors.validation.overlays import DISABLED, LocalSeverities
from processors.validation.rule import SEVERITIES
from processors.validation.rule_set import RuleSet

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]

_RANKS = {severity: rank for rank, severity in enumerate(SEVERITIES)}


@dataclass(frozen=True, eq=False)  # frames and arrays have no equality
class Fired:
    """Where the rules of one level fired.

    Attributes:
        frame: The rows of the level.
        rules: The rules that fired at all.
        number: Number among `rules` of every time one fired, rule by rule.
        position: Position in the frame of the row it fired on.
        row: The claim it fired on.
        rank: How grave it is there, a place in SEVERITIES.
    """

    frame: pl.DataFrame
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


def fire(frame: pl.DataFrame, rules: RuleSet) -> Fired:
    """Return where the rules of a level fire over its frame, which has `row` and every column they read."""
    if not rules.asked:
        return _nowhere(frame)
    answers = frame.select_seq(one.expression for one in rules.asked).iter_columns()
    fired = [(one.rule, answer) for one, answer in zip(rules.asked, answers, strict=True) if answer.any()]
    if not fired:
        return _nowhere(frame)
    # The few rules that fired one below the other: their true cells are found in one step.
    cells = pl.concat([answer for _, answer in fired]).arg_true().to_numpy().astype(np.int64)
    number, position = np.divmod(cells, frame.height)
    ranks = np.array([_RANKS[rule.rule.severity] for rule, _ in fired], dtype=np.int64)
    return Fired(
        frame=frame,
        rules=tuple(rule for rule, _ in fired),
        number=number,
        position=position,
        row=frame["row"].to_numpy()[position].astype(np.int64),
        rank=ranks[number],
    )


def _nowhere(frame: pl.DataFrame) -> Fired:
    nowhere = np.empty(0, dtype=np.int64)
    return Fired(frame, (), nowhere, nowhere, nowhere, nowhere)
