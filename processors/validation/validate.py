"""Fire the rules on a batch: one select a level, and findings made only where a rule fired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from processors.batch import FINDINGS_SCHEMA, ClaimBatch
from processors.validation.catalogue import CompiledRule, RuleCatalogue
from processors.validation.derive import derive

_SEVERITY_ORDER = pl.Enum(["error", "warning", "info"])


def validate(batch: ClaimBatch, catalogue: RuleCatalogue) -> ClaimBatch:
    """Add the findings of every rule that fires, and their counts.

    Args:
        batch: Claims and lines of the claims.submitted contract.
        catalogue: The rules in force.

    Returns:
        The batch with `findings` replaced (FINDINGS_SCHEMA; by claim, errors first, then by line and rule)
        and the claim columns error_count, warning_count (Int32) and rule_pack_version.
    """
    claims, lines = derive(batch, catalogue.columns_of("claim"), catalogue.columns_of("line"))
    findings = pl.concat(
        [
            _fire(claims.with_columns(line_number=pl.lit(None, dtype=pl.Int32)), catalogue.at("claim")),
            _fire(lines, catalogue.at("line")),
        ]
    ).sort(
        "row",
        pl.col("severity").cast(_SEVERITY_ORDER),
        "line_number",
        "rule_id",
        nulls_last=False,
        maintain_order=True,
    )
    return replace(batch, findings=findings, claims=_with_counts(batch.claims, findings, catalogue.version))


def _fire(frame: pl.DataFrame, rules: Sequence[CompiledRule]) -> pl.DataFrame:
    """Return the findings of the rules of one level over its frame."""
    if not rules or frame.is_empty():
        return pl.DataFrame(schema=FINDINGS_SCHEMA)
    fired = frame.select(rule.fires.alias(rule.rule.id) for rule in rules)
    numbers, rows = _true_cells(fired)
    findings = (
        pl.DataFrame({"rule_number": numbers, "position": rows})
        .hstack(frame.select("row", "line_number")[rows])
        .hstack(_texts(rules)[numbers])
    )
    return _with_values(findings, frame, rules).select(
        pl.col(name).cast(dtype) for name, dtype in FINDINGS_SCHEMA.items()
    )


def _true_cells(fired: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Return rule number and row position of every true cell, rule by rule."""
    columns = [(number, column.arg_true()) for number, column in enumerate(fired.iter_columns()) if column.any()]
    if not columns:
        return pl.Series([], dtype=pl.UInt32), pl.Series([], dtype=pl.UInt32)
    numbers = np.repeat([number for number, _ in columns], [len(rows) for _, rows in columns])
    return pl.Series(numbers, dtype=pl.UInt32), pl.concat([rows for _, rows in columns])


def _texts(rules: Sequence[CompiledRule]) -> pl.DataFrame:
    """Return what every finding of a rule says, one row a rule."""
    return pl.DataFrame(
        {
            "rule_id": [rule.rule.id for rule in rules],
            "severity": [rule.rule.severity for rule in rules],
            "message": [rule.rule.error_message for rule in rules],
            "path": [rule.rule.x12 for rule in rules],
            "queue": [rule.rule.queue for rule in rules],
        },
        schema_overrides={"queue": pl.String},
    )


def _with_values(findings: pl.DataFrame, frame: pl.DataFrame, rules: Sequence[CompiledRule]) -> pl.DataFrame:
    """Return the findings with the values of their claim or line in the messages that show any."""
    parts = []
    for part in findings.partition_by("rule_number", maintain_order=True):
        rule = rules[part["rule_number"][0]]
        if rule.placeholders:
            message = frame[part["position"]].select(rule.message().alias("message"))
            parts.append(part.with_columns(message["message"]))
        else:
            parts.append(part)
    return pl.concat(parts) if parts else findings


def _with_counts(claims: pl.DataFrame, findings: pl.DataFrame, version: str) -> pl.DataFrame:
    """Return the claims with the number of errors and warnings and the version of the rules."""
    counts = findings.group_by("row").agg(
        error_count=(pl.col("severity") == "error").sum().cast(pl.Int32),
        warning_count=(pl.col("severity") == "warning").sum().cast(pl.Int32),
    )
    return (
        claims.drop("error_count", "warning_count", "rule_pack_version", strict=False)
        .join(counts, on="row", how="left", maintain_order="left")
        .with_columns(pl.col("error_count", "warning_count").fill_null(0), rule_pack_version=pl.lit(version))
    )
