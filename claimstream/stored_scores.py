"""Stored scores with the outcomes that came in: from ClickHouse, or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import polars as pl

from claimstream.clickhouse import connect
from claimstream.metrics import Metrics
from claimstream.settings import Settings
from processors.monitoring import Calibration, calibration_by
from schemas.errors import BadInputError, DependencyError

# First attempts only: the label is the first adjudication of the original claim.
_QUERY = """
SELECT
    tenant_id, event_id, payer_id, submitted_at, model_version, feature_hash, feature_vector, approval_probability,
    expected_allowed_cents, outcome, reason AS primary_carc, received_at
FROM model_feedback
WHERE frequency_code = '1' AND feature_vector != ''
SETTINGS join_use_nulls = 0, output_format_parquet_string_as_string = 0
"""

_TEXTS = ("tenant_id", "event_id", "payer_id", "model_version", "feature_hash", "outcome", "primary_carc")


def stored_scores(file: Path | None, settings: Settings) -> pl.DataFrame:
    """Return stored scores with outcomes, columns of models.feedback.labels.STORED_SCHEMA.

    Args:
        file: A Parquet file; None asks ClickHouse.
        settings: Where ClickHouse is.

    Raises:
        BadInputError: The file cannot be read.
        DependencyError: ClickHouse does not answer.
    """
    if file is None:
        return _from_clickhouse(settings)
    try:
        return pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        msg = f"{file.name} cannot be read ({type(error).__name__})."
        raise BadInputError(msg, "Give a Parquet file with the columns that docs/models.md lists.") from error


def _from_clickhouse(settings: Settings) -> pl.DataFrame:
    with connect(settings, settings.clickhouse_database) as client:
        try:
            content = client.raw_query(_QUERY, fmt="Parquet")
        except Exception as error:  # the client raises its own classes for refusals and for transport
            msg = f"ClickHouse refused to give the stored scores ({type(error).__name__})."
            raise DependencyError(msg, "Bring its tables up to date: claimstream sink migrate.") from error
    # Texts come as bytes: feature vectors are no text, and Parquet readers refuse a column that says it is.
    frame = pl.read_parquet(content)
    texts = [pl.col(name).cast(pl.String) for name in _TEXTS]
    instants = [pl.col(name).cast(pl.Datetime("us", "UTC")) for name in ("submitted_at", "received_at")]
    return frame.with_columns(*texts, *instants)


def measured_calibration(stored: pl.DataFrame, now: datetime, metrics: Metrics) -> Mapping[str, Calibration]:
    """Compare scores with outcomes of mature windows and show it as metrics; accuracy is of all payers."""
    from models.feedback.labels import label  # noqa: PLC0415 - read by commands alone

    found = calibration_by(label(stored, now).rows)
    for payer, one in found.items():
        name = payer or "all"
        metrics.calibration_error.labels(name).set(one.error)
        metrics.mean_score.labels(name).set(one.mean_score)
        metrics.realised_denial_rate.labels(name).set(one.denial_rate)
    if "" in found:
        metrics.ml_prediction_accuracy.set(found[""].accuracy)
    return found
