"""Trees in compiled code answer as onnxruntime does, to the bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.learning.graph import GraphBuilder
from processors.scoring.graph import Graph
from processors.scoring.registry import Matrix, find_version, shipped_registry
from processors.scoring.session import open_session
from processors.scoring.trees import Trees

WIDTH = 5


def whole(content: bytes, matrix: Matrix) -> Matrix:
    """Return the answers of the graph as onnxruntime gives them."""
    answers: Matrix = open_session(content).run(None, {"features": matrix})[0]
    return answers


def trees_of(rng: np.random.Generator, trees: int, scores: int) -> dict[str, Any]:
    """Return random trees as attributes of their node."""
    names = ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids")
    nodes: dict[str, list[Any]] = {name: [] for name in (*names, "missing_value_tracks_true")}
    leaves: dict[str, list[Any]] = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}

    def place(tree: int, number: int, depth: int) -> int:
        at = len(nodes["nodeids"])
        row = {"treeids": tree, "nodeids": number, "featureids": int(rng.integers(WIDTH)), "modes": "BRANCH_LEQ"}
        row |= {"values": float(np.float32(rng.normal())), "truenodeids": number + 1, "falsenodeids": 0}
        row["missing_value_tracks_true"] = int(rng.integers(2))
        for name, values in nodes.items():
            values.append(row[name])
        if depth == 0 or rng.random() < 0.2:
            nodes["modes"][at], nodes["truenodeids"][at] = "LEAF", 0
            weight = float(np.float32(rng.normal()))
            leaf = {"treeids": tree, "nodeids": number, "ids": tree % scores, "weights": weight}
            for name, values in leaves.items():
                values.append(leaf[name])
            return number + 1
        right = place(tree, number + 1, depth - 1)
        nodes["falsenodeids"][at] = right
        return place(tree, right, depth - 1)

    for tree in range(trees):
        place(tree, 0, 4)
    return {f"nodes_{name}": values for name, values in nodes.items()} | {
        f"target_{name}": values for name, values in leaves.items()
    }


def graph_of(attributes: dict[str, Any], scores: int, **changes: Any) -> bytes:
    """Return a graph that adds trees to twice their input's first columns."""
    graph = GraphBuilder(WIDTH)
    total = graph.add_trees("features", attributes | changes, scores)
    first = graph.columns("features", np.arange(scores), WIDTH)
    doubled = graph.add("Mul", first, graph.constant(np.float32(2)))
    return graph.finish("answer", graph.add("Add", doubled, total), scores, {"said": "by itself"})


def rows_with_holes(rng: np.random.Generator, rows: int, thresholds: list[float]) -> Matrix:
    """Return rows with missing values and values that lie on thresholds."""
    matrix = rng.normal(size=(rows, WIDTH)).astype(np.float32)
    on_one = rng.random(matrix.shape) < 0.3
    matrix[on_one] = rng.choice(np.array(thresholds, dtype=np.float32), size=int(on_one.sum()))
    matrix[rng.random(matrix.shape) < 0.2] = np.nan
    return matrix


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 4), st.sampled_from((1, 2, 511, 512, 513, 1300)))
def test_random_trees_answer_as_in_onnxruntime(seed: int, trees: int, scores: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    attributes = trees_of(rng, trees, scores)
    content, matrix = graph_of(attributes, scores), rows_with_holes(rng, rows, attributes["nodes_values"])
    graph = Graph.open(content)
    assert len(graph.sums) == 1
    np.testing.assert_array_equal(graph.run(matrix), whole(content, matrix))


@pytest.mark.parametrize("reasons", [False, True])
def test_the_shipped_graphs_answer_as_in_onnxruntime(reasons: bool) -> None:
    files = find_version(shipped_registry())
    content = files.reasons_onnx if reasons else files.onnx
    assert content is not None
    graph = Graph.open(content)
    assert graph.sums
    rng = np.random.default_rng(4)
    golden = files.golden_inputs
    matrix = golden[rng.integers(len(golden), size=(1_500, golden.shape[1])), np.arange(golden.shape[1])]
    np.testing.assert_array_equal(graph.run(matrix), whole(content, matrix))


@pytest.mark.parametrize(
    "change",
    [{"aggregate_function": "AVERAGE"}, {"post_transform": "LOGISTIC"}, {"base_values": [0.5]}, {"modes": "BRANCH_LT"}],
    ids=lambda change: next(iter(change)),
)
def test_trees_of_another_kind_are_left_to_onnxruntime(change: dict[str, Any]) -> None:
    rng = np.random.default_rng(11)
    attributes = trees_of(rng, 3, 1)
    if "modes" in change:
        modes = [change["modes"] if mode != "LEAF" else mode for mode in attributes["nodes_modes"]]
        content = graph_of(attributes, 1, nodes_modes=modes)
    else:
        content = with_attribute(graph_of(attributes, 1), change)
    graph = Graph.open(content)
    assert not graph.sums
    matrix = rows_with_holes(rng, 40, attributes["nodes_values"])
    np.testing.assert_array_equal(graph.run(matrix), whole(content, matrix))


def _leaf_of_two_scores(attributes: dict[str, Any]) -> None:
    for name, more in (("treeids", 0), ("nodeids", attributes["target_nodeids"][0]), ("ids", 1), ("weights", 0.5)):
        attributes[f"target_{name}"].append(more)


def _leaves_of_different_scores(attributes: dict[str, Any]) -> None:
    attributes["target_ids"][-1] = 1


def _leaf_without_target(attributes: dict[str, Any]) -> None:
    for name in ("treeids", "nodeids", "ids", "weights"):
        del attributes[f"target_{name}"][-1]


def _threshold_that_is_no_number(attributes: dict[str, Any]) -> None:
    branch = attributes["nodes_modes"].index("BRANCH_LEQ")
    attributes["nodes_values"][branch] = float("nan")
    attributes["nodes_missing_value_tracks_true"][branch] = 1


def _trees_out_of_order(attributes: dict[str, Any]) -> None:
    for name in ("nodes_treeids", "target_treeids"):
        attributes[name] = [2 - tree for tree in attributes[name]]


def _branch_to_a_node_of_another(attributes: dict[str, Any]) -> None:
    branch = attributes["nodes_modes"].index("BRANCH_LEQ")
    attributes["nodes_falsenodeids"][branch] = attributes["nodes_truenodeids"][branch]


def _score_beyond_the_last(attributes: dict[str, Any]) -> None:
    first = [tree == 0 for tree in attributes["target_treeids"]]
    attributes["target_ids"] = [9 if own else score for own, score in zip(first, attributes["target_ids"], strict=True)]


@pytest.mark.parametrize(
    "change",
    [
        _leaf_of_two_scores,
        _leaves_of_different_scores,
        _leaf_without_target,
        _threshold_that_is_no_number,
        _trees_out_of_order,
        _branch_to_a_node_of_another,
        _score_beyond_the_last,
    ],
)
def test_trees_that_are_not_plain_are_not_computed_here(change: Callable[[dict[str, Any]], None]) -> None:
    attributes = trees_of(np.random.default_rng(22), 3, 2)
    assert Trees.of(as_read(attributes)) is not None
    change(attributes)
    assert Trees.of(as_read(attributes)) is None


def as_read(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return attributes as they are read from a file."""
    modes = [mode.encode() for mode in attributes["nodes_modes"]]
    return attributes | {"nodes_modes": modes, "n_targets": 2, "aggregate_function": b"SUM", "post_transform": b"NONE"}


def test_a_leaf_that_adds_to_two_scores_is_left_to_onnxruntime() -> None:
    rng = np.random.default_rng(22)
    attributes = trees_of(rng, 3, 2)
    _leaf_of_two_scores(attributes)
    content, matrix = graph_of(attributes, 2), rows_with_holes(rng, 40, attributes["nodes_values"])
    graph = Graph.open(content)
    assert not graph.sums
    np.testing.assert_array_equal(graph.run(matrix), whole(content, matrix))


def test_trees_refuse_a_matrix_that_is_too_narrow() -> None:
    trees = Trees.of(as_read(trees_of(np.random.default_rng(22), 3, 2)))
    assert trees is not None
    with pytest.raises(IndexError, match="of a matrix of 1"):
        trees.run(np.zeros((4, 1), dtype=np.float32))


def with_attribute(content: bytes, change: dict[str, Any]) -> bytes:
    """Return the graph with an attribute of its trees changed."""
    model = onnx.load_from_string(content)
    node = next(node for node in model.graph.node if node.op_type == "TreeEnsembleRegressor")
    kept = [attribute for attribute in node.attribute if attribute.name not in change]
    del node.attribute[:]
    node.attribute.extend([*kept, *(onnx.helper.make_attribute(name, value) for name, value in change.items())])
    changed: bytes = model.SerializeToString()
    return changed


def test_a_graph_that_reads_trees_in_trees_is_cut_once() -> None:
    rng = np.random.default_rng(3)
    first, second = trees_of(rng, 4, WIDTH), trees_of(rng, 6, 1)
    graph = GraphBuilder(WIDTH)
    content = graph.finish("answer", graph.add_trees(graph.add_trees("features", first, WIDTH), second, 1), 1, {})
    opened = Graph.open(content)
    assert len(opened.sums) == 1
    assert opened.before is None
    matrix = rows_with_holes(rng, 100, first["nodes_values"])
    np.testing.assert_array_equal(opened.run(matrix), whole(content, matrix))


def test_a_graph_tells_its_input_and_what_the_file_says() -> None:
    graph = Graph.open(graph_of(trees_of(np.random.default_rng(1), 2, 1), 1))
    assert (graph.entry, graph.width, dict(graph.properties)) == ("features", WIDTH, {"said": "by itself"})
