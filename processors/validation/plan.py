"""How the columns that rules use follow from each other: expressions in stages, run as one query a level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from processors.validation.columns.definition import ColumnGroup, Level
from processors.validation.columns.registry import COLUMNS
from reference.library import ReferenceLibrary


@dataclass(frozen=True, eq=False)  # expressions have no equality
class Plan:
    """How the wanted columns of a level come about.

    Attributes:
        groups: Groups of columns to compute before.
        fields: Fields of the contract, columns of the claim and columns of the groups that are read.
        stages: Columns to add, stage by stage: a stage uses those before it.
        wanted: The columns at the end.
    """

    groups: tuple[ColumnGroup, ...]
    fields: frozenset[str]
    stages: tuple[tuple[pl.Expr, ...], ...]
    wanted: tuple[str, ...]

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the wanted columns from a frame that has the fields."""
        query = frame.lazy()
        for stage in self.stages:
            query = query.with_columns(stage)
        # The stages are already what should run; looking for a better plan costs a small batch more.
        return query.select(self.wanted).collect(optimizations=pl.QueryOptFlags.none())


@lru_cache(maxsize=64)
def plan_of(level: Level, wanted: frozenset[str], library: ReferenceLibrary) -> Plan:
    """Return the plan for the wanted columns of a level: nothing is computed that nobody needs."""
    expressions = _expressions(level, library)
    needed = _closure(wanted, expressions)
    used = {name: expr for name, expr in expressions.items() if name in needed}
    fields = needed - set(used)
    return Plan(
        groups=tuple(group for group in COLUMNS[level].groups if fields.intersection(group.names)),
        fields=frozenset(fields),
        stages=_stages(used),
        wanted=tuple(sorted(wanted)),
    )


@lru_cache(maxsize=64)
def tables_of(level: Level, wanted: frozenset[str], library: ReferenceLibrary) -> Mapping[str, bool]:
    """Return the reference tables behind columns, each with whether it has to be complete."""
    needed = _closure(wanted, _expressions(level, library))
    tables: dict[str, bool] = {}
    for column in COLUMNS[level].looked_up:
        if column.name in needed:
            tables[column.table] = tables.get(column.table, False) or column.whole
    for group in COLUMNS[level].groups:
        if needed.intersection(group.names):
            tables.update({table: tables.get(table, False) or group.whole for table in group.tables})
    return tables


@lru_cache(maxsize=8)
def _expressions(level: Level, library: ReferenceLibrary) -> dict[str, pl.Expr]:
    columns = COLUMNS[level]
    looked_up = {column.name: column.expr(library) for column in columns.looked_up}
    return looked_up | {column.name: column.expr for column in columns.derived}


def _closure(wanted: frozenset[str], expressions: Mapping[str, pl.Expr]) -> set[str]:
    """Return the wanted columns and all that they are made of."""
    needed: set[str] = set()
    open_names = set(wanted)
    while open_names:
        needed |= open_names
        roots = (expressions[name].meta.root_names() for name in open_names if name in expressions)
        open_names = set().union(*roots) - needed
    return needed


def _stages(used: Mapping[str, pl.Expr]) -> tuple[tuple[pl.Expr, ...], ...]:
    """Return the expressions in the order of what they need of each other."""
    stages: list[tuple[pl.Expr, ...]] = []
    left = dict(used)
    while left:
        ready = [name for name, expr in left.items() if left.keys().isdisjoint(set(expr.meta.root_names()) - {name})]
        if not ready:
            msg = f"columns that need each other: {', '.join(sorted(left))}"
            raise ValueError(msg)
        stages.append(tuple(left.pop(name).alias(name) for name in ready))
    return tuple(stages)
