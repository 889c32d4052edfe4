"""Rows of dead_letters."""

import polars as pl

from sink.rows.common import Positions, Tables, as_tables, with_positions
from sink.rows.events import Known

DEAD_LETTERS = "dead_letters"


def dead_letter_tables(frame: pl.DataFrame, positions: Positions, known: Known | None = None) -> Tables:
    """Turn claims.dead-letter events into rows of dead_letters.

    Args:
        frame: Columns of the claims.dead-letter contract, one row for each record of the range, in order.
        positions: Kafka positions of the same records.
        known: Not needed: a repeated dead letter has the same key.

    Returns:
        The Arrow table for dead_letters, sorted in the order of its ClickHouse table.
    """
    del known
    events = with_positions(frame, positions)
    letters = events.sort("source_topic", "source_partition", "source_offset", "event_id", "kafka_offset")
    return as_tables({DEAD_LETTERS: letters})
