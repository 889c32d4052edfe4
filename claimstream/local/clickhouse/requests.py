"""One HTTP request of the ClickHouse interface, taken apart into SQL, parameters and settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from claimstream.local.clickhouse.compression import decompress
from claimstream.local.clickhouse.errors import NOT_IMPLEMENTED, refusal

# Parameters a ClickHouse server takes for itself; everything else in the URL is a setting.
_OWN = frozenset({
    "query", "database", "default_format", "query_id", "session_id", "session_timeout", "session_check",
    "user", "password", "quota_key", "profile", "role", "compress", "decompress", "buffer_size",
    "wait_end_of_query", "client_protocol_version", "close_session", "stacktrace", "framing",
})  # fmt: skip
# Settings that speak of the HTTP exchange itself and mean nothing to an engine in this process.
_TRANSPORT = frozenset({
    "add_http_cors_header", "cancel_http_readonly_queries_on_client_close", "enable_http_compression",
    "http_headers_progress_interval_ms", "http_response_buffer_size", "http_wait_end_of_query",
    "http_write_exception_in_output_format", "http_zlib_compression_level", "send_progress_in_http_headers",
})  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What a client asked for.

    Attributes:
        sql: Statement, or its beginning, as it stands in the address.
        body: What goes on in the body: all of the statement, its end, or the data of an insert.
        options: Parameters of the server itself: database, session_id, query_id, ...
        settings: Settings for this statement.
        parameters: Values of {name:Type} placeholders, without the "param_" prefix.
        compress_response: Whether the client allowed a compressed answer.
        buffered: Whether to answer only after the statement has ended (no errors in mid-stream).
    """

    sql: bytes
    body: bytes
    options: Mapping[str, str]
    settings: Mapping[str, str]
    parameters: Mapping[str, str]
    compress_response: bool
    buffered: bool


def parse(url_query: str, headers: Message, body: bytes) -> Request:
    """Take a request apart.

    Args:
        url_query: Part of the URL after the question mark.
        headers: Request headers.
        body: Whole body, still encoded.

    Raises:
        QueryError: The body is damaged, its encoding unknown, or it carries external data.
    """
    values = dict(parse_qsl(url_query, keep_blank_values=True))
    if values.get("compress") == "1" or values.get("decompress") == "1":
        raise refusal(
            NOT_IMPLEMENTED,
            "NOT_IMPLEMENTED",
            "The native compressed framing is not supported; use Content-Encoding",
        )
    body = decompress(body, headers.get("Content-Encoding", "").strip().lower())
    if headers.get_content_type() == "multipart/form-data":
        values.update(_form(headers, body))
        body = b""
    flags = {name: values[name] for name in values if name in _OWN | _TRANSPORT}
    return Request(
        sql=values.get("query", "").encode(),
        body=body,
        options=flags,
        settings={k: v for k, v in values.items() if k not in _OWN | _TRANSPORT and not k.startswith("param_")},
        parameters={k.removeprefix("param_"): v for k, v in values.items() if k.startswith("param_")},
        compress_response=_true(flags.get("enable_http_compression", "0")),
        buffered=_true(flags.get("wait_end_of_query", "0")) or _true(flags.get("http_wait_end_of_query", "0")),
    )


def _true(value: str) -> bool:
    return value.strip().lower() in ("1", "true", "yes")


def _form(headers: Message, body: bytes) -> dict[str, str]:
    """Text fields of a multipart form; file parts (external data) are refused."""
    head = b"Content-Type: " + headers["Content-Type"].encode("latin-1") + b"\r\n\r\n"
    values: dict[str, str] = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
        name = part.get_param("name", header="content-disposition")
        if part.get_filename() is not None or not isinstance(name, str):
            raise refusal(
                NOT_IMPLEMENTED,
                "NOT_IMPLEMENTED",
                "External data is not supported by the embedded ClickHouse",
            )
        payload = part.get_payload(decode=True)
        values[name] = payload.decode() if isinstance(payload, bytes) else ""
    return values
