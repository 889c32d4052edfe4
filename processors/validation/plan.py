"""How the columns that rules use follow from each other: expressions in stages, run as one query a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl

from processors.validation.columns import CLAIM_COLUMNS, LINE_COLUMNS, Derived
from processors.validation.line_summary import FINISHED
from processors.validation.lookups import DIAGNOSIS_LIMITS, FILING_LIMIT, POS_KNOWN, PROCEDURE_LIMITS


@dataclass(frozen=True, eq=False)  # expressions have no equality
class Plan:
    """How the wanted columns of a level come about.

    Attributes:
        first: Fields to keep and columns of the first stage; what the frame holds beyond them is dropped.
        stages: Columns to add, stage by stage.
        wanted: The columns at the end.
    """

    first: tuple[pl.Expr, ...]
    stages: tuple[tuple[pl.Expr, ...], ...]
    wanted: tuple[str, ...]

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the wanted columns from a frame of the fields."""
        query = frame.lazy().select(self.first)
        for stage in self.stages:
            query = query.with_columns(stage)
        # The stages are already what should run; looking for a better plan costs a small batch more.
        return query.select(self.wanted).collect(optimizations=pl.QueryOptFlags.none())


def _named(columns: Sequence[Derived]) -> dict[str, pl.Expr]:
    return {column.name: column.expr for column in columns}


_CLAIM_STAGES: tuple[dict[str, pl.Expr], ...] = (
    {**FINISHED, **DIAGNOSIS_LIMITS, "timely_filing_days": FILING_LIMIT, "pos_known": POS_KNOWN},
    *(_named(stage) for stage in CLAIM_COLUMNS),
)
_LINE_STAGES: tuple[dict[str, pl.Expr], ...] = ({**PROCEDURE_LIMITS, "pos_known": POS_KNOWN, **_named(LINE_COLUMNS)},)


@cache
def plan_of(level: Literal["claim", "line"], wanted: frozenset[str]) -> Plan:
    """Return the plan for the wanted columns of a level: the stages without what nobody wants."""
    stages = _CLAIM_STAGES if level == "claim" else _LINE_STAGES
    needed = set(wanted)
    kept: list[tuple[pl.Expr, ...]] = []
    for stage in reversed(stages):
        used = {name: expr for name, expr in stage.items() if name in needed}
        fields = sorted(needed - set(used))
        needed = set(fields).union(*(expr.meta.root_names() for expr in used.values()))
        kept.append(tuple(expr.alias(name) for name, expr in used.items()))
    first, *rest = reversed(kept)
    return Plan((pl.col(fields), *first), tuple(rest), tuple(sorted(wanted)))
