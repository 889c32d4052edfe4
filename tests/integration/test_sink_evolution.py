"""The schema explains itself, and grows: a new field becomes a column, old rows stay valid."""

import json
import re
from collections.abc import Iterator

import polars as pl
import pytest
from clickhouse_connect.driver.client import Client

from schemas.codec import ColumnarDecoder, ColumnarEncoder
from schemas.codec.dtypes import frame_schema
from schemas.contracts import ALL_CONTRACTS, CLAIMS_SCORED, Contract
from schemas.registry import CheckedInIds
from sink.migrate import Migration, load, migrate
from sink.rows import Positions, scored_tables
from sink.writer import MAKERS
from tests.clickhouse import EmbeddedClickHouse, insert_tables
from tests.scored_events import scored_event, scored_messages

COMMENT = re.compile(r".+ \[[^;\]]+; phi (none|token|identifier|quasi-identifier|staff|sealed); [^;\]]+\]")
WITHOUT_HASH = {"sink_ranges", "schema_migrations"}
NEW_ID = 9_999
NEW_FIELD = {"name": "risk_band", "type": ["null", "string"], "default": None, "doc": "Band of the risk."}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    embedded = EmbeddedClickHouse(tmp_path_factory.mktemp("clickhouse")).start()
    with embedded.client(autogenerate_session_id=False) as client:
        migrate(client, "grows")
        yield client
    assert embedded.stop() == 0


def test_every_column_says_what_it_is_its_unit_its_phi_class_and_its_source(client: Client) -> None:
    tables = "SELECT name FROM system.tables WHERE database = 'grows' AND engine LIKE '%MergeTree'"
    sql = f"SELECT table, name, comment FROM system.columns WHERE database = 'grows' AND table IN ({tables})"  # noqa: S608 - own names
    columns = client.query(sql).result_rows
    assert len(columns) > 400
    assert [f"{table}.{name}: {comment}" for table, name, comment in columns if not COMMENT.fullmatch(comment)] == []


def test_every_table_and_view_says_its_grain(client: Client) -> None:
    sql = """SELECT name FROM system.tables
             WHERE database = 'grows' AND engine != 'MaterializedView' AND comment NOT LIKE 'Grain: %'"""
    assert client.query(sql).result_rows == []


def test_every_row_of_facts_says_what_it_came_from(client: Client) -> None:
    sql = """SELECT t.name FROM system.tables AS t
             WHERE t.database = 'grows' AND t.engine IN ('MergeTree', 'ReplacingMergeTree') AND t.name NOT IN (
                 SELECT table FROM system.columns WHERE database = 'grows' AND name = '_hash')"""
    assert {name for (name,) in client.query(sql).result_rows} == WITHOUT_HASH


def test_sealed_columns_are_the_known_ones(client: Client) -> None:
    sql = "SELECT table, name FROM system.columns WHERE database = 'grows' AND comment LIKE '%; phi sealed; %'"
    assert client.query(sql).result_rows == [("dead_letters", "sealed_payload")]


def test_every_contract_that_is_no_input_of_the_claim_stage_reaches_a_table() -> None:
    elsewhere = {"claims.submitted", "intake.files", "history.rates"}
    assert set(MAKERS) == {contract.name for contract in ALL_CONTRACTS} - elsewhere


class GrownIds:
    """The checked-in ids and one of a version that is not out yet."""

    def __init__(self, contract: Contract) -> None:
        self._known = CheckedInIds()
        self._contract = contract

    def id_of(self, contract: Contract) -> int:
        return NEW_ID if contract is self._contract else self._known.id_of(contract)

    def schema_of(self, schema_id: int) -> str:
        return self._contract.text if schema_id == NEW_ID else self._known.schema_of(schema_id)


def test_an_added_field_appears_as_a_column_and_old_rows_stay_valid(client: Client) -> None:
    old = scored_messages([scored_event(n) for n in range(10)])
    now = ColumnarDecoder(CLAIMS_SCORED, CheckedInIds()).decode(old).frame
    insert_tables(client, scored_tables(now, Positions(0, range(10), [0] * 10)), lambda table: f"old{table}")

    schema = json.loads(CLAIMS_SCORED.text)
    schema["fields"].append(NEW_FIELD)
    grown = Contract(CLAIMS_SCORED.name, json.dumps(schema))
    add = "ALTER TABLE claims_header ADD COLUMN risk_band Nullable(String) COMMENT 'Band of the risk';"
    number = len(load()) + 1
    assert migrate(client, "grows", [*load(), Migration(number, "risk_band", add)]) == [f"{number:04d}_risk_band"]

    ids = GrownIds(grown)
    rows = [scored_event(n, risk_band="high") for n in range(10, 15)]
    new = ColumnarEncoder(grown, ids).encode(pl.DataFrame(rows, schema=frame_schema(grown.schema)))
    decoded = ColumnarDecoder(grown, ids).decode([*scored_messages([scored_event(20)]), *new])  # both ids in one batch
    assert decoded.undecodable == []
    tables = scored_tables(decoded.frame, Positions(0, range(10, 16), [0] * 6))
    insert_tables(client, tables, lambda table: f"new{table}")
    answer = "SELECT risk_band, count() FROM claims_header FINAL GROUP BY risk_band ORDER BY risk_band"
    assert client.query(answer).result_rows == [("high", 5), (None, 11)]
    assert client.query("SELECT sum(claims) FROM kpi_screening_daily").result_rows == [(16,)]
