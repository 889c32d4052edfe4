"""What a processed batch becomes on Kafka: scored claims and workqueue items."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from processors.batch import ClaimBatch
from schemas.codec import ColumnarEncoder
from schemas.contracts import CLAIMS_SCORED, WORKQUEUE_ITEM
from schemas.registry import SchemaIds
from streams.topics import SCORED, WORKQUEUE_PREFIX
from streams.transaction import Message, keyed

SCORED_LINE_FIELDS = tuple(
    field["name"]
    for field in next(f for f in CLAIMS_SCORED.schema["fields"] if f["name"] == "lines")["type"]["items"]["fields"]
)
FINDING_FIELDS = ("line_number", "rule_id", "severity", "message", "path", "value")
_ITEM_ADDRESS = ("queue", "tenant_id", "claim_id")


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
        keys = scored.select(pl.concat_str("tenant_id", pl.lit("|"), "claim_id")).to_series().to_list()
        out = {SCORED.name: keyed(self._scored.encode(scored), keys)}
        out.update(self._workqueue_messages(batch, scored))
        return out

    def _workqueue_messages(self, batch: ClaimBatch, scored: pl.DataFrame) -> dict[str, list[Message]]:
        items = workqueue_frame(batch, scored)
        if not items.height:
            return {}
        values = self._items.encode(items)
        by_topic: dict[str, list[Message]] = {}
        for queue, tenant_id, claim_id, value in zip(*(items[c] for c in _ITEM_ADDRESS), values, strict=True):
            message = {"value": value, "key": f"{tenant_id}|{claim_id}"}
            by_topic.setdefault(WORKQUEUE_PREFIX + queue, []).append(message)
        return by_topic


def scored_frame(batch: ClaimBatch) -> pl.DataFrame:
    """Return one row a claim with the columns of the claims.scored contract.

    Lines and findings are in the order of the claims, so their lists are slices, not groups.
    """
    lines = gathered(batch.lines.select(SCORED_LINE_FIELDS).to_struct("lines"), batch.lines["row"], batch.size)
    found = batch.findings.select(FINDING_FIELDS).to_struct("findings")
    findings = gathered(found, batch.findings["row"], batch.size)
    claims = batch.claims
    if "set_token" not in claims.columns:
        claims = claims.with_columns(set_token=pl.lit(None, dtype=pl.String))
    return claims.with_columns(
        lines,
        findings,
        pl.col("source_partition").alias("submitted_partition"),
        pl.col("source_offset").alias("submitted_offset"),
        pl.col("diagnosis_codes").list.first().alias("principal_diagnosis"),
        pl.lit(batch.now, dtype=pl.Datetime("us", "UTC")).alias("scored_at"),
    )


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
    """Return one row a claim that goes to a queue, with the columns of the workqueue.item contract."""
    fired = batch.findings.select("row", "rule_id").unique(maintain_order=True)
    rule_ids = gathered(fired["rule_id"].alias("rule_ids"), fired["row"], batch.size)
    return (
        scored.hstack([rule_ids])
        .filter(pl.col("queue").is_not_null())
        .with_columns(
            pl.col("reasons").list.first().struct.field("reason").alias("top_reason"),
            pl.col("scored_at").alias("created_at"),
        )
    )
