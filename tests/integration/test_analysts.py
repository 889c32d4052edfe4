"""What analysts are given: saved queries that run and answer, and a dictionary that says what the tables are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from clickhouse_connect.driver.client import Client

from claimstream.settings import Settings
from claimstream.stored_scores import stored_scores
from models.feedback.labels import STORED_SCHEMA
from schemas.contracts import WORKQUEUE_ITEM
from sink import kpi, saved_queries
from sink.dictionary import RELATIONS, dictionary, tables
from sink.kpi import Period
from sink.migrate import migrate
from sink.rows import Positions
from sink.rows.work import item_tables
from tests.clickhouse import EmbeddedClickHouse
from tests.correlation_events import blank, frame
from tests.golden.run import TENANT, messages, put, told

YEAR = Period(TENANT, date(2026, 1, 1), date(2026, 12, 31))
FROM_OTHER_TOPICS = {"rules_and_denials"}
"""Answers from findings, which the golden stories do not spell out."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedClickHouse]:
    embedded = EmbeddedClickHouse(tmp_path_factory.mktemp("clickhouse")).start()
    yield embedded
    assert embedded.stop() == 0


@pytest.fixture(scope="module")
def client(server: EmbeddedClickHouse) -> Iterator[Client]:
    """The golden set in a database."""
    with server.client(autogenerate_session_id=False) as client:
        migrate(client, "analysts")
        put(client, messages(told()), "once")
        yield client


def test_there_are_ten_saved_queries_or_more_and_each_says_what_it_answers() -> None:
    assert len(saved_queries.names()) >= 10
    for name in saved_queries.names():
        query = saved_queries.find(name)
        assert query.title
        assert query.question.endswith(("?", "."))
        assert all(f"{{{parameter}" in query.sql for parameter in ("tenant:", "from:", "to:", "limit:"))


@pytest.mark.parametrize("name", saved_queries.names())
def test_every_saved_query_answers_for_its_tenant_only(client: Client, name: str) -> None:
    rows = saved_queries.run(client, name, YEAR)
    assert bool(rows) == (name not in FROM_OTHER_TOPICS)
    nobody = Period("nobody", YEAR.first_day, YEAR.last_day)
    assert saved_queries.run(client, name, nobody) == []


def test_saved_queries_say_what_the_golden_stories_tell(client: Client) -> None:
    denied = saved_queries.run(client, "denials_by_root_cause", YEAR)
    assert sum(int(str(row["denials"])) for row in denied) == 8
    assert sum(int(str(row["recovered"])) for row in denied) == 3
    short = saved_queries.run(client, "underpaid_procedures", YEAR)
    # S04 and S05 fell 20.00 short of 80.00 each.
    assert [(r["procedure_code"], r["lines"], r["short_cents"], r["expected_cents"]) for r in short] == [
        ("99213", 2, 4_000, 16_000)
    ]
    surprises = saved_queries.run(client, "surprises", YEAR)
    assert [str(row["lineage_id"]).split(":")[1] for row in surprises] == ["pct-S12"]
    overdue = saved_queries.run(client, "overdue_work", YEAR)
    assert {str(row["item_id"]).split(":")[1] for row in overdue} == {"pct-H03", "pct-H14"}
    taken = saved_queries.run(client, "takebacks", YEAR)
    # Reversals of H13 H14 S05 S15 (H11 is voided, but its money moved), and the 50.00 and 70.00 of the provider level.
    assert sum(int(str(row["taken_cents"])) for row in taken) == 4 * 16_000 + 14_000 + 5_000 + 7_000
    assert sum(int(str(row["unassigned_cents"])) for row in taken) == 7_000


def test_waiting_work_is_what_nobody_has_finished(client: Client) -> None:
    waiting = kpi.run(client, "waiting_work", YEAR)
    sql = """SELECT queue, amount_cents, recoverable_cents FROM work_items
    WHERE tenant_id = {tenant:String} AND isNull(finished_at)"""
    items = client.query(sql, parameters={"tenant": TENANT}).result_rows
    assert {str(row["queue"]): row["items"] for row in waiting} == Counter(queue for queue, _, _ in items)
    for column, name in ((1, "amount_cents"), (2, "recoverable_cents")):
        assert sum(int(str(row[name] or 0)) for row in waiting) == sum(item[column] or 0 for item in items)
    overdue = {str(row["queue"]) for row in saved_queries.run(client, "overdue_work", YEAR)}
    assert overdue
    assert overdue <= {str(row["queue"]) for row in waiting}
    assert kpi.run(client, "waiting_work", Period("nobody", YEAR.first_day, YEAR.last_day)) == []


def test_model_feedback_has_every_scored_claim_that_is_not_void_with_the_label_where_there_is_one(
    client: Client, server: EmbeddedClickHouse
) -> None:
    sql = """SELECT count(), countIf(isNotNull(outcome)), countIf(initial_denial), countIf(isNotNull(received_at)),
        countIf(expected_allowed_cents > 0), uniqExact(event_id)
    FROM model_feedback WHERE tenant_id = {tenant:String}"""
    scored, labelled, denied, received, priced, events = client.query(sql, parameters={"tenant": TENANT}).result_rows[0]
    assert (labelled, denied, received) == (38, 8, 38)  # as label_coverage and initial_denial_rate_live were worked
    assert labelled < priced < scored == events
    settings = Settings(clickhouse_port=server.port, clickhouse_database="analysts")
    assert set(STORED_SCHEMA) <= set(stored_scores(None, settings).columns)


def test_the_rights_of_the_role_are_written_as_clickhouse_reads_them_and_name_columns_that_exist(
    client: Client,
) -> None:
    roles = ElementTree.parse("deploy/clickhouse/users.xml").getroot().iterfind("roles/*/grants/query")  # noqa: S314 - own file
    rights = [query.text or "" for query in roles]
    assert len(rights) > 5
    for right in rights:
        end = " TO somebody" if right.startswith("GRANT") else " FROM somebody"
        client.query("SELECT formatQuery({right:String})", parameters={"right": right + end})
        if column := re.fullmatch(r"REVOKE SELECT\((\w+)\) ON claimstream\.(\w+)", right):
            client.query(f"SELECT {column[1]} FROM {column[2]} LIMIT 0")  # noqa: S608 - names of our own schema


def test_the_pages_are_fresh(client: Client) -> None:
    queries = Path("docs/queries.md").read_text(encoding="utf-8")
    assert queries == saved_queries.handbook(), "run: claimstream sink queries > docs/queries.md"
    database = Path("docs/database.md").read_text(encoding="utf-8")
    assert database == dictionary(tables(client)), "run: claimstream sink dictionary > docs/database.md"


def test_every_table_and_column_is_explained_and_relations_join_columns_of_both(client: Client) -> None:
    found = {table.name: table for table in tables(client)}
    for table in found.values():
        assert table.comment, table.name
        if table.engine != "View":
            assert all(column.says for column in table.columns), table.name
    for one, many, _, on in RELATIONS:
        for name in (one, many):
            assert set(on) <= {column.name for column in found[name].columns}, (one, many, name)


def test_the_stay_of_an_item_before_submission_ends_with_its_tombstone_and_begins_anew_when_it_is_stated_again(
    client: Client,
) -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    items = [
        {**blank(WORKQUEUE_ITEM), "tenant_id": "stays", "queue": "edit_fix", "event_id": f"e{n}", "claim_id": claim,
         "created_at": day + timedelta(days=n)}
        for n, claim in enumerate(("c1", "c2", "c1"))
    ]  # fmt: skip
    for number, item in enumerate(items):
        # Each item is a record; behind the first, a tombstone arrives after twelve hours.
        arrived = [day + timedelta(days=number), day + timedelta(days=number, hours=12)]
        ends = {1: b"stays|c1"} if number == 0 else {}
        count = 1 + len(ends)
        positions = Positions(
            0, range(10 * number, 10 * number + count), [int(at.timestamp() * 1000) for at in arrived[:count]],
            "workqueue.edit_fix", "log", tombstones=ends,
        )  # fmt: skip
        made = frame(WORKQUEUE_ITEM, [item]).with_columns(message_index=pl.Series([0], dtype=pl.UInt32))
        client.insert_arrow("workqueue_events", item_tables(made, positions)["workqueue_events"])
    rows = client.query(
        "SELECT item_id, opened_at, finished_at, status FROM work_items WHERE tenant_id = 'stays' ORDER BY opened_at"
    ).result_rows
    naive = [tuple(v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for v in row) for row in rows]
    assert naive == [
        ("c1", day, day + timedelta(hours=12), "left"),
        ("c2", day + timedelta(days=1), None, "open"),
        ("c1", day + timedelta(days=2), None, "open"),
    ]
