"""The forty rules of the comparison: written once as data, turned into what each engine runs.

A rule fires where all its conditions hold; a comparison with a missing value holds nowhere. The same data becomes
plain Python for the engines in Python, plain Java for Kafka Streams, and a rule pack for claimstream, so that every
engine runs code as its users would write it and none interprets anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

FILE = Path(__file__).parent / "rules.json"

DERIVED = {
    "line_count": "int",
    "line_charge_cents": "long",
    "diagnosis_count": "int",
    "billing_npi_valid": "boolean?",
    "rendering_npi_valid": "boolean?",
}
"""Facts that are no fields of the claim, with their types; every engine works them out once a claim."""

Level = Literal["claim", "line"]


@dataclass(frozen=True)
class Condition:
    """A comparison.

    Attributes:
        field: Field of the claim or its line, or a derived fact.
        op: is null, is not null, true, false, in, not in, or a comparison as SQL writes it.
        value: What it is compared with: a number, a text, a list of texts, or the name of another field.
        other: Whether the value names another field.
    """

    field: str
    op: str
    value: Any = None
    other: bool = False

    @classmethod
    def of(cls, parts: list[Any]) -> Condition:
        """Read a condition."""
        field, op, *rest = parts
        if not rest:
            return cls(field, op)
        if isinstance(rest[0], dict):
            return cls(field, op, rest[0]["field"], other=True)
        return cls(field, op, rest[0])


@dataclass(frozen=True)
class Rule:
    """A rule: all its conditions, and how grave it is."""

    id: str
    level: Level
    severity: str
    when: tuple[Condition, ...]


@cache
def load_rules() -> tuple[Rule, ...]:
    """Return the rules in their order."""
    raw = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(Rule(r["id"], r["level"], r["severity"], tuple(map(Condition.of, r["when"]))) for r in raw)


def field_types(schema: dict[str, Any]) -> dict[tuple[Level, str], str]:
    """Return the type of every plain field, by level; a question mark follows where null is allowed.

    Args:
        schema: Avro schema of claims.submitted.
    """
    lines = next(f for f in schema["fields"] if f["name"] == "lines")["type"]["items"]
    types: dict[tuple[Level, str], str] = {("claim", name): kind for name, kind in DERIVED.items()}
    levels: tuple[tuple[Level, list[dict[str, Any]]], ...] = (("claim", schema["fields"]), ("line", lines["fields"]))
    for level, fields in levels:
        for field in fields:
            kind, null = field["type"], ""
            if isinstance(kind, list):
                kind, null = kind[1], "?"
            if isinstance(kind, dict):
                kind = kind.get("logicalType", kind["type"])
            types[level, field["name"]] = kind + null
    return types
