"""How the columns that rules use follow from each other: expressions in stages, run as one query a level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from processors.validation.columns.definition import Level
from processors.validation.columns.registry import COLUMNS
from reference.library import ReferenceLibrary


@dataclass(frozen=True, eq=False)  # expressions have no equality
class Plan:
    """How the wanted columns of a level come about.

    Attributes:
        fields: Fields of the contract, columns of the claim and columns of groups that are read.
        stages: Columns to add, stage by stage: a stage uses those before it.
        expression_fields: Those of the fields that the stages read.
    """

    fields: frozenset[str]
    stages: tuple[tuple[pl.Expr, ...], ...]
    expression_fields: frozenset[str] = frozenset()

    def made(self, frame: pl.DataFrame) -> list[tuple[str, pl.Series]]:
        """Return the wanted columns by name, made of a frame that has the fields of the expressions."""
        query = frame.lazy()
        for stage in self.stages:
            query = query.with_columns(stage)
        # The stages are already what should run: a better plan or another engine would cost a small batch more.
        frame = query.collect(optimizations=pl.QueryOptFlags.none(), engine="in-memory")
        return [(name, frame.get_column(name)) for stage in self.stages for name in map(_name_of, stage)]


@dataclass(frozen=True, eq=False)
class _Needs:
    """What a derived column needs.

    Attributes:
        fields: The fields that it is made of in the end.
        derived: It and the derived columns it is made of.
        stage: Number of derived columns that have to be made one after the other before it.
        expr: Its expression under its name.
    """

    fields: frozenset[str]
    derived: frozenset[str]
    stage: int
    expr: pl.Expr


@lru_cache(maxsize=1024)  # batches ask for many sets of columns, since few of their rules can fire
def plan_of(level: Level, wanted: frozenset[str], library: ReferenceLibrary) -> Plan:
    """Return the plan for the wanted columns of a level: nothing is computed that nobody needs."""
    needs = _needs(level, library)
    made = [needs[name] for name in wanted if name in needs]
    read = frozenset[str]().union(*(one.fields for one in made))
    stages: dict[int, list[pl.Expr]] = {}
    for name in sorted(frozenset[str]().union(*(one.derived for one in made))):
        stages.setdefault(needs[name].stage, []).append(needs[name].expr)
    plain = frozenset(name for name in wanted if name not in needs)
    return Plan(plain | read, tuple(tuple(stages[stage]) for stage in sorted(stages)), read)


def _name_of(expr: pl.Expr) -> str:
    return expr.meta.output_name()


@lru_cache(maxsize=8)
def _needs(level: Level, library: ReferenceLibrary) -> Mapping[str, _Needs]:
    """Return what every derived column of a level needs."""
    expressions = _expressions(level, library)
    needs: dict[str, _Needs] = {}
    for number, stage in enumerate(_stages(expressions)):
        for expr in stage:
            name, roots = expr.meta.output_name(), frozenset(expr.meta.root_names())
            before = [needs[root] for root in roots & needs.keys()]
            needs[name] = _Needs(
                fields=(roots - needs.keys()).union(*(one.fields for one in before)),
                derived=frozenset({name}).union(*(one.derived for one in before)),
                stage=number,
                expr=expr,
            )
    return needs


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
        ready = [name for name, expr in left.items() if left.keys().isdisjoint(expr.meta.root_names())]
        if not ready:
            msg = f"columns that need each other: {', '.join(sorted(left))}"
            raise ValueError(msg)
        stages.append(tuple(left.pop(name).alias(name) for name in ready))
    return tuple(stages)
