"""Every schema version that was ever published stays readable, and none changes under its id."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastavro.schema import fingerprint, to_parsing_canonical_form
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.codec import ColumnarDecoder
from schemas.codec.records import encode_record
from schemas.contracts import ALL_CONTRACTS, AVRO_FOLDER, Contract
from schemas.registry import ID_TABLE, CheckedInIds
from tests.unit.schemas.avro_strategies import records

TABLE: dict[str, list[dict[str, Any]]] = json.loads(ID_TABLE.read_text())
VERSIONS = [(name, version) for name, versions in TABLE.items() for version in versions]
each_version = pytest.mark.parametrize(("name", "version"), VERSIONS, ids=str)


@each_version
def test_a_published_schema_is_never_changed_under_its_id(name: str, version: dict[str, Any]) -> None:
    schema = json.loads((AVRO_FOLDER / version["file"]).read_text())
    assert fingerprint(to_parsing_canonical_form(schema), "SHA-256") == version["fingerprint"], (
        f"{name} changed: keep the old file under its id and add the new one with a new id"
    )


def test_ids_are_unique_and_the_newest_version_is_the_contract() -> None:
    numbers = [version["id"] for _, version in VERSIONS]
    assert len(set(numbers)) == len(numbers)
    assert set(TABLE) == {contract.name for contract in ALL_CONTRACTS}
    for contract in ALL_CONTRACTS:
        assert (AVRO_FOLDER / TABLE[contract.name][-1]["file"]).read_text() == contract.text


class WritingVersion(CheckedInIds):
    """Ids of a producer that still writes this version."""

    def __init__(self, schema_id: int) -> None:
        super().__init__()
        self._schema_id = schema_id

    def id_of(self, contract: Contract) -> int:
        return self._schema_id


@each_version
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_version_can_be_read_as_the_contract_of_today(
    name: str, version: dict[str, Any], data: st.DataObject
) -> None:
    text = (AVRO_FOLDER / version["file"]).read_text()
    record = data.draw(records(json.loads(text)))
    message = encode_record(Contract(name, text), WritingVersion(version["id"]), record)
    today = next(contract for contract in ALL_CONTRACTS if contract.name == name)
    assert not ColumnarDecoder(today, CheckedInIds()).decode([message]).undecodable
