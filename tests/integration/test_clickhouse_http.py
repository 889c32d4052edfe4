"""The embedded ClickHouse keeps the contract of the HTTP interface, as the ordinary client uses it.

With CLICKHOUSE_URL set the same contract is checked against that server.
"""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError
from clickhouse_connect.driver.external import ExternalData

from tests.clickhouse import EmbeddedClickHouse, ServerClickHouse, served

pd: Any = pytest.importorskip("pandas")
Server = EmbeddedClickHouse | ServerClickHouse
WINDOW = "SETTINGS non_replicated_deduplication_window = 1000"
embedded_only = pytest.mark.skipif("CLICKHOUSE_URL" in os.environ, reason="speaks of the embedded process only")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    database = f"t_{uuid4().hex}"
    with server.client() as admin:
        admin.command(f"CREATE DATABASE {database} ENGINE = Atomic")
        with server.client(database=database) as client:
            yield client
        admin.command(f"DROP DATABASE {database}")


def test_a_query_answers_typed_columns(client: Client) -> None:
    result = client.query("SELECT toInt64(7) AS a, 'x' AS b, toDateTime64('2026-01-02 03:04:05.000006', 6, 'UTC') AS c")
    assert result.column_names == ("a", "b", "c")
    assert result.result_rows == [(7, "x", datetime(2026, 1, 2, 3, 4, 5, 6))]  # noqa: DTZ001 - the client answers UTC without zone
    assert result.query_id
    assert int(result.summary["elapsed_ns"]) > 0


def test_an_empty_result_still_names_its_columns(client: Client) -> None:
    for sql in ("SELECT number AS n FROM numbers(3) WHERE n > 5", "SELECT 1 AS n LIMIT 0"):
        result = client.query(sql)
        assert result.column_names == ("n",)
        assert result.result_rows == []
    with client.query_rows_stream("SELECT number AS n FROM numbers(3) WHERE n > 5") as rows:
        assert list(rows) == []


def test_server_side_parameters_keep_quotes_and_types(client: Client) -> None:
    sql = "SELECT {text:String} AS t, {day:Date} AS d, {many:Array(Int64)} AS m"
    values = {"text": "it's a \\ 'test'\n\t", "day": date(2026, 2, 3), "many": [1, 2]}
    assert client.query(sql, parameters=values).result_rows == [("it's a \\ 'test'\n\t", date(2026, 2, 3), [1, 2])]


def test_long_parameters_travel_in_a_form(server: Server) -> None:
    with server.client(form_encode_query_params=True) as client:
        assert client.query("SELECT {t:String} AS t", parameters={"t": "é" * 9000}).result_rows == [("é" * 9000,)]


def test_settings_of_one_query_do_not_leak_into_the_next(client: Client) -> None:
    sql = "SELECT value FROM system.settings WHERE name = 'max_block_size'"
    usual = client.query(sql).result_rows
    assert client.query(sql, settings={"max_block_size": 777}).result_rows == [("777",)]
    assert client.query(sql).result_rows == usual


def test_settings_and_temporary_tables_live_in_a_session(server: Server) -> None:
    sql = "SELECT value FROM system.settings WHERE name = 'max_block_size'"
    with server.client(session_id=uuid4().hex) as one, server.client(autogenerate_session_id=False) as other:
        one.command("SET max_block_size = 778")
        one.command("CREATE TEMPORARY TABLE mine (a Int64)")
        one.insert("mine", [[1]], column_names=["a"], column_type_names=["Int64"])
        assert one.query(sql).result_rows == [("778",)]
        assert one.query(sql, settings={"max_block_size": 779}).result_rows == [("779",)]
        assert one.query(sql).result_rows == [("778",)]
        assert one.query("SELECT a FROM mine").result_rows == [(1,)]
        assert other.query(sql).result_rows != [("778",)]


def test_statements_without_a_session_leave_nothing_behind(server: Server) -> None:
    sql = "SELECT value FROM system.settings WHERE name = 'max_block_size'"
    with server.client(autogenerate_session_id=False) as one:
        one.command("SET max_block_size = 778")
        assert one.query(sql).result_rows != [("778",)]


def test_a_large_result_streams_in_blocks(client: Client) -> None:
    sql = "SELECT number, toString(number) AS s FROM numbers(300000)"
    with client.query_column_block_stream(sql, settings={"max_block_size": 50_000}) as blocks:
        sizes = [len(block[0]) for block in blocks]
    assert sum(sizes) == 300_000
    assert len(sizes) > 1


def test_an_error_in_mid_stream_reaches_the_client(client: Client) -> None:
    sql = "SELECT throwIf(number = 900000, 'too far') FROM numbers(1000000)"
    with (
        pytest.raises(StreamFailureError, match="too far"),
        client.query_rows_stream(sql, settings={"max_block_size": 10_000, "max_threads": 1}) as rows,
    ):
        for _ in rows:
            pass
    assert client.query("SELECT 1").result_rows == [(1,)]


def test_raw_queries_answer_the_asked_format(client: Client) -> None:
    assert client.raw_query("SELECT 1 AS a, 'b' AS c", fmt="JSONEachRow") == b'{"a":1,"c":"b"}\n'
    assert client.raw_query("SELECT 1 AS a FORMAT CSVWithNames") == b'"a"\n1\n'
    assert client.query_arrow("SELECT toInt64(5) AS a").to_pydict() == {"a": [5]}
    assert client.query_df("SELECT 5 AS a")["a"].tolist() == [5]


def test_commands_answer_values_or_nothing(client: Client) -> None:
    assert client.command("SELECT 7") == 7
    client.command("CREATE TABLE c (a Int64) ENGINE = MergeTree ORDER BY a")
    client.command("INSERT INTO c VALUES (1), (2)")
    client.command("INSERT INTO c SELECT 3")
    assert client.command("SELECT sum(a) FROM c") == 6
    assert client.command("EXISTS TABLE c") == 1


@pytest.mark.parametrize("compress", [False, "gzip", "lz4", "zstd"])
def test_every_compression_works_both_ways(server: Server, compress: str | bool) -> None:
    table = f"c_{uuid4().hex}"
    with server.client(compress=compress) as client:
        client.command(f"CREATE TABLE {table} (a Int64, b String) ENGINE = MergeTree ORDER BY a")
        rows = [[i, f"row {i} " * 3] for i in range(20_000)]
        assert client.insert(table, rows, column_names=["a", "b"]).written_rows == 20_000
        answer = client.query(f"SELECT a, b FROM {table} ORDER BY a")  # noqa: S608 - own table name
        assert [list(row) for row in answer.result_rows] == rows
        client.command(f"DROP TABLE {table}")


def test_inserts_of_rows_frames_and_arrow_tables_are_equal(client: Client) -> None:
    client.command(
        "CREATE TABLE i (a Int64, b LowCardinality(String), c Nullable(Date), d DateTime64(6, 'UTC'),"
        " e Array(Float64)) ENGINE = MergeTree ORDER BY a"
    )
    when = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    row = [1, "x", None, when, [0.5, 1.0]]
    names = ["a", "b", "c", "d", "e"]
    client.insert("i", [row], column_names=names)
    client.insert_df("i", pd.DataFrame({"a": [1], "b": ["x"], "c": [None], "d": [when], "e": [[0.5, 1.0]]}))
    types = [pa.int64(), pa.string(), pa.date32(), pa.timestamp("us", "UTC"), pa.list_(pa.float64())]
    table = pa.table({n: pa.array([v], t) for n, v, t in zip(names, row, types, strict=True)})
    client.insert_arrow("i", table)
    client.raw_insert("i", ["a", "b"], b'{"a": 2, "b": "y"}\n', fmt="JSONEachRow")
    client.raw_insert("i", ["a", "b"], (part for part in (b"2,y\n", b"2,y\n")), fmt="CSV")
    expected = (1, "x", None, when.replace(tzinfo=None), [0.5, 1.0])  # the client answers UTC without zone
    assert client.query("SELECT * FROM i WHERE a = 1").result_rows == [expected] * 3
    assert client.command("SELECT count() FROM i WHERE a = 2 AND b = 'y'") == 3


def test_data_that_looks_like_sql_is_not_read_as_sql(client: Client) -> None:
    client.command("CREATE TABLE q (a String) ENGINE = MergeTree ORDER BY a")
    values = ["'; DROP TABLE q; --", "FORMAT Native", "\\'", "\x00\xff"]
    client.insert("q", [[v] for v in values], column_names=["a"])
    assert sorted(r[0] for r in client.query("SELECT a FROM q").result_rows) == sorted(values)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM no_such_table", 60),
        ("SELEC 1", 62),
        ("SELECT 1; SELECT 2", 62),
        ("SELECT no_such_column", 47),
        ("SELECT no_such_function(1)", 46),
        ("SELECT throwIf(1, 'stop')", 395),
        ("USE no_such_database", 81),
        ("SELECT {missing:Int64}", 456),
    ],
)
def test_errors_carry_the_code_of_clickhouse(client: Client, sql: str, code: int) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.command(sql)
    assert caught.value.code == code
    assert f"Code: {code}." in str(caught.value)
    assert client.command("SELECT 1") == 1


def test_bad_inserts_carry_the_code_of_clickhouse_and_change_nothing(client: Client) -> None:
    client.command("CREATE TABLE b (a Int64) ENGINE = MergeTree ORDER BY a")
    for table, data, code in (("b", b'{"a": 1}\n{"a": "x"}\n', 27), ("nowhere", b'{"a": 1}\n', 60)):
        with pytest.raises(DatabaseError) as caught:
            client.raw_insert(table, ["a"], data, fmt="JSONEachRow")
        assert caught.value.code == code
    with pytest.raises(DatabaseError) as caught:
        client.raw_insert("b", ["a"], b"1\n", fmt="CSV", settings={"no_such_setting": "1"})
    assert caught.value.code == 115
    assert client.command("SELECT count() FROM b") == 0


def test_a_token_is_inserted_once_in_the_table_and_in_its_views(client: Client) -> None:
    client.command(f"CREATE TABLE src (k LowCardinality(String), v Int64) ENGINE = MergeTree ORDER BY k {WINDOW}")
    client.command(f"CREATE TABLE rollup (k String, v Int64) ENGINE = SummingMergeTree ORDER BY k {WINDOW}")
    client.command("CREATE MATERIALIZED VIEW mv TO rollup AS SELECT k, sum(v) AS v FROM src GROUP BY k")
    settings = {
        "insert_deduplicate": 1,
        "async_insert": 0,
        "deduplicate_blocks_in_dependent_materialized_views": 1,
    }
    table = pa.table({"k": ["a", "b"], "v": pa.array([1, 2], pa.int64())})
    for token in ("one", "one", "two", "one"):
        client.insert_arrow("src", table, settings=settings | {"insert_deduplication_token": token})
    assert client.query("SELECT count(), sum(v) FROM src").result_rows == [(4, 6)]
    assert client.command("SELECT sum(v) FROM rollup") == 6


def test_clients_work_side_by_side(server: Server, client: Client) -> None:
    client.command("CREATE TABLE p (worker Int64, n Int64) ENGINE = MergeTree ORDER BY n")
    database = client.database

    def work(worker: int) -> int:
        with server.client(database=database) as own:
            for n in range(5):
                own.insert("p", [[worker, n]], column_names=["worker", "n"])
                assert own.command(f"SELECT count() FROM p WHERE worker = {worker}") == n + 1  # noqa: S608 - a number
        return worker

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(work, range(6))) == list(range(6))
    assert client.command("SELECT count() FROM p") == 30


@embedded_only
def test_external_data_is_refused_in_a_sentence(client: Client) -> None:
    external = ExternalData(file_name="x.csv", data=b"1\n", fmt="CSV", structure="a Int64")
    with pytest.raises(DatabaseError, match="External data is not supported"):
        client.query("SELECT * FROM x", external_data=external)


@embedded_only
def test_foreign_web_pages_and_damaged_bodies_are_refused(server: Server) -> None:
    def status(headers: dict[str, str], body: bytes) -> int:
        request = urllib.request.Request(f"http://127.0.0.1:{server.port}/?query=SELECT+1", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert status({}, b"") == 200
    assert status({"Origin": "https://example.com"}, b"") == 403
    assert status({"Host": "example.com"}, b"") == 403
    assert status({"Content-Encoding": "gzip"}, b"not gzip") == 500
    assert status({"Content-Encoding": "snappy"}, b"x") == 501


@embedded_only
def test_a_password_is_asked_for_when_one_is_set(tmp_path: Path) -> None:
    server = EmbeddedClickHouse(tmp_path, {"CLAIMSTREAM_CLICKHOUSE_PASSWORD": "open"}).start()
    try:
        with server.client(username="default", password="open") as client:  # noqa: S106 - the password of this test
            assert client.command("SELECT 1") == 1
        with pytest.raises(DatabaseError) as caught:
            server.client(username="default", password="wrong")  # noqa: S106 - as above
        assert caught.value.code == 516
    finally:
        assert server.stop() == 0


@embedded_only
def test_a_kill_loses_neither_rows_nor_the_memory_of_tokens(tmp_path: Path) -> None:
    server = EmbeddedClickHouse(tmp_path).start()
    settings = {"insert_deduplicate": 1, "async_insert": 0, "insert_deduplication_token": "range 0-1"}
    with server.client() as client:
        client.command("CREATE DATABASE k ENGINE = Atomic")
        client.command(f"CREATE TABLE k.t (a Int64) ENGINE = MergeTree ORDER BY a {WINDOW}")
        client.insert("k.t", [[1], [2]], column_names=["a"], settings=settings)
    server.stop(signal.SIGKILL)
    server.start()
    with server.client() as client:
        client.insert("k.t", [[1], [2]], column_names=["a"], settings=settings)
        assert client.command("SELECT count() FROM k.t") == 2
    assert server.stop() == 0


@embedded_only
def test_a_second_owner_of_a_directory_is_refused_in_a_sentence(tmp_path: Path) -> None:
    server = EmbeddedClickHouse(tmp_path).start()
    command = [sys.executable, "-m", "claimstream.local.clickhouse", "--path", str(tmp_path), "--port", "0"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert server.stop() == 0
    assert second.returncode == 1
    assert second.stderr.startswith("The directory is owned by another claimstream ClickHouse process")
    assert second.stderr.count("\n") == 1


@embedded_only
def test_an_address_that_is_not_loopback_is_refused(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "claimstream.local.clickhouse",
        "--path",
        str(tmp_path),
        "--host",
        "0.0.0.0",  # noqa: S104 - must be refused
    ]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert "loopback addresses only" in refused.stderr
