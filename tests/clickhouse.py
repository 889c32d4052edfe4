"""Start the embedded ClickHouse as its own process, or use the server that CLICKHOUSE_URL names."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from sink.rows import Tables
from sink.writer import insert_table


class EmbeddedClickHouse:
    """One owner process of a directory; can be stopped, killed and started again."""

    def __init__(self, path: Path, environment: dict[str, str] | None = None) -> None:
        self.path = path
        self.environment = environment or {}
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "EmbeddedClickHouse":
        """Start it and wait until it answers."""
        process = self.launch()
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("{"), line
        started = json.loads(line)
        assert started["event"] == "clickhouse_started"
        self.port = int(started["port"])
        return self

    def launch(self) -> "subprocess.Popen[str]":
        """Start it, at the port it had before if there was one."""
        command = [sys.executable, "-m", "claimstream.local.clickhouse"]
        command += ["--path", str(self.path), "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env={**os.environ, **self.environment}
        )
        return self.process

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code

    def client(self, **options: Any) -> Client:
        return clickhouse_connect.get_client(host="127.0.0.1", port=self.port, **options)


class ServerClickHouse:
    """A ClickHouse server somebody else runs."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)
        self.port = self.url.port or 8123

    def client(self, **options: Any) -> Client:
        known: dict[str, Any] = {"host": self.url.hostname, "port": self.port}
        known |= {"username": self.url.username or "default", "password": self.url.password or ""}
        return clickhouse_connect.get_client(**{**known, **options})


def wait_until(condition: Any, seconds: float = 120.0) -> None:
    """Wait for a condition, failing the test after a while."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.05)


@contextmanager
def served(folder: Path) -> Iterator[EmbeddedClickHouse | ServerClickHouse]:
    """The server that CLICKHOUSE_URL names, or the embedded one in a folder, which must end well."""
    if url := os.environ.get("CLICKHOUSE_URL"):
        yield ServerClickHouse(url)
        return
    embedded = EmbeddedClickHouse(folder).start()
    yield embedded
    assert embedded.stop() == 0


def insert_tables(client: Client, tables: Tables, token_of: Callable[[str], str]) -> None:
    """Insert the rows of a range, table by table."""
    for table, rows in tables.items():
        insert_table(client, table, rows, token_of(table))
