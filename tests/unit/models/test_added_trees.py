"""Trees that add to scores: the graph node answers as the library does, on thresholds and on missing values too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.learning.added_trees import AddedTrees, Size, fit_added
from models.learning.graph import GraphBuilder
from models.learning.layered import start
from models.runtime import run_graph

_SIZE = Size(rounds=20, leaves=6, rate=0.2, least_rows=5, penalty=1.0, columns=1.0)


def _rows(seed: int, *, missing: bool) -> np.ndarray[Any, np.dtype[np.float32]]:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(600, 5)).astype(np.float32)
    matrix[:, 1] = rng.integers(0, 4, 600) * 1e7 + 0.1  # neighbours in float32 lie a cent apart and more
    if missing:
        matrix[rng.random(matrix.shape) < 0.2] = np.nan
        matrix[:, 2] = np.nan_to_num(matrix[:, 2])  # never missing in training
    return matrix


def _graph(trees: AddedTrees, width: int) -> bytes:
    graph = GraphBuilder(width)
    return graph.finish("sum", graph.add("Cast", trees.build(graph, "features"), to=1), trees.scores_per_row, {})


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("missing", [False, True])
def test_the_graph_answers_as_the_library_on_thresholds_missing_values_and_extremes(
    classes: int, *, missing: bool
) -> None:
    matrix = _rows(1, missing=missing)
    signal = np.nan_to_num(matrix[:, 0]) + (np.nan_to_num(matrix[:, 1]) > 1e7) + np.isnan(matrix[:, 3])
    label = np.digitize(signal, [0.5, 1.5])
    trees = fit_added(matrix, label if classes > 1 else label > 0, np.zeros((len(matrix), classes)), _SIZE, 3)
    thresholds = trees.booster.trees_to_dataframe()["threshold"].dropna().unique()
    # Beyond float32, or nought to the library: no feature holds such values.
    on = np.sort(thresholds[(np.abs(thresholds) > 1e-30) & (np.abs(thresholds) < 1e30)]).astype(np.float32)
    near = np.concatenate([on, np.nextafter(on, np.float32(np.inf)), np.nextafter(on, np.float32(-np.inf))])
    asked = np.concatenate(
        [
            _rows(2, missing=True),
            np.repeat(near[:, None], 5, axis=1),
            np.full((1, 5), np.nan, np.float32),
            np.full((1, 5), 3e38, np.float32),
            np.full((1, 5), -3e38, np.float32),
        ]
    )
    assert len(on) > 8
    assert np.abs(trees.scores(asked)).max() > 0.5
    assert run_graph(_graph(trees, 5), asked) == pytest.approx(trees.scores(asked), abs=2e-6)


def test_trees_never_move_against_the_direction_they_are_bound_to() -> None:
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(800, 2)).astype(np.float32)
    denied = rng.random(800) < 1 / (1 + np.exp(np.sin(3 * matrix[:, 0])))  # goes up and down
    swept = np.column_stack([np.linspace(-3, 3, 200), np.zeros(200)]).astype(np.float32)

    def steps(direction: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.float64]]:
        trees = fit_added(matrix, denied, np.zeros((800, 1)), _SIZE, 1, direction)
        return np.diff(trees.scores(swept)[:, 0])

    assert (steps((0, 0)) < -0.01).any()
    assert (steps((1, 0)) >= 0).all()


def test_trees_start_from_scores_and_learn_only_what_these_leave() -> None:
    rng = np.random.default_rng(9)
    matrix = rng.normal(size=(4000, 2)).astype(np.float32)
    truth = 2.0 * matrix[:, :1].astype(np.float64)
    denied = rng.random(4000) < 1 / (1 + np.exp(-truth[:, 0]))
    known = fit_added(matrix, denied, truth, _SIZE, 1).scores(matrix)
    unknown = fit_added(matrix, denied, np.zeros((4000, 1)), _SIZE, 1).scores(matrix)
    assert np.abs(known).mean() < np.abs(unknown).mean() / 4


def test_odds_of_competing_causes_add_up() -> None:
    one = start(np.log(np.array([[0.2, 0.3]], dtype=np.float32)))
    assert one[0, 0] == pytest.approx(0.5 * np.log(0.5))
