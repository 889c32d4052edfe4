"""Publishing: statements to records of their topics; of signed ones the bodies are encoded already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from processors.correlation.statements import BODIES, GONE, Statement
from schemas.codec.remembered import RowWriter
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
from streams.correlation.sender import Record
from streams.topics import ALERT_EVENTS, RATES, case_queue, workqueue

Row = dict[str, Any]
_SIGNED = (CLAIMS_ADJUDICATED, CLAIMS_LINEAGE)
_WHOLE = (ALERTS, HISTORY_RATES, WORKQUEUE_CASE, WORKQUEUE_ITEM)
_FRESH = ("event_id", "_hash", "as_of", "rate", "prior_rate")
"""Fields whose values seldom come again."""


class Publisher:
    """Encodes statements.

    Args:
        ids: Schema ids.
    """

    def __init__(self, ids: SchemaIds) -> None:
        self._frames = {contract.name: frame_header(ids.id_of(contract)) for contract in (*_SIGNED, *_WHOLE)}
        self._heads = {contract.name: BODIES[contract.name].head for contract in _SIGNED}
        self._writers = {contract.name: RowWriter(contract.schema["fields"], fresh=_FRESH) for contract in _WHOLE}

    def records(self, statements: Iterable[Statement]) -> list[Record]:
        """Return the records, in order.

        Args:
            statements: Statements of correlation; a case or item with status `gone` is a tombstone.
        """
        return [self._whole(one) if one.body is None else self._signed(one, one.body) for one in statements]

    def _signed(self, one: Statement, body: bytes) -> Record:
        value = self._frames[one.contract] + self._heads[one.contract].encode(one.said) + body
        return Record(one.contract, f"{one.said['tenant_id']}|{one.about}".encode(), value)

    def _whole(self, one: Statement) -> Record:
        name, row = one.contract, one.said
        topic, key = _place(name, row)
        value = None if _ends(row) else self._frames[name] + self._writers[name].encode(row)
        return Record(topic, key.encode(), value)


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
