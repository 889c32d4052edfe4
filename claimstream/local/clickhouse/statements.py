"""What a statement is, as far as an HTTP server must know: its kind, its format, where its data begins."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from claimstream.local.clickhouse.errors import SYNTAX_ERROR, refusal

_TOKEN = re.compile(
    rb"""
      (?P<space>\s+)
    | (?P<comment>--[^\n]*|\#[ !][^\n]*|/\*.*?\*/)
    | (?P<quoted>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DATA_START = re.compile(rb"[ \t]*(?:\r?\n)?")
_RESULT_WORDS = {
    "SELECT",
    "WITH",
    "SHOW",
    "DESCRIBE",
    "DESC",
    "EXISTS",
    "EXPLAIN",
    "CHECK",
    "FROM",
    "VALUES",
    "(",
}
_STREAMING_WORDS = {"SELECT", "WITH", "FROM", "("}
_INSERT_SOURCES = {"FORMAT", "VALUES", "SELECT", "WITH", "FROM", "WATCH"}


class Kind(Enum):
    """How a statement is run and answered."""

    RESULT = "result"  # answers rows in a format
    COMMAND = "command"  # answers nothing: DDL, SET, INSERT ... SELECT, INSERT ... VALUES
    INSERT_DATA = "insert_data"  # carries its rows in the body, in a named format


@dataclass(frozen=True)
class Statement:
    """One analysed statement.

    Attributes:
        kind: How it is run.
        text: SQL without a trailing FORMAT clause; for INSERT_DATA without FORMAT and data.
        format: Format named in the statement, or None.
        data: Rows of an INSERT_DATA statement; empty otherwise.
        streams: Whether the engine can answer it block by block.
    """

    kind: Kind
    text: str
    format: str | None
    data: bytes | memoryview = b""
    streams: bool = False


def analyse(sql: bytes, body: bytes = b"") -> Statement:
    """Analyse one statement.

    Args:
        sql: The statement, followed by its data when it is an INSERT ... FORMAT.
        body: What goes on in another place, as if on a line of its own: all of the statement, its end, or its data.

    Raises:
        QueryError: The statement is empty or several statements were sent (code 62).
    """
    if sql and body:
        statement = _insert_without_data(sql)
        if statement is not None:
            return replace(statement, data=body)  # data may be large: it is not copied
    return _analyse(b"\n".join(part for part in (sql, body) if part))


def _insert_without_data(sql: bytes) -> Statement | None:
    """Return a whole INSERT ... FORMAT that no data follows; None for anything else."""
    tokens = _tokens(sql)
    first = next(tokens, None)
    if first is None or first.word != "INSERT":
        return None
    statement = _analyse_insert(sql, tokens)
    return statement if statement.kind is Kind.INSERT_DATA and not bytes(statement.data).strip() else None


def _analyse(sql: bytes) -> Statement:
    tokens = _tokens(sql)
    first = next(tokens, None)
    if first is None:
        raise refusal(SYNTAX_ERROR, "SYNTAX_ERROR", "Empty query")
    if first.word == "INSERT":
        return _analyse_insert(sql, tokens)
    kind = Kind.RESULT if first.word in _RESULT_WORDS else Kind.COMMAND
    return _analyse_plain(sql, kind, [first, *tokens])


@dataclass(frozen=True)
class _Token:
    word: str  # upper-case word or single character; empty for quoted text
    start: int
    end: int
    depth: int


def _tokens(sql: bytes) -> Iterator[_Token]:
    """Words and characters outside strings and comments, with the depth of their parentheses."""
    depth = 0
    for match in _TOKEN.finditer(sql):
        if match.lastgroup in ("space", "comment"):
            continue
        text = match.group()
        if text == b")":
            depth -= 1
        word = "" if match.lastgroup == "quoted" else text.decode("latin-1").upper()
        yield _Token(word, match.start(), match.end(), depth)
        if text == b"(":
            depth += 1


def _analyse_insert(sql: bytes, tokens: Iterator[_Token]) -> Statement:
    """An INSERT carries data only when FORMAT comes before any other source of rows."""
    for token in tokens:
        if token.depth or token.word not in _INSERT_SOURCES:
            continue
        name = next(tokens, None) if token.word == "FORMAT" else None
        if name is None or name.word == "VALUES":
            break
        start = _DATA_START.match(sql, name.end)
        data = memoryview(sql)[start.end() if start else name.end :]
        text = _decode(sql[: token.start])
        return Statement(Kind.INSERT_DATA, text, sql[name.start : name.end].decode(), data)
    return Statement(Kind.COMMAND, _decode(sql), None)


def _analyse_plain(sql: bytes, kind: Kind, tokens: list[_Token]) -> Statement:
    end = len(sql)
    streams = tokens[0].word in _STREAMING_WORDS
    for position, token in enumerate(tokens):
        if token.word != ";":
            continue
        if any(later.word != ";" for later in tokens[position + 1 :]):
            raise refusal(SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
        end = token.start
        tokens = tokens[:position]
        break
    if len(tokens) > 2 and tokens[-2].word == "FORMAT" and not tokens[-2].depth and tokens[-1].word.isidentifier():
        text = _decode(sql[: tokens[-2].start])
        return Statement(kind, text, sql[tokens[-1].start : tokens[-1].end].decode(), streams=streams)
    return Statement(kind, _decode(sql[:end]), None, streams=streams)


def _decode(sql: bytes) -> str:
    try:
        return sql.decode()
    except UnicodeDecodeError as error:
        raise refusal(SYNTAX_ERROR, "SYNTAX_ERROR", "The statement is not UTF-8") from error
