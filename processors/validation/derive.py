"""The columns of both rule levels for a batch, made as far as they are asked for: no per-claim Python."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.validation.columns.definition import Inputs, Level
from processors.validation.columns.from_claim import FROM_CLAIM
from processors.validation.columns.made import ArrayColumn, FlagColumn, Made
from processors.validation.columns.registry import COLUMNS
from processors.validation.levels import GivenLevel, Words
from processors.validation.machine.layout import DATA, KIND, MASKS
from processors.validation.machine.memory import NEVER_TRUE, LentColumns, words_of_array
from processors.validation.plan import Plan, plan_of
from reference.library import ReferenceLibrary


class Derived(NamedTuple):
    """Both levels of a batch with the columns that were asked for, among others.

    Attributes:
        claims: The claims in row order, with `row`.
        lines: The lines in the order of the batch, with `row` and `line_number`.
    """

    claims: pl.DataFrame
    lines: pl.DataFrame


def derive(
    batch: ClaimBatch, claim_columns: Collection[str], line_columns: Collection[str], library: ReferenceLibrary
) -> Derived:
    """Return the claims and the lines with the columns that are named.

    Args:
        batch: The claims and lines.
        claim_columns: Names needed on the claims, fields or derived.
        line_columns: Names needed on the lines.
        library: Reference tables.
    """
    with Inputs(batch, library) as inputs:
        claims = MadeLevel("claim", batch.claims, inputs)
        lines = MadeLevel("line", batch.lines, inputs, claims)
        return Derived(_with(batch.claims, claims, claim_columns), _with(batch.lines, lines, line_columns))


def _with(frame: pl.DataFrame, level: MadeLevel, names: Collection[str]) -> pl.DataFrame:
    level.make(names)
    return frame.hstack([level.column(name) for name in sorted(set(names) - set(frame.columns))])


class MadeLevel(GivenLevel):
    """A level of a batch whose columns are made when they are asked for.

    Args:
        level: claim or line.
        frame: The rows of the level with the fields of the contract.
        inputs: What groups of columns are computed from.
        claims: The level of the claims, for that of the lines.
    """

    def __init__(self, level: Level, frame: pl.DataFrame, inputs: Inputs, claims: MadeLevel | None = None) -> None:
        super().__init__(frame)
        self._level: Level = level
        self._inputs = inputs
        self._claims = claims
        self._groups = list(COLUMNS[level].groups)
        self._made: dict[str, Made] = {}
        self._arrays: list[np.ndarray] = []
        self._words_of: dict[int, Words] = {}
        self._lent_series: dict[str, LentColumns] = {}

    def make(self, names: Collection[str]) -> None:
        """Make columns: those of groups, then what follows from them by expressions."""
        plan = self._plan(names)
        needed = [group for group in self._groups if not plan.fields.isdisjoint(group.names)]
        self._groups = [group for group in self._groups if group not in needed]
        for group in needed:
            self._made |= {column.name: column for column in group.compute(self._inputs)}
        if self._claims is not None:
            self._claims.make([FROM_CLAIM[name] for name in plan.fields if name in FROM_CLAIM])
        if plan.stages:
            fields = pl.DataFrame([self.column(name) for name in sorted(plan.expression_fields | {"row"})])
            self._made.update(plan.made(fields))

    def column(self, name: str) -> pl.Series:
        """Return a column, which has been made; lines take over columns of their claims."""
        made = self._made.get(name)
        if made is not None:
            return made if isinstance(made, pl.Series) else made.series()
        if self._claims is not None and name in FROM_CLAIM:
            return self._claims.column(FROM_CLAIM[name])[self._frame["row"]].alias(name)
        return super().column(name)

    def words(self, name: str) -> Words:
        """Return where the values of a column lie."""
        made = self._made.get(name)
        if made is None:
            fields = self._inputs.claim_fields if self._level == "claim" else self._inputs.line_fields
            return fields.words(name)
        if type(made) is ArrayColumn:
            return self._words_of_array(made.values, made.given)
        if type(made) is FlagColumn:
            return self._words_of_flags(made)
        return self._words_of_series(name)

    def _words_of_flags(self, made: FlagColumn) -> Words:
        if not made.possible:
            return NEVER_TRUE
        if made.bits is None or made.bits.dtype != np.int64:
            return self._words_of_array(made.make())
        words = list(self._words_of_array(made.bits))
        words[KIND], words[DATA] = MASKS, made.mask
        return tuple(words)

    def claim_words(self, name: str) -> Words:
        """Return where the values of a column of the claims lie."""
        assert self._claims is not None  # noqa: S101 - only lines have claims
        return self._claims.words(name)

    def _words_of_array(self, values: np.ndarray, given: np.ndarray | None = None) -> Words:
        known = self._words_of.get(id(values))
        if known is not None and given is None:
            return known
        self._arrays.append(values)  # keeps the identity of the array as well as its memory
        identity = id(values)
        values = np.ascontiguousarray(values)
        self._arrays.append(values)
        if given is None:
            words = self._words_of[identity] = words_of_array(values)
            return words
        bits = np.packbits(given, bitorder="little")
        self._arrays.append(bits)
        return words_of_array(values, bits.ctypes.data)

    def _words_of_series(self, name: str) -> Words:
        if name not in self._lent_series:
            unlent = [
                column
                for made, column in self._made.items()
                if type(column) is pl.Series and made not in self._lent_series
            ]
            lent = self.enter_context(LentColumns(pl.DataFrame(unlent)))
            self._lent_series |= dict.fromkeys((column.name for column in unlent), lent)
        return self._lent_series[name].words(name)

    def _plan(self, names: Iterable[str]) -> Plan:
        return plan_of(self._level, frozenset(name for name in names if name not in self._made), self._inputs.library)
