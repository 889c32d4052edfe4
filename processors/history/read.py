"""Which columns expressions read: rows are then taken of these alone, not of a whole frame."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl


def columns_of(expressions: Iterable[pl.Expr | str], *more: str) -> list[str]:
    """Return the names of the columns that expressions read, and more names, each once."""
    names: dict[str, None] = dict.fromkeys(more)
    for expression in expressions:
        names.update(dict.fromkeys([expression] if isinstance(expression, str) else expression.meta.root_names()))
    return list(names)
