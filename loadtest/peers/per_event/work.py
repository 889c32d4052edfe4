"""What every engine in Python does with one claim: read, check, score, decide, write.

Written as a user of these engines would: fastavro for Avro, rules as plain code, one run of the model an event on one
thread. pydantic is left out: the contract has checked the types already, and the peers are faster without it.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from fastavro import parse_schema, schemaless_reader, schemaless_writer

from loadtest.peers.per_event.features import features

HOME = Path(os.environ.get("PEER_HOME", "."))
"""Folder with what the comparison made: rules, model and schemas."""

IN_TOPIC = "claims.submitted"
BOOTSTRAP = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
OUT_TOPIC = os.environ.get("PEER_TOPIC", "peer.out")
REVIEW_BELOW = 0.6

_HEADER_BYTES = 5
_HEADER = b"\0\0\0\0\1"


class Worker:
    """The work on a claim, whatever engine brings it."""

    def __init__(self) -> None:
        self._read_schema = parse_schema(json.loads((HOME / "claims.submitted.avsc").read_text(encoding="utf-8")))
        self._write_schema = parse_schema(json.loads((HOME / "scored.avsc").read_text(encoding="utf-8")))
        self._find = importlib.import_module("peer_rules").find
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            (HOME / "model.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[-1].name

    def process(self, value: bytes) -> bytes:
        """Return the answer to one message."""
        claim = self.read(value)
        return self.answer(claim, self.approval([features(claim)])[0])

    def process_many(self, values: Sequence[bytes]) -> list[bytes]:
        """Return the answers to several messages: the model runs once, the rest claim by claim."""
        claims = [self.read(value) for value in values]
        approvals = self.approval([features(claim) for claim in claims])
        return [self.answer(claim, approval) for claim, approval in zip(claims, approvals, strict=True)]

    def read(self, value: bytes) -> dict[str, Any]:
        """Return the claim of a message."""
        stream = BytesIO(value)
        stream.seek(_HEADER_BYTES)
        claim: dict[str, Any] = schemaless_reader(stream, self._read_schema, None)
        return claim

    def approval(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """Return the approval probability of rows of features."""
        matrix = np.array(rows, dtype=np.float32)
        denied = self._session.run([self._output], {self._input: matrix})[0][:, 1]
        result: list[float] = (1.0 - denied.astype(np.float64)).tolist()
        return result

    def answer(self, claim: Mapping[str, Any], approval: float) -> bytes:
        """Return the message that says what was found."""
        found = self._find(claim)
        scored = {
            "event_id": claim["event_id"],
            "tenant_id": claim["tenant_id"],
            "claim_id": claim["claim_id"],
            "payer_id": claim["payer_id"],
            "total_charge_cents": claim["total_charge_cents"],
            "disposition": disposition(found, approval),
            "approval_probability": approval,
            "findings": [{"rule_id": rule, "line_number": line, "severity": grave} for rule, line, grave in found],
        }
        stream = BytesIO(_HEADER)
        stream.seek(_HEADER_BYTES)
        schemaless_writer(stream, self._write_schema, scored)
        return stream.getvalue()


def disposition(found: Sequence[tuple[str, int | None, str]], approval: float) -> str:
    """Return rejected, review or ready."""
    gravest = {severity for _, _, severity in found}
    if "error" in gravest:
        return "rejected"
    return "review" if "warning" in gravest or approval < REVIEW_BELOW else "ready"
