"""Connections of the shell to ClickHouse, over HTTP, with errors an operator can act on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from claimstream.settings import Settings
from schemas.errors import DependencyError

logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())  # its errors reach us as exceptions


@contextmanager
def connect(settings: Settings, database: str = "default") -> Iterator[Client]:
    """Open a client for the length of a with block.

    Raises:
        DependencyError: ClickHouse does not answer, or refuses.
    """
    try:
        client = clickhouse_connect.get_client(
            host=settings.clickhouse_host,
            port=settings.clickhouse_port,
            username=settings.clickhouse_user,
            password=settings.clickhouse_password.get_secret_value(),
            database=database,
            connect_timeout=5,
        )
    except ClickHouseError as error:
        msg = f"ClickHouse at {settings.clickhouse_host}:{settings.clickhouse_port} does not answer."
        raise DependencyError(
            msg,
            "Start it (claimstream up, or docker compose up clickhouse), or correct CLICKHOUSE_HOST, CLICKHOUSE_PORT.",
        ) from error
    try:
        yield client
    finally:
        client.close()


def one_row(client: Client, query: str) -> tuple[Any, ...]:
    """Return the only row of a query that always has one.

    Raises:
        DependencyError: ClickHouse answers without a row.
    """
    row = client.query(query).first_row
    if row is None:
        msg = "ClickHouse answered a count without a row."
        raise DependencyError(msg, "Check its log; claimstream doctor shows its version.")
    return tuple(row)
