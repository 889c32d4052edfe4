"""Asks the database what the golden set was worked to be, and lists where it says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from math import isclose

from clickhouse_connect.driver.client import Client

from sink import kpi as kpis
from sink.kpi_catalogue import find, names
from tests.golden.run import APART, TENANT
from tests.golden.stories import DIVISORS, Cell, Story, stories
from tests.golden.table import ALL, read

FIRST, LAST, AS_OF = date(2026, 1, 1), date(2026, 12, 31), date(2026, 10, 31)
PERIODS = {"initial_denial_rate": (date(2026, 4, 1), date(2026, 4, 30))}
PERIODS["initial_denial_dollars"] = PERIODS["initial_denial_rate"]
"""Days the KPIs are asked for, where they are not the year. April divides by January to March."""

Row = Mapping[str, object]
NOTHING: Row = {"numerator": 0, "denominator": 0, "value": None}


def ask(client: Client, tenant: str, kpi: str, by: str = "total", as_of: date = AS_OF) -> dict[str, Row]:
    """Return the answer of a KPI, by key."""
    first, last = PERIODS.get(kpi, (FIRST, LAST))
    rows = kpis.show(client, kpi, kpis.Period(tenant, first, last), by, as_of)
    return {str(row["key"]): row for row in rows}


def table_differences(client: Client, leave_out: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield every figure of the table that the database does not say, and every figure it says beyond the table."""
    worked: dict[tuple[str, str], Mapping[str, str]] = {(row["kpi"], row["payer"]): row for row in read()}
    for kpi in names():
        if kpi in leave_out:
            continue
        said = {(kpi, ALL if key == "" else key): row for key, row in ask(client, TENANT, kpi).items()}
        by_payer = "payer" in find(kpi).by
        said |= {(kpi, key): row for key, row in ask(client, TENANT, kpi, "payer").items()} if by_payer else {}
        mine = {key for key in worked if key[0] == kpi and (by_payer or key[1] == ALL)}
        for key in sorted(mine | said.keys()):
            yield from _compared(" ".join(key), worked.get(key), said.get(key, NOTHING))


def _compared(name: str, worked: Mapping[str, str] | None, said: Row) -> Iterator[str]:
    if worked is None:
        worked = {"numerator": "0", "denominator": "0", "value": ""}
    for column in ("numerator", "denominator", "value"):
        if worked[column] == "" and column == "denominator":
            continue
        expected = float(worked[column]) if worked[column] else None
        if not _equal(expected, said[column]):
            yield f"{name}: {column} worked {expected}, said {said[column]}"


def _equal(worked: float | None, said: object) -> bool:
    if worked is None or said is None:
        return worked is None and said is None
    return isclose(worked, float(str(said)), rel_tol=1e-6, abs_tol=1e-6)


def cell_differences(client: Client, leave_out: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield where the database counts a single bill otherwise than it was worked, in KPIs that know payers."""
    for kpi in names():
        if "payer" in find(kpi).by and kpi not in leave_out:
            said = ask(client, APART, kpi, "payer")
            for story in stories():
                yield from _cell(kpi, story, said.get(story.name, NOTHING))


def _cell(kpi: str, story: Story, said: Row) -> Iterator[str]:
    cell = story.counts.get(kpi, Cell(0, 0))
    below = None if cell.denominator is None else cell.denominator / DIVISORS.get(kpi, 1)
    for column, worked in (("numerator", cell.numerator), ("denominator", below)):
        if worked is not None and not _equal(worked, said[column]):
            yield f"{kpi} {story.name}: {column} worked {worked}, said {said[column]}"
