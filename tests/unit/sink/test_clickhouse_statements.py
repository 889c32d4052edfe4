"""What the embedded ClickHouse reads out of a request before the engine sees it."""

import pytest

from claimstream.local.clickhouse.errors import QueryError
from claimstream.local.clickhouse.native import empty_block
from claimstream.local.clickhouse.statements import Kind, analyse


@pytest.mark.parametrize(
    ("sql", "kind", "text", "fmt", "data"),
    [
        (b"SELECT 1", Kind.RESULT, "SELECT 1", None, b""),
        (b"SELECT 1\n FORMAT Native", Kind.RESULT, "SELECT 1\n ", "Native", b""),
        (b"SELECT 'x FORMAT CSV'", Kind.RESULT, "SELECT 'x FORMAT CSV'", None, b""),
        (b"/* FORMAT x */ WITH 1 AS a SELECT a; -- end", Kind.RESULT, "/* FORMAT x */ WITH 1 AS a SELECT a", None, b""),
        (b"CREATE TABLE a (b Int64)", Kind.COMMAND, "CREATE TABLE a (b Int64)", None, b""),
        (b"INSERT INTO t VALUES (1)", Kind.COMMAND, "INSERT INTO t VALUES (1)", None, b""),
        (b"INSERT INTO t SELECT 1 FORMAT x", Kind.COMMAND, "INSERT INTO t SELECT 1 FORMAT x", None, b""),
        (
            b"INSERT INTO t (`format`) FORMAT CSV\n;FORMAT\xff",
            Kind.INSERT_DATA,
            "INSERT INTO t (`format`) ",
            "CSV",
            b";FORMAT\xff",
        ),
        (b"insert into t format Arrow\n\nX", Kind.INSERT_DATA, "insert into t ", "Arrow", b"\nX"),
        (b'INSERT INTO t FORMAT JSONEachRow {"a":1}', Kind.INSERT_DATA, "INSERT INTO t ", "JSONEachRow", b'{"a":1}'),
    ],
)
def test_a_statement_is_taken_apart(sql: bytes, kind: Kind, text: str, fmt: str | None, data: bytes) -> None:
    statement = analyse(sql)
    assert (statement.kind, statement.text, statement.format, bytes(statement.data)) == (kind, text, fmt, data)


@pytest.mark.parametrize(
    ("sql", "body", "whole"),
    [
        (b"", b"SELECT 1", b"SELECT 1"),
        (b"SELECT 1", b"", b"SELECT 1"),
        (b"SELECT", b"1 -- FORMAT CSV", b"SELECT\n1 -- FORMAT CSV"),
        (b"INSERT INTO t", b"FORMAT CSV\n1", b"INSERT INTO t\nFORMAT CSV\n1"),
        (b"INSERT INTO t FORMAT Arrow", b"\nX", b"INSERT INTO t FORMAT Arrow\n\nX"),
        (b"INSERT INTO t FORMAT Arrow \n", b"X", b"INSERT INTO t FORMAT Arrow \nX"),
        (b"INSERT INTO t FORMAT CSV 1", b"2", b"INSERT INTO t FORMAT CSV 1\n2"),
        (b"INSERT INTO t SELECT", b"1", b"INSERT INTO t SELECT\n1"),
    ],
)
def test_a_statement_goes_on_in_the_body(sql: bytes, body: bytes, whole: bytes) -> None:
    parted, joined = analyse(sql, body), analyse(whole)
    assert (parted.kind, parted.text, parted.format) == (joined.kind, joined.text, joined.format)
    assert bytes(parted.data) == bytes(joined.data)


def test_the_data_of_an_insert_is_not_copied() -> None:
    body = bytes(1000)
    assert analyse(b"INSERT INTO t FORMAT Arrow", body).data is body


@pytest.mark.parametrize("sql", [b"", b"  -- nothing\n", b"SELECT 1; DROP TABLE t", b"SELECT \xff"])
def test_nothing_or_several_statements_are_refused(sql: bytes) -> None:
    with pytest.raises(QueryError) as caught:
        analyse(sql)
    assert caught.value.code == 62


def test_an_empty_block_names_its_columns() -> None:
    assert empty_block(b'{"meta": [{"name": "a", "type": "UInt8"}]}') == b"\x01\x00\x01a\x05UInt8"
