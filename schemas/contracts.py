"""The contracts: one Avro schema a topic, read from schemas/avro."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

AVRO_FOLDER = Path(__file__).parent / "avro"

AvroSchema = Any
"""A parsed .avsc: a string, a list (union) or a mapping, as the Avro specification defines it."""


@dataclass(frozen=True)
class Contract:
    """What one topic carries.

    Attributes:
        name: Name of the contract; also the default topic name and the registry subject's stem.
        text: The .avsc as it is in the repository.
    """

    name: str
    text: str

    @cached_property
    def schema(self) -> dict[str, AvroSchema]:
        """The schema as a mapping."""
        loaded: dict[str, AvroSchema] = json.loads(self.text)
        return loaded

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """Names of the top-level fields, in order."""
        return tuple(field["name"] for field in self.schema["fields"])

    @property
    def subject(self) -> str:
        """Subject name in a schema registry (topic name strategy)."""
        return f"{self.name}-value"


def load_contract(name: str, folder: Path = AVRO_FOLDER) -> Contract:
    """Read the contract of this name.

    Raises:
        FileNotFoundError: There is no such contract; the names are fixed in this module.
    """
    return Contract(name=name, text=(folder / f"{name}.avsc").read_text(encoding="utf-8"))


CLAIMS_SUBMITTED = load_contract("claims.submitted")
CLAIMS_SCORED = load_contract("claims.scored")
WORKQUEUE_ITEM = load_contract("workqueue.item")
DEAD_LETTER = load_contract("claims.dead-letter")
REMITS_RECEIVED = load_contract("remits.received")
ACKS_RECEIVED = load_contract("acks.received")
INTAKE_FILES = load_contract("intake.files")
CLAIMS_ADJUDICATED = load_contract("claims.adjudicated")
CLAIMS_LINEAGE = load_contract("claims.lineage")
ALERTS = load_contract("alerts")
HISTORY_RATES = load_contract("history.rates")
WORKQUEUE_ACTIONS = load_contract("workqueue.actions")
WORKQUEUE_CASE = load_contract("workqueue.case")

ALL_CONTRACTS = (
    CLAIMS_SUBMITTED,
    CLAIMS_SCORED,
    WORKQUEUE_ITEM,
    DEAD_LETTER,
    INTAKE_FILES,
    REMITS_RECEIVED,
    ACKS_RECEIVED,
    CLAIMS_ADJUDICATED,
    CLAIMS_LINEAGE,
    ALERTS,
    HISTORY_RATES,
    WORKQUEUE_ACTIONS,
    WORKQUEUE_CASE,
)
