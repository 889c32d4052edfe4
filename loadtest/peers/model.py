"""The model of the comparison: boosted trees on the plain features that every engine works out for itself.

It is trained on synthetic claims when the comparison starts, the same every time, so that no binary is kept.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from loadtest.peers.columnar import feature_matrix
from loadtest.peers.per_event.features import FEATURES
from models.synthetic import generate
from processors.batch import ClaimBatch

TRAINING_CLAIMS = 20_000
TREES = 100
LEAVES = 15


def write_model(path: Path) -> None:
    """Train the model and write it; input `features`, output `probabilities` (paid, denied)."""
    # Only the comparison needs what training needs.
    from skl2onnx import to_onnx  # noqa: PLC0415
    from skl2onnx.common.data_types import FloatTensorType  # noqa: PLC0415
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415

    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = generate(TRAINING_CLAIMS, 11, start=start)
    matrix = feature_matrix(ClaimBatch.from_events(made.events, start))
    denied = made.events.select("event_id").join(made.truth, on="event_id", how="left", maintain_order="left")["denied"]
    trees = HistGradientBoostingClassifier(max_iter=TREES, max_leaf_nodes=LEAVES, early_stopping=False, random_state=1)
    trees.fit(matrix, denied.cast(pl.Int8).to_numpy().astype(np.int64))
    kind = FloatTensorType([None, len(FEATURES)])
    graph = to_onnx(
        trees,
        initial_types=[("features", kind)],
        options={id(trees): {"zipmap": False}},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    path.write_bytes(graph.SerializeToString())
