"""The schema of the analytics store: migrations, stable views and the first KPI queries."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial
from uuid import uuid4

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from schemas.contracts import CLAIMS_ADJUDICATED, CLAIMS_LINEAGE
from schemas.errors import BadInputError
from sink import kpi
from sink.known import KnownEvents
from sink.ledger import Ledger
from sink.migrate import STOP_THE_SINK, Migration, MigrationError, load, migrate, status
from sink.ranges import Claim, OffsetRange, TopicPartition, insert_token
from sink.reconcile import reconcile
from sink.rows import Positions, scored_tables
from sink.rows.adjudicated import ADJUDICATION, adjudicated_tables
from sink.rows.events import CLAIM_EVENT, CLAIM_EVENT_RELAY
from sink.rows.lineage import lineage_tables
from tests.clickhouse import EmbeddedClickHouse, ServerClickHouse, insert_tables, served
from tests.correlation_events import adjudicated, frame, lineage
from tests.scored_events import scored_event, scored_frame

PERIOD = kpi.Period("tenant-0", date(2026, 3, 1), date(2026, 3, 31))
VIEWS = ("medical_claims", "bpo_claims_processing", "bpo_claims_training", "kpi_daily_rates")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedClickHouse | ServerClickHouse]:
    with served(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture
def database() -> str:
    return f"m_{uuid4().hex[:12]}"


@pytest.fixture
def client(server: EmbeddedClickHouse | ServerClickHouse, database: str) -> Iterator[Client]:
    with server.client(autogenerate_session_id=False) as client:
        yield client
        client.command(f"DROP DATABASE IF EXISTS `{database}`", use_database=False)


def fill(client: Client, claims: int = 200) -> None:
    frame = scored_frame([scored_event(n) for n in range(claims)])
    tables = scored_tables(frame, Positions(0, range(claims), [1_772_323_200_000] * claims))
    source, span = TopicPartition("claims.scored", 0), OffsetRange(0, claims - 1, claims)
    insert_tables(client, tables, lambda table: insert_token("one", source, span, table, 1))


def test_migrations_are_applied_once_and_reported(client: Client, database: str) -> None:
    names = [f"{m.version:04d}_{m.name}" for m in load()]
    assert {s.state for s in status(client, database)} == {"pending"}
    assert migrate(client, database) == names
    assert migrate(client, database) == []
    assert [f"{s.version:04d}_{s.name}" for s in status(client, database) if s.state == "applied"] == names


def test_a_changed_migration_is_refused(client: Client, database: str) -> None:
    good = [Migration(1, "a", "CREATE TABLE a (x Int64) ENGINE = MergeTree ORDER BY x;")]
    migrate(client, database, good)
    with pytest.raises(MigrationError, match="0001_a was changed"):
        migrate(client, database, [Migration(1, "a", good[0].sql + " ")])


def test_a_database_of_a_newer_program_is_refused(client: Client, database: str) -> None:
    migrate(client, database, [Migration(1, "a", "SELECT 1;"), Migration(2, "b", "SELECT 1;")])
    with pytest.raises(MigrationError, match="has migration 0002"):
        migrate(client, database, [Migration(1, "a", "SELECT 1;")])


def test_a_migration_that_broke_off_goes_on_where_it_stopped(client: Client, database: str) -> None:
    create = (
        "CREATE TABLE a (x Int64) ENGINE = MergeTree ORDER BY x;\nINSERT INTO a VALUES (1);\nCREATE TABLE b (x Int64)"
    )
    broken = Migration(1, "a", f"{create} ENGINE = Nonsense;")
    with pytest.raises(DatabaseError):
        migrate(client, database, [broken])
    assert [s.state for s in status(client, database, [broken])] == ["partial"]
    client.command("CREATE TABLE b (x Int64) ENGINE = MergeTree ORDER BY x")
    assert migrate(client, database, [broken]) == ["0001_a"]
    assert client.command("SELECT count() FROM a") == 1


def test_statements_that_may_be_repeated_share_an_entry_and_are_run_again(client: Client, database: str) -> None:
    tables = [f"CREATE TABLE {name} (x Int64) ENGINE = MergeTree ORDER BY x;" for name in "ab"]
    broken = Migration(1, "a", "\n".join([*tables, "ALTER TABLE a ADD COLUMN y Int64;", *tables, "SELECT nonsense;"]))
    entries = "SELECT arraySort(groupArray(statements)) FROM schema_migrations"
    for expected in ([2, 3, 5], [2, 3, 5]):
        with pytest.raises(DatabaseError):
            migrate(client, database, [broken])
        assert client.query(entries).result_rows == [(expected,)]


def test_a_migration_that_changes_rollups_waits_for_the_ranges_that_the_sink_has_begun(
    client: Client, database: str
) -> None:
    migrate(client, database, load()[:18])
    source, span, claim = TopicPartition("claims.scored", 0), OffsetRange(7, 9, 3), Claim(1, "a")
    ledger = Ledger(client, "g", {source.topic: "one"})
    ledger.done([(source, OffsetRange(0, 6, 7), claim)])
    ledger.intend([(source, span, claim)])
    with pytest.raises(MigrationError, match=r"0020_rollups.* the range 7-9 of claims\.scored/0 and not stored"):
        migrate(client, database)
    assert {s.name for s in status(client, database) if s.state != "applied"} == {m.name for m in load()[18:]}
    ledger.done([(source, span, claim)])
    assert migrate(client, database) == [f"{m.version:04d}_{m.name}" for m in load()[18:]]


def test_a_range_of_a_topic_that_is_gone_can_be_passed_over(client: Client, database: str) -> None:
    first = load()[0]
    change = Migration(2, "change", f"-- {STOP_THE_SINK} it is a test.\nSELECT 1;")
    migrate(client, database, [first])
    ledger = Ledger(client, "g", {"claims.scored": "gone"})
    ledger.intend((TopicPartition("claims.scored", n), OffsetRange(7, 9, 3), Claim(1, "a")) for n in range(3))
    with pytest.raises(MigrationError, match=r"claims\.scored/0 and 2 more"):
        migrate(client, database, [first, change])
    assert migrate(client, database, [first, change], despite_open_ranges=True) == ["0002_change"]


def test_provider_adjustments_that_were_stored_before_are_known(client: Client, database: str) -> None:
    migrate(client, database, load()[:21])
    told = [adjudicated(n, kind="provider", outcome="takeback", takeback_cents=500) for n in range(2)]
    made = partial(adjudicated_tables, frame(CLAIMS_ADJUDICATED, told), Positions(0, range(2), [1_772_323_200_000] * 2))
    for log in ("first", "again"):  # as the sink stored them: none in claim_event
        insert_tables(client, {ADJUDICATION: made()[ADJUDICATION]}, log.format)
    migrate(client, database)
    assert client.query("SELECT count(), sum(takeback_cents_delta) FROM claim_event").result_rows == [(2, 1_000)]
    assert made(KnownEvents(client)) == {}
    assert client.command("SELECT count() FROM kpi_daily") == 0


def state(client: Client, first: int, age: int, lineages_into: str) -> None:
    """A hundred claims whose patients, payers and places differ by age, and the states of a hundred new lineages."""
    submitted = {"payer_type": f"type {age}", "billing_npi": "1234567893", "place_of_service": str(age)}
    numbers = range(first, first + 100)
    events = [scored_event(n, **submitted, patient_age_years=age, rendering_npi=f"npi {n % 7}") for n in numbers]
    positions = Positions(0, numbers, [1_772_323_200_000 + first] * 100)
    states = lineage_tables(frame(CLAIMS_LINEAGE, [lineage(n + first) for n in numbers]), positions)
    stated = {lineages_into: states[CLAIM_EVENT_RELAY]}
    for number, tables in enumerate((scored_tables(scored_frame(events), positions), stated)):
        insert_tables(client, tables, f"{first} {number} {{}}".format)


def dimensions(client: Client) -> list[object]:
    views = ("dim_patient", "dim_provider", "dim_department", "dim_payer")
    return [client.query(f"SELECT * FROM {view} ORDER BY ALL").result_rows for view in views]  # noqa: S608 - own names


def test_dimensions_and_rollups_go_on_as_they_were_when_inserts_become_cheaper(client: Client, database: str) -> None:
    migrate(client, database, load()[:22])
    client.command("SYSTEM STOP MERGES claims_header")
    state(client, 0, 30, CLAIM_EVENT)
    migrate(client, database)
    state(client, 50, 31, CLAIM_EVENT_RELAY)  # half of it claims of the same ids and days again
    state(client, 4_000, 30, CLAIM_EVENT_RELAY)  # another day
    assert client.command("SELECT count() FROM claim_event WHERE event_type = 'lineage'") == 300
    assert "rollups" not in {check.kind for check in reconcile(client) if check.drift}
    found = dimensions(client)
    for statement in load()[14].statements:
        head, _, query = statement.partition(" AS\n")
        if "CREATE MATERIALIZED VIEW" in head:  # as it was taken out of the claims before
            table = head.rsplit(" TO ", 1)[1]
            client.command(f"TRUNCATE TABLE {table}")
            client.command(f"INSERT INTO {table} {query}")
    assert dimensions(client) == found
    assert all(found)


def test_the_promised_views_answer(client: Client, database: str) -> None:
    migrate(client, database)
    fill(client)
    counts = {view: client.command(f"SELECT count() FROM {view}") for view in VIEWS}  # noqa: S608 - own names
    assert counts["medical_claims"] == 600
    assert counts["bpo_claims_processing"] == counts["bpo_claims_training"] == 200
    assert client.query("SELECT sum(claims) FROM kpi_daily_rates").result_rows == [(200,)]
    assert client.query("SELECT rvu_total FROM claims_line WHERE rvu_total_e5 = 267123 LIMIT 1").result_rows == (
        client.query("SELECT toDecimal64('2.67123', 5)").result_rows
    )


def test_the_build_up_of_a_price_ends_at_the_expected_amount(client: Client, database: str) -> None:
    migrate(client, database)
    fill(client)
    last = """SELECT claim_id, line_number, argMax(amount_cents, step_number) AS cents, min(step) AS step
              FROM price_build_up GROUP BY claim_id, line_number ORDER BY claim_id, line_number"""
    priced = """SELECT claim_id, line_number, expected_allowed_cents, 'fee' FROM claims_line FINAL
                WHERE price_basis = 'fee_schedule' ORDER BY claim_id, line_number"""
    assert client.query(last).result_rows == client.query(priced).result_rows
    assert client.query("SELECT count() > 100 FROM price_build_up").result_rows == [(True,)]


def test_a_later_event_of_a_claim_replaces_its_header_and_lines(client: Client, database: str) -> None:
    migrate(client, database)
    events = [scored_event(1), scored_event(1, event_id="again", lines=scored_event(1)["lines"][:1])]
    tables = scored_tables(scored_frame(events), Positions(0, [0, 1], [1_772_323_200_000] * 2))
    insert_tables(client, tables, str)
    assert client.query("SELECT event_id, line_number FROM medical_claims").result_rows == [("again", 1)]


def test_the_kpis_are_sums_divided_by_sums(client: Client, database: str) -> None:
    migrate(client, database)
    fill(client)
    events = [e for n in range(200) if (e := scored_event(n))["tenant_id"] == "tenant-0"]
    volume = kpi.volume_by_disposition(client, PERIOD)
    for row in volume:
        mine = [e for e in events if e["disposition"] == row["disposition"]]
        assert row["claims"] == len(mine)
        assert row["charge_cents"] == sum(e["total_charge_cents"] for e in mine)
        assert row["expected_cents"] == sum(e["expected_allowed_cents"] or 0 for e in mine)
        assert row["share_of_claims"] == pytest.approx(len(mine) / len(events))
    assert len(volume) == 3

    top = kpi.top_findings(client, PERIOD, limit=1)
    fired = [{(f["rule_id"], f["severity"]) for f in e["findings"]} for e in events]
    expected = Counter(rule for rules in fired for rule in rules)
    assert [row["claims"] for row in top] == [max(expected.values())]
    assert expected[str(top[0]["rule_id"]), str(top[0]["severity"])] == top[0]["claims"]

    days = kpi.daily_by_payer(client, PERIOD)
    assert sum(int(str(row["claims"])) for row in days) == len(events)
    clean = [e for e in events if e["disposition"] == "ready" and not e["error_count"] and not e["touch_count"]]
    share = sum(float(str(row["clean_claim_rate_edit_level"])) * int(str(row["claims"])) for row in days)
    assert share == pytest.approx(len(clean))


def test_rates_without_a_denominator_are_null(client: Client, database: str) -> None:
    migrate(client, database)
    event = scored_event(1, expected_allowed_cents=None)
    insert_tables(client, scored_tables(scored_frame([event]), Positions(0, [0], [1_772_323_200_000])), str)
    assert client.query("SELECT expected_yield, priced_rate FROM kpi_daily_rates").result_rows == [(None, 0.0)]
    empty = kpi.Period("nobody", date(2026, 3, 1), date(2026, 3, 31))
    assert kpi.volume_by_disposition(client, empty) == []


def test_unknown_queries_and_turned_periods_are_answered() -> None:
    with pytest.raises(BadInputError, match="no KPI query"):
        kpi.sql("../migrate")
    with pytest.raises(BadInputError, match="before it begins"):
        kpi.Period("t", date(2026, 3, 2), date(2026, 3, 1))
