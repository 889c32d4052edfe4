"""The ClickHouse settings every insert of the sink is sent with."""


def insert_settings(token: str) -> dict[str, str | int]:
    """Settings that make a repeated insert a no-op, in the table and in everything that hangs on it.

    All of them are sent explicitly: their defaults changed between ClickHouse versions.

    Args:
        token: Name of the insert; the same token must always come with the same rows.
    """
    return {
        "insert_deduplication_token": token,
        "insert_deduplicate": 1,
        "deduplicate_blocks_in_dependent_materialized_views": 1,
        "async_insert": 0,
        # Merging equal keys while inserting doubles the cost of an insert; the tables merge in the background.
        "optimize_on_insert": 0,
    }
