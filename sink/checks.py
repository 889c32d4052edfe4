"""Checks before the sink starts: without deduplication windows it would count twice."""

import re

from clickhouse_connect.driver.client import Client

from schemas.errors import ClaimstreamError

SMALLEST_WINDOW = 1_000
"""Inserts a table must remember: far more than can happen between an insert and its last retry."""

_WINDOW = re.compile(r"non_replicated_deduplication_window\s*=\s*(\d+)")
_TABLES = """
SELECT name, engine, create_table_query
FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'schema_migrations'
"""


class DeduplicationError(ClaimstreamError):
    """A table would take the rows of a repeated insert twice."""


def check_deduplication(client: Client) -> None:
    """Look at every MergeTree table of the database, targets of materialized views included.

    Replicated tables have a window of 10,000 inserts by default and are left alone.

    Raises:
        DeduplicationError: A table has no window, or too small a one.
        DatabaseError: ClickHouse is away.
    """
    for name, engine, statement in client.query(_TABLES).result_rows:
        if engine.startswith("Replicated"):
            continue
        found = _WINDOW.search(statement)
        if found is None or int(found[1]) < SMALLEST_WINDOW:
            window = found[1] if found else "no"
            message = f"The table {name} remembers {window} inserts; a retry could count twice."
            remedy = f"ALTER TABLE {name} MODIFY SETTING non_replicated_deduplication_window = 10000."
            raise DeduplicationError(message, remedy)
