"""Schema ids: from the table in the repository, or from a Confluent-compatible registry."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from schemas.contracts import AVRO_FOLDER, Contract
from schemas.errors import ContractError, DependencyError

if TYPE_CHECKING:  # the client's libraries take 20 MB: only who has a registry loads them
    from confluent_kafka.schema_registry import Schema

ID_TABLE = Path(__file__).parent / "schema_ids.json"
HTTP_NOT_FOUND = 404


class SchemaIds(Protocol):
    """Who knows which schema an id stands for."""

    def id_of(self, contract: Contract) -> int:
        """Return the id that messages of this contract are written with.

        Raises:
            ContractError: The contract is not registered.
            DependencyError: The registry does not answer.
        """

    def schema_of(self, schema_id: int) -> str:
        """Return the .avsc text of an id.

        Raises:
            ContractError: Nobody knows the id: the message is poison.
            DependencyError: The registry does not answer: try again, the message may be good.
        """


class CheckedInIds:
    """The id table of the repository, for systems without a registry.

    Args:
        table: JSON file: contract name -> list of {"id", "file", "fingerprint"}, oldest first, files in schemas/avro.
    """

    def __init__(self, table: Path = ID_TABLE) -> None:
        self._table = table

    @cached_property
    def _versions(self) -> dict[str, list[dict[str, str | int]]]:
        loaded: dict[str, list[dict[str, str | int]]] = json.loads(self._table.read_text(encoding="utf-8"))
        return loaded

    @cached_property
    def _files(self) -> dict[int, str]:
        return {int(v["id"]): str(v["file"]) for versions in self._versions.values() for v in versions}

    def id_of(self, contract: Contract) -> int:
        """Return the newest id of the contract."""
        versions = self._versions.get(contract.name)
        if not versions:
            msg = f"The contract {contract.name} has no schema id."
            raise ContractError(msg, f"Add it to {self._table.name}.")
        return int(versions[-1]["id"])

    def schema_of(self, schema_id: int) -> str:
        """Return the .avsc text of an id in the table."""
        file = self._files.get(schema_id)
        if file is None:
            msg = f"Schema id {schema_id} is unknown."
            raise ContractError(msg, "Register the schema, or set SCHEMA_REGISTRY_URL to the registry that knows it.")
        return (AVRO_FOLDER / file).read_text(encoding="utf-8")


class RegistryIds:
    """A Confluent-compatible schema registry (Karapace, Confluent), through its client.

    Args:
        url: Address of the registry; mock:// addresses give the client's in-memory registry.
    """

    def __init__(self, url: str) -> None:
        from confluent_kafka.schema_registry import SchemaRegistryClient  # noqa: PLC0415 - see above

        self._url = url
        self._client = SchemaRegistryClient.new_client({"url": url})

    def id_of(self, contract: Contract) -> int:
        """Register the contract under its subject (a no-op when it is known) and return its id."""
        from confluent_kafka.schema_registry import Schema  # noqa: PLC0415 - see above
        from confluent_kafka.schema_registry.error import SchemaRegistryError  # noqa: PLC0415 - see above

        try:
            schema_id: int = self._client.register_schema(contract.subject, Schema(contract.text, "AVRO"))
        except SchemaRegistryError as error:
            msg = f"The schema registry refused {contract.subject}: {error.error_message}."
            raise ContractError(msg, "Make the change backward compatible, or fix the subject's settings.") from error
        except Exception as error:  # the client lets transport errors of its HTTP library through
            raise self._away() from error
        return schema_id

    def schema_of(self, schema_id: int) -> str:
        """Return the .avsc text that the registry holds for an id; the client caches it."""
        from confluent_kafka.schema_registry.error import SchemaRegistryError  # noqa: PLC0415 - see above

        try:
            schema: Schema = self._client.get_schema(schema_id)
        except SchemaRegistryError as error:
            if error.http_status_code == HTTP_NOT_FOUND:
                msg = f"Schema id {schema_id} is unknown to the registry."
                raise ContractError(msg, "Publish with a schema that is registered there.") from error
            raise self._away() from error
        except Exception as error:  # the client lets transport errors of its HTTP library through
            raise self._away() from error
        return str(schema.schema_str)

    def _away(self) -> DependencyError:
        msg = f"The schema registry at {self._url} does not answer."
        return DependencyError(msg, "Start it, or correct SCHEMA_REGISTRY_URL.")


def schema_ids(registry_url: str = "") -> SchemaIds:
    """Return the ids of the registry at this address, or the checked-in table without one."""
    return RegistryIds(registry_url) if registry_url else CheckedInIds()
