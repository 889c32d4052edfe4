"""Inserts that are under way: two at a time, each over a connection of its own, while the sink does something else."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import SimpleQueue

import pyarrow as pa
from clickhouse_connect.driver.client import Client

from sink.rows import Tables
from sink.writer import insert_table

SIDE_BY_SIDE = 2
"""One insert keeps about one core of ClickHouse busy; the largest table takes a quarter of a range's time."""


class Inserts:
    """Threads and connections for inserts.

    Args:
        clients: Clients on the claimstream database, used by nobody else; as many inserts run at a time.
        after_insert: Called after each insert, by the thread that made it.
    """

    def __init__(self, clients: Sequence[Client], after_insert: Callable[[], None] = lambda: None) -> None:
        self._clients = list(clients)
        self._free: SimpleQueue[Client] = SimpleQueue()
        for client in clients:
            self._free.put(client)
        self._after_insert = after_insert
        self._pool = ThreadPoolExecutor(len(clients), thread_name_prefix="insert")
        self._running: set[Future[None]] = set()

    def begin(self, tables: Tables, token_of: Callable[[str], str], wanted: Callable[[], bool]) -> "RangeInsert":
        """Begin to insert the rows of a range.

        Args:
            tables: Rows for each table.
            token_of: Token of the range for a table.
            wanted: Whether the range is still ours; asked before each insert.
        """

        def begin(table: str, rows: pa.Table) -> Future[None]:
            future = self._pool.submit(self._insert, table, rows, token_of(table), wanted)
            self._running.add(future)
            return future

        return RangeInsert(tables, begin)

    @property
    def idle(self) -> bool:
        """Whether no insert is under way."""
        self._running = {future for future in self._running if not future.done()}
        return not self._running

    def wait(self) -> None:
        """Wait until no insert is under way, whatever came of them."""
        wait(self._running)
        self._running.clear()

    def close(self) -> None:
        """Wait for what is under way and close the connections."""
        self._pool.shutdown()
        for client in self._clients:
            client.close()

    def _insert(self, table: str, rows: pa.Table, token: str, wanted: Callable[[], bool]) -> None:
        if not wanted():
            return
        client = self._free.get()
        try:
            insert_table(client, table, rows, token)
        finally:
            self._free.put(client)
        self._after_insert()


class RangeInsert:
    """The inserts of one range, begun when this is made, the longest first.

    Args:
        tables: Rows for each table.
        begin: Begins one insert.
    """

    def __init__(self, tables: Tables, begin: Callable[[str, pa.Table], Future[None]]) -> None:
        self._begin = begin
        self._left = dict(sorted(tables.items(), key=lambda entry: -entry[1].nbytes))
        self._under_way: dict[str, Future[None]] = {}
        self._begin_left()

    def finish(self) -> None:
        """Wait until every table has its rows; called again, it tries again what failed.

        Raises:
            DatabaseError: ClickHouse is away or refuses; some tables may have been written.
        """
        self._begin_left()
        errors = []
        for table, future in self._under_way.items():
            error = future.exception()
            if error is None:
                del self._left[table]
            else:
                errors.append(error)
        self._under_way.clear()
        if errors:
            raise errors[0]

    def _begin_left(self) -> None:
        for table, rows in self._left.items():
            if table not in self._under_way:
                self._under_way[table] = self._begin(table, rows)
