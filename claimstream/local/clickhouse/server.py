"""The ClickHouse HTTP interface on the loopback address, in front of one `Engine`."""

import base64
import contextlib
import hmac
import ipaddress
import json
import secrets
import socket
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from claimstream.local.clickhouse import compression
from claimstream.local.clickhouse.engine import Engine, Handle, Outcome
from claimstream.local.clickhouse.errors import (
    AUTHENTICATION_FAILED,
    UNKNOWN_EXCEPTION,
    QueryError,
    refusal,
)
from claimstream.local.clickhouse.native import empty_block
from claimstream.local.clickhouse.requests import Request, parse
from claimstream.local.clickhouse.statements import Kind, Statement, analyse
from schemas.errors import BadInputError, DependencyError

MAX_BODY_BYTES = 1 << 30
IDLE_CONNECTION_S = 300
# Formats whose blocks can be joined: no header or footer around the whole answer.
_STREAMABLE = frozenset({"Native", "TabSeparated", "TSV", "CSV", "RowBinary", "JSONEachRow"})
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Account:
    """The one user of the server; without a password everybody on this machine may connect."""

    user: str = "default"
    password: str = ""


class ClickHouseServer(ThreadingHTTPServer):
    """One thread for each connection; statements of several connections run side by side.

    Args:
        engine: The engine; the caller closes it.
        host: Loopback address to listen on.
        port: TCP port, 0 for any free one.
        account: User and password.

    Raises:
        BadInputError: `host` is not a loopback address.
        DependencyError: The port is taken.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, engine: Engine, host: str = "127.0.0.1", port: int = 0, account: Account | None = None) -> None:
        if host != "localhost" and not _is_loopback(host):
            message = f"The embedded ClickHouse listens on loopback addresses only, not on {host}."
            raise BadInputError(message, "Use 127.0.0.1, or run a ClickHouse server to serve other machines.")
        self.engine = engine
        self.account = account or Account()
        if ":" in host:
            self.address_family = socket.AF_INET6
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            message = f"Port {port} on {host} cannot be opened: {error.strerror}."
            raise DependencyError(message, "Choose another port or stop the process that uses it.") from error

    @property
    def port(self) -> int:
        """The port the server listens on."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in mid-answer is everyday business."""

    @contextlib.contextmanager
    def running(self) -> Iterator["ClickHouseServer"]:
        """Serve in a background thread for the time of a `with` block."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, name="clickhouse-http")
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    server: ClickHouseServer
    protocol_version = "HTTP/1.1"
    server_version = "claimstream-clickhouse"
    sys_version = ""
    timeout = IDLE_CONNECTION_S
    disable_nagle_algorithm = True  # otherwise headers and body wait 40 ms for each other
    wbufsize = 1 << 16

    def log_message(self, format: str, *args: object) -> None:
        """Statements may carry data: nothing is logged."""

    def do_HEAD(self) -> None:
        self._answer(HTTPStatus.OK, b"")

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/ping" or (url.path == "/" and not url.query):
            self._answer(HTTPStatus.OK, b"Ok.\n", {"Content-Type": "text/html; charset=UTF-8"})
        else:
            self.do_POST()

    def do_POST(self) -> None:
        self._query_id = str(uuid.uuid4())
        self._begun = False
        try:
            body = self._read_body()
            self._check_client()
            url = urlsplit(self.path)
            if url.path not in ("", "/"):
                self._answer(HTTPStatus.NOT_FOUND, b"There is no handler for this path.\n")
                return
            request = parse(url.query, self.headers, body)
            self._query_id = request.options.get("query_id") or self._query_id
            self._run(request)
        except QueryError as error:
            self._refuse(error)
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except Exception as error:
            text = f"{type(error).__name__} in the embedded ClickHouse"
            self._refuse(refusal(UNKNOWN_EXCEPTION, "UNKNOWN_EXCEPTION", text))

    def _run(self, request: Request) -> None:
        statement = analyse(request.sql, request.body)
        options = request.options
        lease = self.server.engine.lease(
            options.get("session_id", ""),
            float(options.get("session_timeout") or 60),
            options.get("session_check") == "1",
        )
        with lease as handle:
            handle.use(options.get("database", ""))
            with handle.settings(request.settings):
                self._run_on(handle, statement, request)

    def _run_on(self, handle: Handle, statement: Statement, request: Request) -> None:
        fmt = statement.format or request.options.get("default_format") or self.headers.get("X-ClickHouse-Format")
        fmt = fmt or "TabSeparated"
        if statement.kind is Kind.INSERT_DATA:
            done = handle.insert(statement.text, fmt, statement.data, request.parameters)
            self._answer_outcome(done, None, request)
        elif statement.kind is Kind.COMMAND:
            self._answer_outcome(handle.query(statement.text, fmt, request.parameters), None, request)
        elif request.buffered or not statement.streams or fmt not in _STREAMABLE:
            outcome = handle.query(statement.text, fmt, request.parameters)
            if fmt == "Native" and not outcome.body:
                # The engine sends nothing for an empty result; a server sends the columns.
                meta = handle.query(statement.text, "JSONCompact", request.parameters)
                outcome = Outcome(empty_block(meta.body), outcome.read_rows, outcome.read_bytes)
            self._answer_outcome(outcome, fmt, request)
        else:
            self._stream(handle, statement, fmt, request)

    def _stream(self, handle: Handle, statement: Statement, fmt: str, request: Request) -> None:
        """Answer in chunks; an error after the first chunk travels inside the body, marked by a tag."""
        blocks = handle.stream(statement.text, fmt, request.parameters)
        block = next(blocks, b"")
        if not block and fmt == "Native":
            block = empty_block(handle.query(statement.text, "JSONCompact", request.parameters).body)
        tag = secrets.token_hex(8)
        self._start(HTTPStatus.OK, {**self._query_headers(fmt), "X-ClickHouse-Exception-Tag": tag})
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._begun = True
        try:
            self._chunk(block)
            for block in blocks:
                self._chunk(block)
        except QueryError as error:
            text = error.text.encode()
            self._chunk(
                b"\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n"
                % (tag.encode(), text, len(text), tag.encode())
            )
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _chunk(self, data: bytes) -> None:
        if data:
            self.wfile.write(b"%x\r\n" % len(data))
            self.wfile.write(data)
            self.wfile.write(b"\r\n")

    def _answer_outcome(self, outcome: Outcome, fmt: str | None, request: Request) -> None:
        summary = {
            "read_rows": str(outcome.read_rows),
            "read_bytes": str(outcome.read_bytes),
            "written_rows": str(outcome.written_rows),
            "written_bytes": str(outcome.written_bytes),
            "elapsed_ns": str(outcome.elapsed_ns),
        }
        headers = self._query_headers(fmt) | {"X-ClickHouse-Summary": json.dumps(summary)}
        body = outcome.body
        encoding = compression.choose_encoding(self.headers.get("Accept-Encoding", ""))
        if request.compress_response and encoding and len(body) >= compression.SMALLEST_COMPRESSED_BYTES:
            body = compression.compress(body, encoding)
            headers["Content-Encoding"] = encoding
        self._answer(HTTPStatus.OK, body, headers)

    def _refuse(self, error: QueryError) -> None:
        if self._begun:
            self.close_connection = True
            return
        headers = {"X-ClickHouse-Exception-Code": str(error.code), "X-ClickHouse-Query-Id": self._query_id}
        if error.code == AUTHENTICATION_FAILED:
            headers["WWW-Authenticate"] = 'Basic realm="claimstream ClickHouse"'
        self._answer(error.http_status, error.text.encode() + b"\n", headers)

    def _query_headers(self, fmt: str | None) -> dict[str, str]:
        headers = {
            "X-ClickHouse-Query-Id": self._query_id,
            "X-ClickHouse-Timezone": self.server.engine.timezone,
        }
        return headers if fmt is None else headers | {"X-ClickHouse-Format": fmt}

    def _start(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("X-ClickHouse-Server-Display-Name", "claimstream")
        for name, value in ({"Content-Type": "text/plain; charset=UTF-8"} | headers).items():
            self.send_header(name, value.replace("\r", " ").replace("\n", " "))

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._start(status, headers or {})
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            raise refusal(307, "TOO_MANY_BYTES", "The request body is too large; insert in smaller batches")
        return self.rfile.read(length)

    def _read_chunks(self) -> bytes:
        parts: list[bytes] = []
        total = 0
        while size := int(self.rfile.readline(256).split(b";")[0], 16):
            total += size
            if total > MAX_BODY_BYTES:
                self.close_connection = True
                raise refusal(307, "TOO_MANY_BYTES", "The request body is too large; insert in smaller batches")
            parts.append(self.rfile.read(size))
            self.rfile.readline(8)
        while self.rfile.readline(1024).strip():
            pass
        return b"".join(parts)

    def _check_client(self) -> None:
        """Only programs of this machine with the right password; no web page of a foreign site."""
        host = urlsplit(f"//{self.headers.get('Host', 'localhost')}").hostname or ""
        origin = urlsplit(self.headers.get("Origin", "//localhost")).hostname or ""
        if host not in _LOOPBACK_NAMES or origin not in _LOOPBACK_NAMES:
            raise refusal(AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", "Requests must come from this machine")
        user, password = self._credentials()
        account = self.server.account
        same = hmac.compare_digest(user.encode(), account.user.encode())
        if not (same and hmac.compare_digest(password.encode(), account.password.encode())) and account.password:
            text = "Authentication failed: password is incorrect, or there is no user with such name"
            raise refusal(AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", text)

    def _credentials(self) -> tuple[str, str]:
        if "X-ClickHouse-User" in self.headers or "X-ClickHouse-Key" in self.headers:
            return self.headers.get("X-ClickHouse-User", "default"), self.headers.get("X-ClickHouse-Key", "")
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            with contextlib.suppress(ValueError):
                user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
                return user or "default", password
        values = parse_qs(urlsplit(self.path).query)
        return values.get("user", ["default"])[0], values.get("password", [""])[0]
