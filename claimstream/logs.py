"""Structured logs on stderr with an allow-list of keys: what is not on it cannot leak."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED_KEYS = frozenset(
    {
        "event", "level", "timestamp", "process", "slot", "partitions", "partition", "topic", "offset",
        "first_offset", "last_offset", "claims", "rows", "batches", "seconds", "rate", "lag", "reason",
        "remedy", "error_class", "stage", "attempt", "port", "version", "model_version", "count", "signal",
        "exit_code", "database", "migration", "scored_by", "dead_letters", "file", "rule_id",
    }
)  # fmt: skip


def _only_allowed(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key in ALLOWED_KEYS}


def configure(level: str, process: str) -> None:
    """Send logs of this process to stderr as one JSON object a line.

    Args:
        level: Lowest level that is written.
        process: Name of the process, on every line.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
