"""The columnar codec against fastavro, and against damage."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.codec import ColumnarDecoder, ColumnarEncoder
from schemas.codec.dtypes import frame_schema
from schemas.codec.records import decode_record, encode_record
from schemas.contracts import ALL_CONTRACTS, CLAIMS_SUBMITTED, DEAD_LETTER, WORKQUEUE_ITEM, Contract
from schemas.errors import ContractError
from schemas.registry import CheckedInIds
from tests.unit.schemas.avro_strategies import records

IDS = CheckedInIds()
STRATEGIES = {contract.name: records(contract.schema) for contract in ALL_CONTRACTS}
by_contract = pytest.mark.parametrize("contract", ALL_CONTRACTS, ids=lambda c: c.name)
some_examples = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@by_contract
@some_examples
@given(data=st.data())
def test_any_record_that_fastavro_writes_is_read_by_column(contract: Contract, data: st.DataObject) -> None:
    written = data.draw(st.lists(STRATEGIES[contract.name], min_size=1, max_size=4))
    decoded = ColumnarDecoder(contract, IDS).decode([encode_record(contract, IDS, r) for r in written])
    assert not decoded.undecodable
    assert decoded.frame.drop("message_index").to_dicts() == written


@by_contract
@some_examples
@given(data=st.data())
def test_any_record_written_by_column_is_what_fastavro_writes(contract: Contract, data: st.DataObject) -> None:
    written = data.draw(st.lists(STRATEGIES[contract.name], min_size=1, max_size=4))
    frame = pl.DataFrame(written, schema=frame_schema(contract.schema))
    messages = ColumnarEncoder(contract, IDS).encode(frame)
    assert messages == [encode_record(contract, IDS, record) for record in written]
    assert [decode_record(contract, IDS, message) for message in messages] == written


@by_contract
def test_an_empty_frame_becomes_no_message_and_no_message_an_empty_frame(contract: Contract) -> None:
    frame = pl.DataFrame(schema=frame_schema(contract.schema))
    assert ColumnarEncoder(contract, IDS).encode(frame) == []
    decoded = ColumnarDecoder(contract, IDS).decode([])
    assert decoded.frame.height == 0
    assert set(contract.field_names) <= set(decoded.frame.columns)


def item(number: int) -> dict[str, Any]:
    return {
        "event_id": f"event-{number}", "tenant_id": "t", "claim_id": f"c{number}", "source": "test", "_hash": "",
        "queue": "edit_fix", "priority": number, "disposition": "review", "payer_id": None,
        "total_charge_cents": 100 * number, "expected_allowed_cents": None, "approval_probability": 0.5,
        "top_reason": None, "rule_ids": ["a", "b"], "created_at": item_time(),
        "patient_control_token": None,
    }  # fmt: skip


def item_time() -> Any:
    from datetime import UTC, datetime  # noqa: PLC0415 - only this helper needs it

    return datetime(2026, 11, 1, tzinfo=UTC)


def messages(count: int) -> list[bytes | None]:
    return [encode_record(WORKQUEUE_ITEM, IDS, item(n)) for n in range(count)]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda m: m[:-1], "cannot be read"),
        (lambda m: m + b"\x00", "1 bytes too many"),
        (lambda m: m[:5], "cannot be read"),
        (lambda m: m[:3], "not framed"),
        (lambda m: b"\x01" + m[1:], "not framed"),
        (lambda m: m[:5] + b"\xff" * 40, "cannot be read"),
        (lambda m: b"\x00\x00\x00\x00\x63" + m[5:], "99 is unknown"),
        (lambda _: None, "not framed"),
        (lambda _: b"", "not framed"),
    ],
    ids=["truncated", "too long", "no body", "no header", "no magic", "garbage", "unknown id", "tombstone", "empty"],
)
@pytest.mark.parametrize("position", [0, 3, 6])
def test_a_damaged_message_is_told_apart_and_the_others_are_read(damage: Any, reason: str, position: int) -> None:
    batch = messages(7)
    batch[position] = damage(batch[position])
    decoded = ColumnarDecoder(WORKQUEUE_ITEM, IDS).decode(batch)
    assert [u.index for u in decoded.undecodable] == [position]
    assert reason in decoded.undecodable[0].reason
    assert decoded.frame["message_index"].to_list() == [i for i in range(7) if i != position]
    assert decoded.frame["priority"].to_list() == [i for i in range(7) if i != position]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_random_damage_never_raises_and_never_changes_a_neighbour(data: st.DataObject) -> None:
    batch = messages(5)
    position = data.draw(st.integers(0, 4))
    raw = bytearray(batch[position] or b"")
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    batch[position] = bytes(raw[: data.draw(st.integers(0, len(raw)))])
    decoded = ColumnarDecoder(WORKQUEUE_ITEM, IDS).decode(batch)
    rows = {row["message_index"]: row for row in decoded.frame.to_dicts()}
    assert set(rows) | {u.index for u in decoded.undecodable} == set(range(5))
    for index in set(range(5)) - {position}:
        assert {k: v for k, v in rows[index].items() if k != "message_index"} == item(index)


def test_a_reason_holds_nothing_of_the_payload() -> None:
    letter = b"\x00\x00\x00\x00\x04" + b"\x18ZZCANARY-NAME" * 3
    decoded = ColumnarDecoder(DEAD_LETTER, IDS).decode([letter])
    assert "CANARY" not in str(decoded.undecodable)


def test_a_null_that_the_contract_forbids_is_refused_with_its_field() -> None:
    frame = pl.DataFrame([item(1)], schema=frame_schema(WORKQUEUE_ITEM.schema)).with_columns(
        queue=pl.lit(None, dtype=pl.String)
    )
    with pytest.raises(ContractError, match="queue"):
        ColumnarEncoder(WORKQUEUE_ITEM, IDS).encode(frame)


def test_long_columns_with_nulls_here_and_there_are_written_as_fastavro_writes_them() -> None:
    rows = [
        item(n) | {"payer_id": None if n % 3 else "p" * (n % 200), "expected_allowed_cents": None if n % 5 else n**4}
        for n in range(1_000)
    ]
    frame = pl.DataFrame(rows, schema=frame_schema(WORKQUEUE_ITEM.schema))
    # A frame that was computed has nulls over bytes of its own: what stands there must not be written.
    masked = frame.with_columns(top_reason=pl.when(pl.col("priority") % 2 == 0).then("claim_id"))
    expected = [row | {"top_reason": None if row["priority"] % 2 else row["claim_id"]} for row in rows]
    written = ColumnarEncoder(WORKQUEUE_ITEM, IDS).encode(masked)
    assert written == [encode_record(WORKQUEUE_ITEM, IDS, row) for row in expected]


def test_a_missing_column_is_refused() -> None:
    frame = pl.DataFrame([item(1)], schema=frame_schema(WORKQUEUE_ITEM.schema)).drop("queue")
    with pytest.raises(ContractError, match=r"workqueue\.item"):
        ColumnarEncoder(WORKQUEUE_ITEM, IDS).encode(frame)


@by_contract
@some_examples
@given(data=st.data())
def test_any_part_of_a_frame_is_written_as_fastavro_writes_it(contract: Contract, data: st.DataObject) -> None:
    records_ = data.draw(st.lists(STRATEGIES[contract.name], min_size=3, max_size=6))
    frame = pl.DataFrame(records_, schema=frame_schema(contract.schema))
    start, length = data.draw(st.integers(0, 2)), data.draw(st.integers(1, 3))
    parts = pl.concat([frame[start : start + length], frame[:1], frame.filter(pl.int_range(pl.len()) % 2 == 1)])
    expected = [*records_[start : start + length], records_[0], *records_[1::2]]
    assert ColumnarEncoder(contract, IDS).encode(parts) == [encode_record(contract, IDS, r) for r in expected]


def test_messages_far_larger_than_those_before_get_the_room_they_need() -> None:
    encoder = ColumnarEncoder(WORKQUEUE_ITEM, IDS)
    schema = frame_schema(WORKQUEUE_ITEM.schema)
    for size in (1, 100_000, 10):
        rows = [item(n) | {"top_reason": "x" * size * n} for n in range(4)]
        assert encoder.encode(pl.DataFrame(rows, schema=schema)) == [
            encode_record(WORKQUEUE_ITEM, IDS, row) for row in rows
        ]


def test_columns_of_other_types_are_cast() -> None:
    frame = pl.DataFrame([item(7)], schema=frame_schema(WORKQUEUE_ITEM.schema))
    other = frame.with_columns(pl.col("priority").cast(pl.Int16), pl.col("queue").cast(pl.Categorical))
    assert ColumnarEncoder(WORKQUEUE_ITEM, IDS).encode(other) == [encode_record(WORKQUEUE_ITEM, IDS, item(7))]


def test_fields_of_a_record_in_another_order_are_never_taken_for_each_other() -> None:
    shuffled = pl.Series("lines", [[{"b": 1, "a": 2}]]).to_frame()
    contract = Contract("shuffled", json.dumps(SHUFFLED))
    with pytest.raises(ContractError, match="lines"):
        ColumnarEncoder(contract, AnyId()).encode(shuffled)


def test_a_schema_deeper_than_compiled_code_has_room_for_is_refused() -> None:
    nested: Any = "long"
    for _ in range(17):
        nested = {"type": "array", "items": nested}
    deep = {"type": "record", "name": "Deep", "fields": [{"name": "a", "type": nested}]}
    with pytest.raises(ContractError, match="17 deep"):
        ColumnarEncoder(Contract("deep", json.dumps(deep)), AnyId())


SHUFFLED = {
    "type": "record", "name": "Shuffled", "fields": [{"name": "lines", "type": {"type": "array", "items": {
        "type": "record", "name": "Line", "fields": [{"name": "a", "type": "long"}, {"name": "b", "type": "long"}],
    }}}],
}  # fmt: skip


class AnyId(CheckedInIds):
    def id_of(self, contract: Contract) -> int:
        return 1


class TwoVersions(CheckedInIds):
    """An older writer: without one field, with one that is gone, with one under its old name."""

    OLD_ID = 900

    def schema_of(self, schema_id: int) -> str:
        if schema_id != self.OLD_ID:
            return super().schema_of(schema_id)
        schema = json.loads(CLAIMS_SUBMITTED.text)
        schema["fields"] = [f for f in schema["fields"] if f["name"] != "touch_count"]
        schema["fields"].append({"name": "forgotten", "type": "string"})
        line = next(f for f in schema["fields"] if f["name"] == "lines")["type"]["items"]
        line["fields"] = [f for f in line["fields"] if f["name"] != "unit_basis"]
        return json.dumps(schema)

    def id_of(self, contract: Contract) -> int:
        return self.OLD_ID if contract.name == "old" else super().id_of(contract)


@some_examples
@given(new=STRATEGIES["claims.submitted"], old=STRATEGIES["claims.submitted"])
def test_old_and_new_schema_ids_are_read_in_one_batch(new: dict[str, Any], old: dict[str, Any]) -> None:
    ids = TwoVersions()
    old_contract = Contract("old", ids.schema_of(ids.OLD_ID))
    stored = {k: v for k, v in old.items() if k != "touch_count"} | {"forgotten": "x"}
    stored["lines"] = [{k: v for k, v in line.items() if k != "unit_basis"} for line in old["lines"]]
    batch: list[bytes | None] = [
        encode_record(old_contract, ids, stored),
        encode_record(CLAIMS_SUBMITTED, ids, new),
        encode_record(old_contract, ids, stored),
    ]
    decoded = ColumnarDecoder(CLAIMS_SUBMITTED, ids).decode(batch)
    assert not decoded.undecodable
    upgraded = old | {"touch_count": None, "lines": [line | {"unit_basis": "UN"} for line in old["lines"]]}
    assert decoded.frame.drop("message_index").to_dicts() == [upgraded, new, upgraded]
