"""What a processed batch becomes on Kafka: scored claims and workqueue items."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from processors.batch import ClaimBatch
from processors.lent import first_texts, read_known
from schemas.codec import ColumnarEncoder
from schemas.contracts import CLAIMS_SCORED, WORKQUEUE_ITEM
from schemas.registry import SchemaIds
from streams.topics import SCORED, WORKQUEUE_PREFIX
from streams.transaction import Message, keyed

SCORED_LINE_FIELDS = [
    field["name"]
    for field in next(f for f in CLAIMS_SCORED.schema["fields"] if f["name"] == "lines")["type"]["items"]["fields"]
]
FINDING_FIELDS = ["line_number", "rule_id", "severity", "message", "path", "value"]
_ITEM_FIELDS = [name for name in WORKQUEUE_ITEM.field_names if name not in ("rule_ids", "top_reason", "created_at")]


class ClaimOutput:
    """Encodes processed batches.

    Args:
        ids: Who knows the schema ids.
    """

    def __init__(self, ids: SchemaIds) -> None:
        self._scored = ColumnarEncoder(CLAIMS_SCORED, ids)
        self._items = ColumnarEncoder(WORKQUEUE_ITEM, ids)

    def messages(self, batch: ClaimBatch) -> dict[str, list[Message]]:
        """Return the messages of a batch by topic.

        Args:
            batch: A batch that went through the pipeline; its claims also have `source_partition` and
                `source_offset` of the message they came from.
        """
        scored = scored_frame(batch)
        keys = scored.select_seq(pl.concat_str("tenant_id", "claim_id", separator="|")).to_series().to_list()
        out = {SCORED.name: keyed(self._scored.encode(scored), keys)}
        out.update(self._workqueue_messages(batch, scored, keys))
        return out

    def _workqueue_messages(self, batch: ClaimBatch, scored: pl.DataFrame, keys: list[str]) -> dict[str, list[Message]]:
        rows = np.flatnonzero(read_known(scored[["queue"]])["queue"])
        if not len(rows):
            return {}
        by_topic: dict[str, list[Message]] = {}
        values = self._items.encode(workqueue_frame(batch, scored), rows)
        queues = scored["queue"].to_list()
        for row, value in zip(rows.tolist(), values, strict=True):
            queue = queues[row]
            by_topic.setdefault(WORKQUEUE_PREFIX + queue, []).append({"value": value, "key": keys[row]})
        return by_topic


def scored_frame(batch: ClaimBatch) -> pl.DataFrame:
    """Return one row a claim with the columns of the claims.scored contract.

    Lines and findings are in the order of the claims, so their lists are slices, not groups. Columns are put
    together without queries, which would cost a small batch more than the encoding.
    """
    claims = batch.claims
    now_us = int(batch.now.timestamp() * 1_000_000)
    made = [
        gathered(batch.lines[SCORED_LINE_FIELDS].to_struct("lines"), batch.lines["row"], batch.size),
        gathered(batch.findings[FINDING_FIELDS].to_struct("findings"), batch.findings["row"], batch.size),
        claims["source_partition"].alias("submitted_partition"),
        claims["source_offset"].alias("submitted_offset"),
        first_texts(claims["diagnosis_codes"]).column("principal_diagnosis"),
        pl.Series("scored_at", np.full(batch.size, now_us)).cast(pl.Datetime("us", "UTC")),
    ]
    return claims.hstack(made)


def gathered(values: pl.Series, rows: pl.Series, claims: int) -> pl.Series:
    """Gather values into one list a claim.

    Args:
        values: One value for each entry, claims in ascending order.
        rows: The claim's row for each of them.
        claims: Number of claims; one without values gets an empty list.
    """
    ends = np.zeros(claims + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows.to_numpy(), minlength=claims), out=ends[1:])
    lists = pl.Series(pa.LargeListArray.from_arrays(ends, values.to_arrow(compat_level=pl.CompatLevel.newest())))
    return lists.alias(values.name)


def workqueue_frame(batch: ClaimBatch, scored: pl.DataFrame) -> pl.DataFrame:
    """Return one row a claim with the columns of the workqueue.item contract; a claim without a queue is no item."""
    # A dictionary keeps the order; polars would plan a query, which costs a small batch more than all else here.
    fired = dict.fromkeys(zip(batch.findings["row"].to_list(), batch.findings["rule_id"].to_list(), strict=True))
    fired_rows = pl.Series([row for row, _ in fired], dtype=pl.UInt32)
    rule_ids = gathered(pl.Series("rule_ids", [rule for _, rule in fired], dtype=pl.String), fired_rows, batch.size)
    top_reason = first_texts(scored["reasons"], "reason").column("top_reason")
    return scored[_ITEM_FIELDS].hstack([rule_ids, top_reason, scored["scored_at"].alias("created_at")])
