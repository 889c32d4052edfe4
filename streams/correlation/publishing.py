"""Publishing: statements to records of their topics; signed ones are encoded already, the others are by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from processors.correlation.statements import BODIES, GONE, Statement
from schemas.codec import ColumnarEncoder
from schemas.codec.dtypes import frame_schema
from schemas.contracts import (
    ALERTS,
    CLAIMS_ADJUDICATED,
    CLAIMS_LINEAGE,
    HISTORY_RATES,
    WORKQUEUE_CASE,
    WORKQUEUE_ITEM,
)
from schemas.registry import SchemaIds
from schemas.wire import frame_header
from streams.correlation.reading import plain_type
from streams.correlation.sender import Record
from streams.topics import ALERT_EVENTS, RATES, case_queue, workqueue

Row = dict[str, Any]
_SIGNED = (CLAIMS_ADJUDICATED, CLAIMS_LINEAGE)
_CONTRACTS = (ALERTS, HISTORY_RATES, WORKQUEUE_CASE, WORKQUEUE_ITEM)


class Publisher:
    """Encodes statements.

    Args:
        ids: Schema ids.
    """

    def __init__(self, ids: SchemaIds) -> None:
        self._frames = {contract.name: frame_header(ids.id_of(contract)) for contract in _SIGNED}
        self._encoders = {contract.name: ColumnarEncoder(contract, ids) for contract in _CONTRACTS}
        self._logical = {contract.name: frame_schema(contract.schema) for contract in _CONTRACTS}
        self._physical = {
            name: pl.Schema({column: plain_type(kind) for column, kind in schema.items()})
            for name, schema in self._logical.items()
        }

    def records(self, statements: Iterable[Statement]) -> list[Record]:
        """Return the records, those of one topic in order.

        Args:
            statements: Statements of correlation; a case or item with status `gone` is a tombstone.
        """
        by_contract: dict[str, list[Row]] = {}
        records = []
        for one in statements:
            if one.body is not None:
                records.append(self._signed(one, one.body))
            else:
                by_contract.setdefault(one.contract, []).append(one.row)
        return records + [record for name, rows in by_contract.items() for record in self._encoded(name, rows)]

    def _signed(self, one: Statement, body: bytes) -> Record:
        value = self._frames[one.contract] + BODIES[one.contract].head.encode(one.said) + body
        return Record(one.contract, f"{one.said['tenant_id']}|{one.about}".encode(), value)

    def _encoded(self, name: str, rows: Sequence[Row]) -> Iterable[Record]:
        values = iter(self._values(name, [row for row in rows if not _ends(row)]))
        for row in rows:
            topic, key = _place(name, row)
            yield Record(topic, key.encode(), None if _ends(row) else next(values))

    def _values(self, name: str, rows: Sequence[Row]) -> list[bytes]:
        if not rows:
            return []
        frame = pl.DataFrame(rows, schema=self._physical[name]).cast(self._logical[name])
        return self._encoders[name].encode(frame)


def _ends(row: Row) -> bool:
    return bool(row.get("status") == GONE)


def _place(name: str, row: Row) -> tuple[str, str]:
    """Return topic and key of a row."""
    tenant = row["tenant_id"]
    if name == ALERT_EVENTS.name:
        return name, f"{tenant}|{row['alert_id']}"
    if name == RATES.name:
        return name, f"{tenant}|{row['measure']}|{row['scope']}|{row['key']}"
    if name == WORKQUEUE_ITEM.name:
        return workqueue(row["queue"]).name, f"{tenant}|{row['claim_id']}"
    return case_queue(row["queue"]).name, f"{tenant}|{row['lineage_id']}"
