"""The columns of both rule levels for a batch, made as far as they are asked for: no per-claim Python."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakMethod

import polars as pl

from processors.batch import ClaimBatch
from processors.validation.columns.definition import Inputs, Level
from processors.validation.columns.from_claim import FROM_CLAIM
from processors.validation.columns.made import Made
from processors.validation.columns.registry import COLUMNS
from processors.validation.facts import Fact, Facts
from processors.validation.plan import Plan, plan_of
from reference.library import ReferenceLibrary

if TYPE_CHECKING:
    from processors.validation.rule_set import RuleSet


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
    inputs = Inputs(batch, library)
    claims = _Columns("claim", batch.claims, inputs)
    lines = _Columns("line", batch.lines, inputs, claims)
    of_claims = claims.complete({*claim_columns, *_taken(lines.fields_of(line_columns))})
    return Derived(of_claims, lines.complete(line_columns, of_claims))


def derive_for(
    batch: ClaimBatch, on_claims: RuleSet, on_lines: RuleSet, library: ReferenceLibrary
) -> tuple[Derived, RuleSet, RuleSet]:
    """Return the columns that rules read, and the rules of the claims and of the lines that may fire on the batch.

    Rules are set aside as soon as the facts say that they cannot fire, so that nothing is made for them: first by
    the fields of the contract, then by the groups of columns, last by what follows from these.

    Args:
        batch: The claims and lines.
        on_claims: The rules of the claim level.
        on_lines: The rules of the line level.
        library: Reference tables.
    """
    inputs = Inputs(batch, library)
    claims = _Columns("claim", batch.claims, inputs)
    lines = _Columns("line", batch.lines, inputs, claims)
    on_claims, on_lines = on_claims.narrowed(claims.facts), on_lines.narrowed(lines.facts)
    claims.make_groups(on_claims.columns | _taken(lines.fields_of(on_lines.columns)))
    lines.make_groups(on_lines.columns)
    on_claims, on_lines = on_claims.narrowed(claims.facts), on_lines.narrowed(lines.facts)
    of_claims = claims.complete({*on_claims.columns, *_taken(lines.fields_of(on_lines.columns))})
    on_claims, on_lines = on_claims.narrowed(claims.facts), on_lines.narrowed(lines.facts)
    of_lines = lines.complete(on_lines.columns, of_claims)
    return Derived(of_claims, of_lines), on_claims, on_lines.narrowed(lines.facts)


def _taken(fields: Iterable[str]) -> set[str]:
    """Return the columns of the claim that lines take over."""
    return {FROM_CLAIM[name] for name in fields if name in FROM_CLAIM}


class _Columns:
    """The columns of one level of a batch, as far as they are made.

    Args:
        level: claim or line.
        frame: The rows of the level with the fields of the contract.
        inputs: What groups of columns are computed from.
        claims: The columns of the claims, for the level of the lines.

    Attributes:
        facts: What the columns hold.
    """

    def __init__(self, level: Level, frame: pl.DataFrame, inputs: Inputs, claims: _Columns | None = None) -> None:
        # Weak, or each batch would wait for the collector with all that was made of it.
        find = WeakMethod(self._find)
        self.facts = Facts(lambda name: made(name) if (made := find()) is not None else None)
        self._claims = claims
        self._level: Level = level
        self._frame = frame
        self._inputs = inputs
        self._groups = list(COLUMNS[level].groups)
        self._made: dict[str, Made] = {}
        self._own = {column.name: column for column in frame.iter_columns()}

    def fields_of(self, columns: Collection[str]) -> frozenset[str]:
        """Return the fields, columns of the claim and columns of groups that columns are made of."""
        return self._plan(columns).fields

    def make_groups(self, columns: Collection[str]) -> None:
        """Make the groups of columns that columns are made of."""
        fields = self.fields_of(columns)
        needed = [group for group in self._groups if not fields.isdisjoint(group.names)]
        self._groups = [group for group in self._groups if group not in needed]
        for group in needed:
            self._made |= {column.name: column for column in group.compute(self._inputs)}

    def complete(self, columns: Collection[str], claims: pl.DataFrame | None = None) -> pl.DataFrame:
        """Make the columns and return the frame that has them; lines take over columns of the claims."""
        self.make_groups(columns)
        plan = self._plan(columns)
        names = [name for name in plan.fields if name in self._made]
        made = [_series(self._made[name]) for name in names]
        if claims is not None:
            made += _of_claims(claims, self._frame, sorted(plan.fields & FROM_CLAIM.keys()))
        frame = plan.run(self._frame.hstack(made))
        self._own = {column.name: column for column in frame.iter_columns()}
        return frame

    def _plan(self, columns: Collection[str]) -> Plan:
        return plan_of(self._level, frozenset(columns), self._inputs.library)

    def _find(self, name: str) -> Made | Fact | None:
        """Return a column, or the facts of the claims' when the lines take it over; null while it is not made."""
        if self._claims is not None and name in FROM_CLAIM:
            return self._claims.facts[FROM_CLAIM[name]]
        made = self._made.get(name)
        if made is not None:
            return made
        return self._own.get(name)


def _series(column: Made) -> pl.Series:
    return column if isinstance(column, pl.Series) else column.series()


def _of_claims(claims: pl.DataFrame, lines: pl.DataFrame, names: list[str]) -> list[pl.Series]:
    """Return the columns of FROM_CLAIM with these names for every line."""
    if not names:
        return []
    taken = claims.select(pl.col(FROM_CLAIM[name]).alias(name) for name in names)
    return taken[lines["row"]].get_columns()
