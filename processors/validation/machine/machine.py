"""The machine: rules as instructions, the columns these read, and what is left to polars."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

import numpy as np
import polars as pl

from processors.validation.machine.assembler import Assembler, Column, Tables, UnknownPartError
from processors.validation.machine.kernel import ask
from processors.validation.machine.layout import INSTRUCTION_WIDTH, KIND, KINDS_OF_TYPE, MOST_OPERATIONS
from processors.validation.machine.parts import BLOCK, SPACE_WORDS
from processors.validation.machine.tree import Node, conjuncts, expression_of, tree_of

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]

_Instruction = tuple[int, int, int, int]
_BROAD = frozenset({"is_professional", "is_institutional", "is_dental"})
"""Columns that are true of so many rows that other parts of a rule are better asked before."""

_ROOM = 4_096
"""Firings that there is room for at first."""


@dataclass(frozen=True, eq=False)
class Machine:
    """Rules of one level, ready to be asked.

    Attributes:
        columns: The columns that the instructions read, each with whether it is one of the claim of a line.
        rest: For some rules, by their number: what polars has to answer where all else of the rule is true.
        rest_columns: The columns that polars reads for that.
    """

    columns: tuple[Column, ...]
    rest: Mapping[int, pl.Expr]
    rest_columns: frozenset[str]
    _program: np.ndarray
    _parts: np.ndarray
    _rules: np.ndarray
    _tables: Tables
    _kinds: Integers

    @classmethod
    def of(
        cls,
        conditions: Sequence[pl.Expr],
        schema: Mapping[str, pl.DataType],
        resolve: Callable[[str], Column] = lambda name: (name, False),
    ) -> Machine:
        """Return the machine for conditions over the columns of a level.

        Args:
            conditions: Booleans, one a rule.
            schema: Types of the columns of the level.
            resolve: Returns where a column of the level is found.
        """
        assembler = Assembler(schema, resolve)
        program: list[_Instruction] = []
        parts: list[tuple[int, int]] = []
        roots: dict[tuple[_Instruction, ...], int] = {}
        rules: list[tuple[int, int, int, int]] = []
        rest: dict[int, pl.Expr] = {}

        def add(instructions: Sequence[_Instruction]) -> int:
            parts.append((len(program), len(program) + len(instructions)))
            program.extend(instructions)
            return len(parts) - 1

        for number, condition in enumerate(conditions):
            (first, *others), left = _understood(assembler, conjuncts(tree_of(condition)))
            root = roots[first] if first in roots else roots.setdefault(first, add(first))
            start = len(parts)
            for instructions in others:
                add(instructions)
            rules.append((number, root, start, len(parts)))
            if left:
                rest[number] = reduce(and_, map(expression_of, left)).fill_null(value=False).alias(str(number))
        rules.sort(key=lambda rule: rule[1])
        return cls(
            columns=tuple(assembler.columns),
            rest=rest,
            rest_columns=frozenset(name for expr in rest.values() for name in expr.meta.root_names()),
            _program=_words(program, INSTRUCTION_WIDTH),
            _parts=_words(parts, 2),
            _rules=_words(rules, 4),
            _tables=Tables(assembler.listed),
            _kinds=np.array([_kinds(assembler.types[column]) for column in assembler.columns], dtype=np.int64),
        )

    def candidates(self, memory: np.ndarray, rows: np.ndarray, height: int) -> tuple[Integers, Integers]:
        """Return where the rules may fire: number of the rule and position of the row, rule by rule.

        Args:
            memory: Where the values of `columns` lie.
            rows: The claim of each row (UInt32), for columns that are reached through it.
            height: Number of rows.

        Raises:
            TypeError: A column is of another type than its level says.
        """
        unfit = np.flatnonzero((self._kinds >> memory[:, KIND]) & 1 == 0)
        if len(unfit):
            msg = f"the column {self.columns[unfit[0]][0]} is not of the type that rules were made for"
            raise TypeError(msg)
        space = np.empty(SPACE_WORDS, dtype=np.int64)
        desk = np.array(
            [array.ctypes.data for array in (self._program, memory, rows, *self._tables.arrays, space)], dtype=np.int64
        )
        at_root, positions, room = np.empty(height + 1, np.int64), np.empty(BLOCK + 1, np.int64), _ROOM
        while True:
            fired = np.empty((room, 2), dtype=np.int64)
            room = ask(desk, self._parts, self._rules, height, at_root, positions, fired)
            if room <= len(fired):
                by_rule = np.argsort(fired[:room, 0], kind="stable")
                return fired[by_rule, 0], fired[by_rule, 1]


def _understood(assembler: Assembler, parts: list[Node]) -> tuple[list[tuple[_Instruction, ...]], list[Node]]:
    """Return the instructions of the parts that the machine knows, quick ones first, and the other parts.

    Where it knows none there is a part without instructions, which is true of every row.
    """
    known: list[tuple[_Instruction, ...]] = []
    left: list[Node] = []
    for part in parts:
        before = len(assembler.columns)
        try:
            known.append(tuple(assembler.part(part)))
        except UnknownPartError:
            for column in list(assembler.columns)[before:]:
                del assembler.columns[column]
            left.append(part)
    broad = {place for (name, _), place in assembler.columns.items() if name in _BROAD}
    return sorted(known, key=lambda part: _effort(part, broad)) or [()], left


def _effort(part: Sequence[_Instruction], broad: Collection[int]) -> tuple[int, int]:
    """Return how much a part costs: single flags come first, then other single questions, and what is mostly true."""
    operation, column, *_ = part[0]
    return len(part), MOST_OPERATIONS if column in broad else operation


def _kinds(dtype: pl.DataType) -> int:
    """Return the kinds that a column of a type may have, a bit each."""
    if dtype == pl.Boolean:
        kinds = KINDS_OF_TYPE["flag"]
    elif dtype == pl.String:
        kinds = KINDS_OF_TYPE["text"]
    elif dtype == pl.Float64:
        kinds = KINDS_OF_TYPE["float"]
    else:
        kinds = KINDS_OF_TYPE["whole"]
    return sum(1 << kind for kind in kinds)


def _words(rows: Sequence[Sequence[int]], width: int) -> np.ndarray:
    return np.array(rows, dtype=np.int64).reshape(-1, width)
