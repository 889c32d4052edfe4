"""Signed statements: what was said about a subject is taken back before something else is said.

What was said is kept as it was encoded, from the field behind `as_of` on: taking it back needs a new head, not the row.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import fastavro

from schemas.codec.remembered import RowWriter
from schemas.contracts import CLAIMS_ADJUDICATED, CLAIMS_LINEAGE, AvroSchema, Contract

Row = dict[str, Any]
Said = dict[str, list[Any]]
"""By subject: number of the last statement; lineage, hash and encoded body of its row, all None when taken back."""

SOURCE = "correlation"
GONE = "gone"
"""Status of the tombstone of an item in a workqueue."""


class Body:
    """The part of a signed contract that says something; before it stands the head: who, when, which sign.

    Args:
        contract: A contract with `sign`; its head ends with `as_of`.
    """

    def __init__(self, contract: Contract) -> None:
        fields = contract.schema["fields"]
        begin = contract.field_names.index("as_of") + 1
        self.head = RowWriter(fields[:begin], fresh=("event_id", "_hash", "as_of"))
        self._writer = RowWriter(fields[begin:])
        self._parsed = fastavro.parse_schema({"type": "record", "name": "Body", "fields": _plain(fields[begin:])})

    def encode(self, row: Row) -> bytes:
        """Return a row without its head, encoded."""
        return self._writer.encode(row)

    def decode(self, encoded: bytes) -> Row:
        """Return the row; dates are days and instants microseconds since 1970, as in what was encoded."""
        row: Row = fastavro.schemaless_reader(io.BytesIO(encoded), self._parsed, None)
        return row


def _plain(schema: AvroSchema) -> AvroSchema:
    """Return a schema without logical types."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if isinstance(schema, dict):
        return {name: _plain(value) for name, value in schema.items() if name not in ("logicalType", "default")}
    return schema


BODIES: Mapping[str, Body] = {one.name: Body(one) for one in (CLAIMS_ADJUDICATED, CLAIMS_LINEAGE)}


def standing(said: Said, contract: str) -> dict[str, Row]:
    """Return the rows that stand, by subject, without their heads."""
    return {subject: BODIES[contract].decode(body) for subject, (_, _, _, body) in said.items() if body is not None}


@dataclass(eq=False)
class Statement:
    """One event to publish; not to be changed (a frozen class takes three times as long to make).

    Attributes:
        contract: Name of its contract.
        said: Its fields; of a signed statement the head alone.
        about: Lineage of a signed statement, its subject where there is none.
        body: Encoded body of a signed statement.
        stated: The row that a signed statement states, without its head; None when it takes one back.
    """

    contract: str
    said: Row
    about: str | None = None
    body: bytes | None = None
    stated: Row | None = None

    @cached_property
    def row(self) -> Row:
        """All fields."""
        if self.body is None:
            return self.said
        return {**(self.stated or BODIES[self.contract].decode(self.body)), **self.said}


def event_id(*parts: object) -> str:
    """Return the id of an event made of these parts: the same on every replay."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]


def restate(said: Said, contract: str, rows: Mapping[str, Row], as_of: int, key: str) -> Iterator[Statement]:
    """Yield what must be said so that the rows hold, and remember it.

    Args:
        said: What was said before; is brought up to date.
        contract: Contract of the rows.
        rows: Rows that hold now, by subject.
        as_of: Receipt of the input that made them known.
        key: Key of the account: part of the event ids, since an adjustment may move from one account to another.
    """
    encode = BODIES[contract].encode
    for subject in [name for name, (_, _, _, body) in said.items() if body is not None and name not in rows]:
        before = said[subject]
        said[subject] = [before[0], None, None, None]
        yield _taken_back(contract, key, subject, before, as_of)
    for subject, row in rows.items():
        before = said.get(subject, _NEVER)
        body = encode(row)
        if before[3] == body and before[2] == row["_hash"]:
            continue
        if before[3] is not None:
            yield _taken_back(contract, key, subject, before, as_of)
        revision = before[0] + 1
        said[subject] = [revision, row["lineage_id"], row["_hash"], body]
        head = _head(contract, (key, subject, revision, 1), row["_hash"], as_of, row["tenant_id"])
        yield Statement(contract, head, row["lineage_id"] or subject, body, row)


_NEVER = [0, None, None, None]


def _taken_back(contract: str, key: str, subject: str, before: list[Any], as_of: int) -> Statement:
    revision, lineage_id, digest, body = before
    head = _head(contract, (key, subject, revision, -1), digest, as_of, key.split("|", 2)[1])
    return Statement(contract, head, lineage_id or subject, body)


def _head(contract: str, name: tuple[str, str, int, int], digest: str, as_of: int, tenant_id: str) -> Row:
    _, _, revision, sign = name
    return {"event_id": event_id(contract, *name), "tenant_id": tenant_id, "source": SOURCE, "_hash": digest,
            "sign": sign, "revision": revision, "as_of": as_of}  # fmt: skip
