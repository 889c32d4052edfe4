"""Schema ids from the table and from a registry behave alike."""

from __future__ import annotations

import uuid

import pytest

from schemas.contracts import ALL_CONTRACTS, CLAIMS_SCORED
from schemas.errors import ContractError, DependencyError
from schemas.registry import CheckedInIds, RegistryIds, SchemaIds, schema_ids


@pytest.fixture(params=["table", "registry"])
def ids(request: pytest.FixtureRequest) -> SchemaIds:
    return CheckedInIds() if request.param == "table" else RegistryIds(f"mock://{uuid.uuid4()}")


def test_every_contract_has_an_id_of_its_own_that_leads_back_to_it(ids: SchemaIds) -> None:
    numbers = [ids.id_of(contract) for contract in ALL_CONTRACTS]
    assert len(set(numbers)) == len(ALL_CONTRACTS)
    for contract, number in zip(ALL_CONTRACTS, numbers, strict=True):
        assert ids.schema_of(number) == contract.text


def test_an_id_that_nobody_knows_is_a_broken_contract(ids: SchemaIds) -> None:
    with pytest.raises(ContractError, match="4711"):
        ids.schema_of(4711)


def test_a_registry_that_is_away_is_a_dependency_to_repair_not_poison() -> None:
    away = RegistryIds("http://127.0.0.1:9")
    with pytest.raises(DependencyError, match="SCHEMA_REGISTRY_URL"):
        away.schema_of(1)
    with pytest.raises(DependencyError, match="SCHEMA_REGISTRY_URL"):
        away.id_of(CLAIMS_SCORED)


def test_without_an_address_the_checked_in_table_is_used() -> None:
    assert isinstance(schema_ids(""), CheckedInIds)
