"""What a processed batch becomes on Kafka: scored claims and workqueue items."""

from __future__ import annotations

import polars as pl

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
FINDING_FIELDS = ("line_number", "rule_id", "severity", "message", "path")
_ITEM_ADDRESS = ("queue", "tenant_id", "claim_id")
_SEVERITY_ORDER = {"error": 0, "warning": 1, "info": 2}


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

    Lines and findings are gathered into list columns by run length: both frames are in row order, so the
    lists are slices, not groups.
    """
    lines = _lists(batch.lines, SCORED_LINE_FIELDS, batch.size, "lines")
    findings = _lists(batch.findings.sort("row", maintain_order=True), FINDING_FIELDS, batch.size, "findings")
    return batch.claims.with_columns(
        lines,
        findings,
        pl.col("source_partition").alias("submitted_partition"),
        pl.col("source_offset").alias("submitted_offset"),
        pl.col("diagnosis_codes").list.first().alias("principal_diagnosis"),
        pl.lit(batch.now, dtype=pl.Datetime("us", "UTC")).alias("scored_at"),
    )


def _lists(frame: pl.DataFrame, fields: tuple[str, ...], rows: int, name: str) -> pl.Series:
    """Gather the rows of a frame (sorted by `row`) into one list of structs a claim."""
    grouped = frame.group_by("row", maintain_order=True).agg(pl.struct(fields).alias(name))
    every = pl.DataFrame({"row": pl.int_range(rows, dtype=pl.UInt32, eager=True)})
    joined = every.join(grouped, on="row", how="left", maintain_order="left")
    empty = pl.lit([], dtype=grouped.schema[name])
    return joined.select(pl.col(name).fill_null(empty)).to_series()


def workqueue_frame(batch: ClaimBatch, scored: pl.DataFrame) -> pl.DataFrame:
    """Return one row a claim that goes to a queue, with the columns of the workqueue.item contract."""
    rules = (
        batch.findings.sort(pl.col("severity").replace_strict(_SEVERITY_ORDER, default=3), maintain_order=True)
        .group_by("row", maintain_order=True)
        .agg(pl.col("rule_id").unique(maintain_order=True).alias("rule_ids"))
    )
    return (
        scored.filter(pl.col("queue").is_not_null())
        .join(rules, on="row", how="left", maintain_order="left")
        .with_columns(
            pl.col("rule_ids").fill_null(pl.lit([], dtype=pl.List(pl.String))),
            pl.col("reasons").list.first().struct.field("reason").alias("top_reason"),
            pl.col("scored_at").alias("created_at"),
        )
    )
