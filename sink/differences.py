"""Where two tellings of one rollup differ: its table, the sum over claim_event, or a rollup of another database."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

SUM = "SimpleAggregateFunction(sum"
RELAY = "_relay"
"""Ends the name of a table that holds nothing; the rest is the name of the one that keeps what came in through it."""

SMALLEST_FLOAT = 1e-6
"""Sums of probabilities in another order differ by less."""

_COLUMNS = "SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String}"
_VIEWS = """SELECT name, as_select, create_table_query FROM system.tables
WHERE database = {database:String} AND engine = 'MaterializedView' ORDER BY name"""
_RELAYS = "SELECT name FROM system.tables WHERE database = {database:String} AND engine = 'Null'"


@dataclass(frozen=True)
class Rollup:
    """A table of sums and the queries that fill it.

    Attributes:
        table: Name of the table.
        keys: Columns that tell its rows apart.
        sums: Columns that are summed; others (latest instants) are not compared.
        floats: Those of `sums` that are no whole numbers.
        queries: What fills it: the name of each materialized view, and its query over tables that hold their rows.
    """

    table: str
    keys: tuple[str, ...]
    sums: tuple[str, ...]
    floats: frozenset[str]
    queries: Mapping[str, str]

    def selected(self, source: str) -> str:
        """Its columns from a table or a query in parentheses."""
        return f"SELECT {', '.join((*self.keys, *self.sums))} FROM {source}"  # noqa: S608 - names of our own schema


def rollups(client: Client, database: str) -> list[Rollup]:
    """The rollups of a database, from its own schema.

    Raises:
        DatabaseError: ClickHouse is away.
    """
    filling: dict[str, dict[str, str]] = {}
    for view, query, statement in client.query(_VIEWS, parameters={"database": database}).result_rows:
        target = statement.split(" TO ", 1)[1].split(maxsplit=1)[0].split("(")[0].split(".")[-1].strip("`")
        filling.setdefault(target, {})[view] = query
    relays = {str(name) for (name,) in client.query(_RELAYS, parameters={"database": database}).result_rows}
    for relay in relays:
        # What came in through a relay lies in the table that takes it all in.
        kept = f"SELECT * FROM {database}.{relay.removesuffix(RELAY)}"  # noqa: S608 - names of our own schema
        filling = {table: _read_past(f"{database}.{relay}", kept, queries) for table, queries in filling.items()}
    found = [_rollup(client, database, table, queries) for table, queries in filling.items()]
    return [rollup for rollup in found if rollup.sums]


def _read_past(relay: str, passed: str, queries: Mapping[str, str]) -> dict[str, str]:
    """The queries with what passes a relay, a table that holds nothing, in place of its name."""
    return {view: re.sub(rf"\b{re.escape(relay)}\b", lambda _: f"({passed})", query) for view, query in queries.items()}


def _rollup(client: Client, database: str, table: str, queries: Mapping[str, str]) -> Rollup:
    columns = client.query(_COLUMNS, parameters={"database": database, "table": table}).result_rows
    return Rollup(
        table=table,
        keys=tuple(name for name, kind in columns if "AggregateFunction" not in kind),
        sums=tuple(name for name, kind in columns if kind.startswith(SUM)),
        floats=frozenset(name for name, kind in columns if kind.startswith(SUM) and "Float" in kind),
        queries=queries,
    )


def differing_rows(client: Client, rollup: Rollup, left: Sequence[str], right: Sequence[str]) -> int:
    """Count the keys whose sums differ between two sides.

    Args:
        client: Any client.
        rollup: What is compared.
        left: Tables or queries in parentheses whose union is one side.
        right: The same for the other side.

    Raises:
        DatabaseError: ClickHouse is away.
    """
    keys = ", ".join(rollup.keys)
    plus = " UNION ALL ".join(rollup.selected(source) for source in left)
    minus = " UNION ALL ".join(rollup.selected(source) for source in right)
    negative = ", ".join((*rollup.keys, *(f"-{name} AS {name}" for name in rollup.sums)))
    differs = " OR ".join(
        f"abs(sum(s.{name})) > {SMALLEST_FLOAT}" if name in rollup.floats else f"sum(s.{name}) != 0"
        for name in rollup.sums
    )
    sql = f"""SELECT count() FROM (
        SELECT {keys} FROM (SELECT * FROM ({plus}) UNION ALL SELECT {negative} FROM ({minus})) AS s
        GROUP BY {keys} HAVING {differs}
    )"""  # noqa: S608 - names and queries of our own schema
    return int(client.query(sql).result_rows[0][0])
