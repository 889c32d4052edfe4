"""Tables of the demo: columns by name, each with its heading and how its values are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.table import Table

from sink.kpi import Row

Show = Callable[[object], str]
"""How a value of a column is shown."""

Columns = dict[str, tuple[str, Show]]
"""By name in the answer: heading, and how its values are shown."""


def table(title: str, columns: Columns, rows: Sequence[Row]) -> Table:
    """Return rows as a table; numbers stand on the right."""
    made = Table(title=title, title_justify="left")
    for heading, show in columns.values():
        made.add_column(heading, justify="left" if show is str else "right")
    for row in rows:
        made.add_row(*("" if row[name] is None else show(row[name]) for name, (_, show) in columns.items()))
    return made


def number(value: object) -> float:
    """Return a value that the database gave as a number."""
    return float(str(value))


def count(value: object) -> str:
    """Show a count."""
    return f"{number(value):,.0f}"


def dollars(value: object) -> str:
    """Show cents as whole dollars."""
    return f"${number(value) / 100:,.0f}"


def percent(value: object) -> str:
    """Show a share."""
    return f"{number(value):.1%}"
