"""Which failures are tried again, and how the failpoints and migration files are read."""

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from schemas.errors import FatalStreamError
from sink.failpoints import Failpoints, KillAt, from_environment
from sink.migrate import Migration, MigrationError, load
from sink.retries import Backoff, is_retriable, with_retries


def database_error(code: int | None) -> DatabaseError:
    message = "Code: 53. value 'secret'"
    return DatabaseError(message, code=code, name="TYPE_MISMATCH")


def test_only_failures_that_pass_are_tried_again() -> None:
    lost = OperationalError("connection lost")
    assert is_retriable(lost)
    assert is_retriable(database_error(252))
    assert is_retriable(database_error(210))
    assert not is_retriable(database_error(53))
    assert not is_retriable(database_error(None))
    assert not is_retriable(ValueError())


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff(0.2, 3.0)
    assert [backoff.wait_s(n) for n in (1, 2, 3, 4, 5, 500)] == [0.2, 0.4, 0.8, 1.6, 3.0, 3.0]


def test_a_refusal_stops_without_telling_the_text_of_the_server() -> None:
    def refuse() -> None:
        raise database_error(53)

    with pytest.raises(FatalStreamError) as caught:
        with_retries(refuse, "the range 0-9 of t/0", Backoff(0, 0), lambda *_: pytest.fail("tried again"))
    assert "the range 0-9 of t/0 with code 53 (TYPE_MISMATCH)" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_without_an_order_the_failpoints_do_nothing() -> None:
    assert type(from_environment({})) is Failpoints
    from_environment({}).hit("after_insert")


def test_an_order_counts_only_its_own_failpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    kills: list[int] = []
    monkeypatch.setattr("sink.failpoints.os.kill", lambda _pid, number: kills.append(number))
    failpoints = from_environment({"CLAIMSTREAM_FAILPOINT": "after_insert:2"})
    assert isinstance(failpoints, KillAt)
    failpoints.hit("after_insert")
    failpoints.hit("after_done")
    assert not kills
    failpoints.hit("after_insert")
    assert len(kills) == 1


def test_the_shipped_migrations_are_numbered_and_every_column_is_explained() -> None:
    for migration in load():
        for statement in migration.statements:
            if "CREATE TABLE" not in statement or " AS claim_event\nENGINE = Null" in statement:  # explained there
                continue
            body = statement[statement.index("\n(") : statement.index("\nENGINE")]
            columns = [line for line in body.splitlines() if line.startswith("    ")]
            assert columns
            assert [line for line in columns if " COMMENT '" not in line] == []
            assert "non_replicated_deduplication_window = 10000" in statement
            assert "\nCOMMENT 'Grain: " in statement


def test_a_semicolon_inside_a_line_does_not_end_a_statement() -> None:
    migration = Migration(1, "x", "CREATE TABLE a (b Int64 COMMENT 'x; y');\n\n-- note\nCREATE VIEW c AS SELECT 1;\n")
    assert migration.statements == ["CREATE TABLE a (b Int64 COMMENT 'x; y')", "-- note\nCREATE VIEW c AS SELECT 1"]


def test_a_gap_in_the_numbers_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("migrations")
    (folder / "0002_late.sql").write_text("SELECT 1;")
    with pytest.raises(MigrationError, match="not numbered"):
        load(folder)
