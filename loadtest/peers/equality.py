"""Whether engines answer the same: findings and probabilities of a sample, claim by claim."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from fastavro import parse_schema, schemaless_reader

from schemas.contracts import CLAIMS_SCORED

_HEADER_BYTES = 5
TOLERANCE = 1e-6
"""Probabilities are float32 inside the model; the releases of its runtime differ between Java and Python."""


@dataclass(frozen=True)
class Answer:
    """What an engine says of a claim: the rules that fired with their lines, and the approval probability."""

    findings: frozenset[tuple[str, int | None, str]]
    approval: float


def answers_of(engine: str, values: Iterable[bytes]) -> dict[str, Answer]:
    """Read answers from the topic of an engine.

    Args:
        engine: Name of the engine; claimstream writes claims.scored, all others the peers' schema.
        values: Messages with the five bytes of framing.
    """
    text = CLAIMS_SCORED.text if engine == "claimstream" else _peer_schema()
    schema = parse_schema(json.loads(text))
    answers: dict[str, Answer] = {}
    for value in values:
        record: Any = schemaless_reader(BytesIO(value[_HEADER_BYTES:]), schema, None)
        found = frozenset((f["rule_id"], f["line_number"], f["severity"]) for f in record["findings"])
        answers[record["event_id"]] = Answer(found, record["approval_probability"])
    return answers


def differences(one: Mapping[str, Answer], other: Mapping[str, Answer]) -> tuple[int, int, float]:
    """Compare the claims that two engines have in common.

    Returns:
        How many those are, how many of them have other findings or another probability, and the largest
        difference of probabilities.
    """
    both = one.keys() & other.keys()
    gaps = {claim: abs(one[claim].approval - other[claim].approval) for claim in both}
    unequal = sum(one[c].findings != other[c].findings or gaps[c] > TOLERANCE for c in both)
    return len(both), unequal, max(gaps.values(), default=0.0)


def _peer_schema() -> str:
    return (Path(__file__).parent / "scored.avsc").read_text(encoding="utf-8")
