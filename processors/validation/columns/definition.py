"""What a column of a rule level is: an expression, a look-up in reference data, or a group computed in one step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.validation.columns.fields import Fields
from processors.validation.columns.made import Made

if TYPE_CHECKING:
    from reference.library import ReferenceLibrary

Level = Literal["claim", "line"]
Stage = Literal["submitted", "history", "priced"]
T = TypeVar("T")
Integers = np.ndarray[tuple[int], np.dtype[np.int64]]


class Inputs(ExitStack):
    """What groups of columns are computed from: the batch, the reference data, and what several groups need.

    Good inside the with block, at whose end the fields, which are lent, are given back.

    Args:
        batch: Claims and lines of the claims.submitted contract.
        library: Reference tables.
    """

    def __init__(self, batch: ClaimBatch, library: ReferenceLibrary) -> None:
        super().__init__()
        self.batch = batch
        self.library = library
        self._made: dict[object, object] = {}

    def once(self, make: Callable[[Inputs], T]) -> T:
        """Return what a function makes of these inputs, made once: for work that several groups share."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[return-value]  # keyed by the function that made it

    @property
    def claims(self) -> pl.DataFrame:
        """The claims, one row each, in order."""
        return self.batch.claims

    @property
    def lines(self) -> pl.DataFrame:
        """The service lines, in the order of the batch."""
        return self.batch.lines

    @cached_property
    def claim_fields(self) -> Fields:
        """The fields of the claims as arrays."""
        return self.enter_context(Fields(self.batch.claims))

    @cached_property
    def line_fields(self) -> Fields:
        """The fields of the lines as arrays."""
        return self.enter_context(Fields(self.batch.lines))

    @property
    def size(self) -> int:
        """Number of claims."""
        return self.batch.size

    @cached_property
    def row(self) -> Integers:
        """The row of the claim of every line."""
        return self.batch.lines["row"].to_numpy().astype(np.int64)

    @cached_property
    def claim_day(self) -> pl.Series:
        """First service date that the claim itself states, of the claim or the statement (Date; null when none)."""
        return self.claims.select(pl.coalesce("service_from", "statement_from")).to_series()


@dataclass(frozen=True, eq=False)  # an expression has no equality
class Derived:
    """A column computed by an expression over fields and other columns of its level.

    Attributes:
        name: Its name.
        meaning: What it means, for docs/rules.md.
        expr: The expression; it may use any column that does not need this one.
    """

    name: str
    meaning: str
    expr: pl.Expr


@dataclass(frozen=True, eq=False)  # a function of expressions has no equality
class LookedUp:
    """A column that an expression looks up in a reference table.

    Attributes:
        name: Its name.
        meaning: What it means, for docs/rules.md.
        table: Reference table it reads.
        expr: Makes the expression for a library.
        whole: Whether the column is right only when the table is complete: it says that a code does not exist.
    """

    name: str
    meaning: str
    table: str
    expr: Callable[[ReferenceLibrary], pl.Expr]
    whole: bool = False


@dataclass(frozen=True, eq=False)
class ColumnGroup:
    """Columns that one step over whole arrays computes together.

    Attributes:
        columns: Name and meaning of each.
        compute: Returns them, in that order, one value a row of the level; then those of `raw`.
        tables: Reference tables it reads.
        whole: Whether the columns are right only when those tables are complete.
        raw: Names of further columns that expressions make others of; rules do not see them.
    """

    columns: tuple[tuple[str, str], ...]
    compute: Callable[[Inputs], Sequence[Made]]
    tables: tuple[str, ...] = ()
    whole: bool = False
    raw: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all columns in the order of `compute`."""
        return (*(name for name, _ in self.columns), *self.raw)


@dataclass(frozen=True, eq=False)
class LevelColumns:
    """Every column that a level offers beside the fields of the contract.

    Attributes:
        groups: Computed first, each only when something needs it.
        looked_up: Expressions over fields and groups that read reference data.
        derived: Expressions over all of these.
    """

    groups: tuple[ColumnGroup, ...]
    looked_up: tuple[LookedUp, ...]
    derived: tuple[Derived, ...]

    @cached_property
    def meanings(self) -> tuple[tuple[str, str], ...]:
        """Name and meaning of every column that rules can use."""
        grouped = [column for group in self.groups for column in group.columns]
        looked_up = [(column.name, column.meaning) for column in self.looked_up]
        return (*grouped, *looked_up, *((column.name, column.meaning) for column in self.derived))
