"""The one owner of a chDB directory: handles, sessions, and the running of statements."""

import contextlib
import fcntl
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import chdb

from claimstream.local.clickhouse.errors import (
    NETWORK_ERROR,
    SESSION_IS_LOCKED,
    SESSION_NOT_FOUND,
    SYNTAX_ERROR,
    QueryError,
    from_engine,
    refusal,
)
from schemas.errors import DependencyError

IDLE_HANDLES = 8
MERGE_THREADS = max(1, min(2, (os.cpu_count() or 1) // 2))
"""Threads that merge parts: with two of them on two cores, inserts wait for many seconds whenever large merges run."""
MAX_SESSIONS = 10_000
CLOSE_TIMEOUT_S = 20.0
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
# Statements that leave something behind in the connection.
_STATEFUL = re.compile(r"\s*(SET|USE|CREATE\s+(OR\s+REPLACE\s+)?TEMPORARY)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Outcome:
    """What a finished statement answers.

    Attributes:
        body: Rows in the asked format; empty for statements without rows.
        read_rows: Rows read from tables.
        read_bytes: Bytes read from tables.
        written_rows: Rows written, rows of materialized views included.
        written_bytes: Bytes written.
        elapsed_ns: Time in the engine.
    """

    body: bytes = b""
    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    elapsed_ns: int = 0


class Handle:
    """One connection to the engine, used by one request at a time; database and settings live in it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._database = ""
        self.stateful = False

    def use(self, database: str) -> None:
        """Make `database` the current one.

        Raises:
            QueryError: The database does not exist (code 81).
        """
        if database and database != self._database:
            self._run(f"USE `{database.replace('`', '``')}`")
            self._database = database

    @contextlib.contextmanager
    def settings(self, values: Mapping[str, str]) -> Iterator[None]:
        """Apply settings for the time of one statement.

        Raises:
            QueryError: A setting is unknown (code 115) or its value is not valid.
        """
        if not values:
            yield
            return
        for name in values:
            if not _NAME.fullmatch(name):
                raise refusal(SYNTAX_ERROR, "SYNTAX_ERROR", "A setting name is not an identifier")
        # Looking settings up costs ten times a small query: only where a statement of the client changed some.
        before = self._changed_settings(values) if self.stateful else {}
        self._set({name: _literal(value) for name, value in values.items()})
        try:
            yield
        finally:
            self._set({name: before.get(name, "DEFAULT") for name in values})

    def query(self, sql: str, fmt: str, parameters: Mapping[str, str]) -> Outcome:
        """Run a statement and collect its whole answer.

        Raises:
            QueryError: The engine refuses or fails.
        """
        if _STATEFUL.match(sql):
            self.stateful = True
            self._database = ""
        return _outcome(self._run(sql, fmt, parameters))

    def stream(self, sql: str, fmt: str, parameters: Mapping[str, str]) -> Iterator[bytes]:
        """Run a statement and yield its answer block by block.

        Raises:
            QueryError: The engine refuses or fails, possibly after blocks were yielded.
        """
        try:
            with self._connection.send_query(sql, fmt, params=dict(parameters)) as blocks:
                for block in blocks:
                    yield block.bytes()
        except Exception as error:
            raise from_engine(error) from error

    def insert(self, sql: str, fmt: str, data: bytes | memoryview, parameters: Mapping[str, str]) -> Outcome:
        """Insert rows given in an input format.

        Args:
            sql: INSERT statement without FORMAT clause.
            fmt: Input format of `data`.
            data: The rows.
            parameters: Values of {name:Type} placeholders.

        Raises:
            QueryError: The engine refuses the statement or the rows.
        """
        names = {f"param_{name}": _literal(value) for name, value in parameters.items()}
        if names:
            self.stateful = True
            self._set(names)
        try:
            with self._connection.send_insert(sql, fmt) as insert:
                insert.append(data)
                done = insert.finish()
        except Exception as error:
            raise from_engine(error) from error
        return Outcome(
            written_rows=done.rows_written,
            written_bytes=done.bytes_written,
            elapsed_ns=int(done.elapsed * 1e9),
        )

    def close(self) -> None:
        """Give the connection back to the engine."""
        self._connection.close()

    def _set(self, literals: Mapping[str, str]) -> None:
        self._run("SET " + ", ".join(f"{name} = {literal}" for name, literal in literals.items()))

    def _changed_settings(self, names: Mapping[str, str]) -> dict[str, str]:
        wanted = ", ".join(_literal(name) for name in names)
        rows = self._run(
            f"SELECT name, value FROM system.settings WHERE changed AND name IN ({wanted})",  # noqa: S608 - literals are quoted
            "TabSeparatedRaw",
        )
        lines = (line.split("\t", 1) for line in rows.bytes().decode().splitlines())
        return {name: _literal(value) for name, value in lines}

    def _run(self, sql: str, fmt: str = "TabSeparated", parameters: Mapping[str, str] | None = None) -> Any:
        try:
            return self._connection.query(sql, fmt, params=dict(parameters or {}))
        except Exception as error:
            raise from_engine(error) from error


@dataclass
class _Session:
    handle: Handle
    lock: threading.Lock = field(default_factory=threading.Lock)
    expires_at: float = 0.0


class Engine:
    """The engine of one directory; safe for use from many threads.

    Args:
        path: Directory of the data; made when missing.

    Raises:
        DependencyError: Another process owns the directory, or the engine cannot open it.
    """

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._owner = _own(path)
        self._guard = threading.Condition()
        self._idle: list[Handle] = []
        self._sessions: dict[str, _Session] = {}
        self._leased = 0
        self._closed = False
        self._root = self._open()
        self.timezone = self._root.query("SELECT timezone()", "TabSeparated", {}).body.decode().strip()

    @contextlib.contextmanager
    def lease(self, session_id: str = "", timeout_s: float = 60.0, must_exist: bool = False) -> Iterator[Handle]:
        """Lend a handle for one statement.

        Args:
            session_id: Session whose database, settings and temporary tables to keep; empty for none.
            timeout_s: Seconds after which an unused session is forgotten.
            must_exist: Refuse a session that is not known.

        Raises:
            QueryError: The session is in use (code 373) or not known (code 372).
        """
        with self._guard:
            if self._closed:
                raise refusal(NETWORK_ERROR, "NETWORK_ERROR", "The server is closing")
            self._leased += 1
        try:
            if session_id:
                with self._session(session_id, timeout_s, must_exist) as handle:
                    yield handle
            else:
                with self._pooled() as handle:
                    yield handle
        finally:
            with self._guard:
                self._leased -= 1
                self._guard.notify_all()

    def close(self) -> None:
        """Wait for running statements, then close the engine and give the directory up."""
        with self._guard:
            self._closed = True
            self._guard.wait_for(lambda: self._leased == 0, timeout=CLOSE_TIMEOUT_S)
            handles = [*self._idle, *(session.handle for session in self._sessions.values()), self._root]
            self._idle, self._sessions = [], {}
        for handle in handles:
            handle.close()
        self._owner.close()

    def _open(self) -> Handle:
        try:
            return Handle(chdb.connect(f"{self._path}?background_pool_size={MERGE_THREADS}"))
        except RuntimeError as error:
            message = f"The engine cannot open the directory: {error}."
            raise DependencyError(
                message, "Check its rights and free space, or start with an empty directory."
            ) from error

    @contextlib.contextmanager
    def _pooled(self) -> Iterator[Handle]:
        with self._guard:
            handle = self._idle.pop() if self._idle else None
        handle = handle or self._open()
        try:
            yield handle
        except BaseException:
            # Settings may not have been put back: a failed handle is not lent again.
            handle.close()
            raise
        with self._guard:
            keep = len(self._idle) < IDLE_HANDLES and not self._closed and not handle.stateful
            if keep:
                self._idle.append(handle)
        if not keep:
            handle.close()

    @contextlib.contextmanager
    def _session(self, session_id: str, timeout_s: float, must_exist: bool) -> Iterator[Handle]:
        with self._guard:
            self._forget_expired()
            session = self._sessions.get(session_id)
            if session is None:
                if must_exist:
                    raise refusal(SESSION_NOT_FOUND, "SESSION_NOT_FOUND", "Session not found")
                session = self._sessions[session_id] = _Session(self._open())
            if not session.lock.acquire(blocking=False):
                raise refusal(SESSION_IS_LOCKED, "SESSION_IS_LOCKED", "Session is locked by a concurrent client")
        try:
            yield session.handle
        finally:
            session.expires_at = time.monotonic() + timeout_s
            session.lock.release()

    def _forget_expired(self) -> None:
        now = time.monotonic()
        for name, session in list(self._sessions.items()):
            spare = len(self._sessions) > MAX_SESSIONS or session.expires_at < now
            if spare and session.lock.acquire(blocking=False):
                del self._sessions[name]
                session.handle.close()


def _own(path: Path) -> IO[str]:
    """Lock the directory for this process; the kernel frees the lock however the process ends."""
    lock = (path / ".owner").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        message = f"The directory is owned by another claimstream ClickHouse process (pid {owner})."
        raise DependencyError(message, "Stop that process or choose another directory.") from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _literal(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _outcome(result: Any) -> Outcome:
    return Outcome(
        body=result.bytes() or b"",
        read_rows=result.storage_rows_read(),
        read_bytes=result.storage_bytes_read(),
        written_rows=result.rows_written(),
        written_bytes=result.bytes_written(),
        elapsed_ns=int(result.elapsed() * 1e9),
    )


__all__ = ["Engine", "Handle", "Outcome", "QueryError"]
