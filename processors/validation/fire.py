"""Where rules fire: one select over the frame of their level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from processors.validation.catalogue import CompiledRule

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)  # frames and arrays have no equality
class Fired:
    """Where the rules of one level fired.

    Attributes:
        frame: The rows of the level.
        rules: The rules that fired at all.
        number: Number among `rules` of every time one fired, rule by rule.
        position: Position in the frame of the row it fired on.
    """

    frame: pl.DataFrame
    rules: tuple[CompiledRule, ...]
    number: Integers
    position: Integers

    def positions(self) -> list[pl.Series]:
        """Return the positions rule by rule."""
        ends = np.bincount(self.number, minlength=len(self.rules)).cumsum()
        position = pl.Series(self.position, dtype=pl.UInt32)
        return [position[start:end] for start, end in pairwise([0, *ends.tolist()])]


def fire(frame: pl.DataFrame, rules: Sequence[CompiledRule]) -> Fired:
    """Return where the rules of a level fire over its frame."""
    answers = frame.select(rule.named for rule in rules).iter_columns()
    fired = [(rule, answer) for rule, answer in zip(rules, answers, strict=True) if answer.any()]
    if not fired:
        nowhere = np.empty(0, dtype=np.int64)
        return Fired(frame, (), nowhere, nowhere)
    # The few rules that fired one below the other: their true cells are found in one step.
    cells = pl.concat([answer for _, answer in fired]).arg_true().to_numpy().astype(np.int64)
    number, position = np.divmod(cells, frame.height)
    return Fired(frame, tuple(rule for rule, _ in fired), number, position)
