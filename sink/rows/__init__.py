"""Decoded events of one range of offsets, as the rows of every table: deterministic functions.

The same records always give the same rows in the same order: no clock, no random ids. A retried insert
carries the same token, and ClickHouse drops the rows of a known token without looking at them.
"""

from sink.rows.common import ROWS_VERSION, Positions, Tables
from sink.rows.dead_letters import dead_letter_tables
from sink.rows.scored import scored_tables

__all__ = ["ROWS_VERSION", "Positions", "Tables", "dead_letter_tables", "scored_tables"]
