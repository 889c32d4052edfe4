"""Models that convert to ONNX without an error and score wrongly: each is built on purpose and refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.preprocessing import OrdinalEncoder

from models.learning.dataset import Matrix, Numbers
from models.learning.graph import GraphBuilder
from models.learning.parity import EDGE_ROWS, ParityError, compare, parity_rows, require_parity
from models.learning.trees import fit_forest
from models.runtime import open_session

ROWS = 3_000
RNG = np.random.default_rng(3)


def plain_graph(model: Any, width: int) -> bytes:
    """Convert as the converter's documentation shows, with no care taken; probabilities alone."""
    graph = convert_sklearn(
        model,
        initial_types=[("features", FloatTensorType([None, width]))],
        options={id(model): {"zipmap": False}},
        target_opset={"": 18, "ai.onnx.ml": 3},
    )
    del graph.graph.output[0]
    content: bytes = graph.SerializeToString()
    return content


def refused(graph: bytes, reference: Any, rows: Matrix) -> None:
    with pytest.raises(ParityError):
        require_parity("bad", compare(graph, reference, rows))


def noisy(matrix: np.ndarray) -> np.ndarray:
    return np.isin(matrix[:, 0], (1, 4, 7, 9)) ^ (RNG.random(len(matrix)) < 0.1)


def test_native_categories_of_boosting_are_refused() -> None:
    matrix = RNG.integers(0, 12, (ROWS, 6)).astype(np.float32)
    model = HistGradientBoostingClassifier(max_iter=20, categorical_features=[0]).fit(matrix, noisy(matrix))
    refused(plain_graph(model, 6), model.predict_proba, matrix)


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
def test_a_forest_with_missing_inputs_is_refused(kind: type) -> None:
    matrix = RNG.normal(size=(ROWS, 6)).astype(np.float32)
    outcome = matrix[:, 0] + RNG.normal(size=ROWS) > 0
    matrix[RNG.random(matrix.shape) < 0.3] = np.nan
    model = kind(n_estimators=20, max_depth=8, random_state=1).fit(matrix, outcome)
    refused(plain_graph(model, 6), model.predict_proba, matrix)


def test_isotonic_calibration_is_refused() -> None:
    matrix = RNG.normal(size=(4_000, 4)).astype(np.float32)
    outcome = RNG.random(4_000) < 1 / (1 + np.exp(-matrix[:, 0]))
    trees = HistGradientBoostingClassifier(max_iter=15, random_state=0)
    model = CalibratedClassifierCV(trees, method="isotonic", cv=3).fit(matrix, outcome)
    refused(plain_graph(model, 4), model.predict_proba, matrix)


def test_rare_levels_grouped_by_an_ordinal_encoder_are_refused() -> None:
    """The converter ignores the grouping of rare levels when there are several columns."""
    levels = np.array([f"c{n}" for n in range(12)])
    rows = np.stack(
        [RNG.permutation(levels)[RNG.geometric(0.3, ROWS).clip(1, 12) - 1] for _ in range(2)], axis=1
    ).astype(object)
    encoder = OrdinalEncoder(min_frequency=200, handle_unknown="use_encoded_value", unknown_value=-1).fit(rows)
    model = convert_sklearn(encoder, initial_types=[("x", StringTensorType([None, 2]))], target_opset={"": 18})
    given = open_session(model.SerializeToString()).run(None, {"x": rows})[0]
    assert (np.asarray(given) != encoder.transform(rows)).any(), "the converter groups now: the lane may be widened"
    index = {level: number for number, level in enumerate(levels)}
    matrix = np.vectorize(index.get)(rows).astype(np.float32)

    def wrong(_: Matrix) -> Numbers:
        return np.asarray(encoder.transform(rows), dtype=np.float64)

    refused(_looked_up(np.asarray(given), matrix), wrong, matrix)


def _looked_up(answers: np.ndarray, matrix: Matrix) -> bytes:
    """Return a graph that gives for each pair of levels what the converted encoder gave."""
    table = np.zeros((12, 12, 2), dtype=np.float32)
    for (first, second), answer in zip(matrix.astype(int), answers, strict=True):
        table[first, second] = answer
    graph = GraphBuilder(2)
    places = graph.add("Cast", "features", to=7)
    return graph.finish("codes", graph.add("GatherND", graph.constant(table), places), 2, {})


def test_training_in_double_on_cents_is_refused() -> None:
    """Thresholds between neighbouring cents vanish in single precision: rows on them flip."""
    cents = RNG.integers(0, 400, (ROWS, 1)).astype(np.float64) + 40_000_000
    outcome = (cents[:, 0] % 2 == 0) ^ (RNG.random(ROWS) < 0.05)
    model = HistGradientBoostingClassifier(max_iter=40, max_bins=255, min_samples_leaf=1).fit(cents, outcome)

    def in_double(_: Matrix) -> Numbers:
        result: Numbers = model.predict_proba(cents)
        return result

    refused(plain_graph(model, 1), in_double, cents.astype(np.float32))


def test_thresholds_in_double_over_sixteen_classes_are_refused() -> None:
    """The case of a library that keeps double thresholds: made here with trees fitted on doubles."""
    values = RNG.normal(size=(ROWS, 3)) * 1e-9 + 1.0
    label = np.digitize(values[:, 0], np.quantile(values[:, 0], np.linspace(0, 1, 17)[1:-1]))
    model = HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=5).fit(values, label)

    def in_double(_: Matrix) -> Numbers:
        result: Numbers = model.predict_proba(values)
        return result

    refused(plain_graph(model, 3), in_double, values.astype(np.float32))


def test_a_forest_of_ours_with_missing_inputs_holds() -> None:
    matrix = RNG.normal(size=(ROWS, 6)).astype(np.float32)
    outcome = matrix[:, 0] + RNG.normal(size=ROWS) > 0
    matrix[RNG.random(matrix.shape) < 0.3] = np.nan
    member = fit_forest(matrix, outcome, np.arange(6), 1)
    graph = GraphBuilder(6)
    answer = graph.add("Cast", graph.add("Sigmoid", member.build(graph, "features")), to=1)
    content = graph.finish("p", answer, 1, {})
    rows = parity_rows(matrix, 1)
    require_parity("good", compare(content, lambda m: 1 / (1 + np.exp(-member.log_odds(m)[:, None])), rows))


def test_edge_rows_hold_nothing_known_the_ends_of_the_ranges_and_beyond() -> None:
    rows = parity_rows(np.zeros((10, 5), dtype=np.float32), 1, np.full((2, 5), 7, dtype=np.float32))
    assert rows.shape == (10 + EDGE_ROWS + 2, 5)
    assert np.isnan(rows[10]).all()
    assert np.isfinite(rows[11]).all()
    assert (rows[13] < -1e5).all()
    assert (rows[-1] == 7).all()


def test_a_flipped_label_is_refused_however_small_the_difference() -> None:
    graph = GraphBuilder(1)
    content = graph.finish("p", graph.add("Identity", "features"), 1, {})
    matrix = np.array([[0.5001], [0.2]], dtype=np.float32)
    parity = compare(content, lambda m: m.astype(np.float64) - 0.0002, matrix)
    assert parity.label_flips == 1
    assert not parity.holds
